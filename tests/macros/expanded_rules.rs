//! Two hundred rules as the macro reads them, each held against its own text.

use auth_core::__internal::{AccessRule, Decision};
use auth_core::{Role, User, require_role};
use rocket::request::Request;

use crate::naive::Naive;
use crate::truth_table::compare;

#[derive(Role, Clone, Copy)]
enum R {
    A,
    B,
    C,
    D,
}

async fn policy(_: &User<R>, _: &Request<'_>) -> bool {
    true
}

/// One struct for each rule, and its decision beside the rule's text.
macro_rules! rules {
    ($([$($rule:tt)*])*) => {
        vec![$({
            #[require_role($($rule)*)]
            struct Guard;
            (stringify!($($rule)*), <Guard as AccessRule>::DECISION)
        }),*]
    };
}

// security: Authorization: A rule decides as it is written
#[test]
fn what_is_written_in_the_attribute_is_what_is_decided() {
    let rules = rules();
    assert_eq!(rules.len(), 200);
    for (text, decision) in rules {
        let Decision::Rule(rule) = decision else {
            panic!("{text} is no rule: {decision}")
        };
        compare(&rule, &Naive::read(text));
    }
}

#[test]
fn what_is_printed_is_what_is_decided() {
    for (text, decision) in rules() {
        let Decision::Rule(rule) = decision else {
            panic!("{text} is no rule: {decision}")
        };
        compare(&rule, &Naive::read(&rule.to_string()));
    }
}

#[rustfmt::skip]
fn rules() -> Vec<(&'static str, Decision)> {
    rules! {
        [R::A]
        [not(R::A)]
        [R::B]
        [not(R::B)]
        [R::C]
        [not(R::C)]
        [R::D]
        [not(R::D)]
        [policy()]
        [not(policy())]
        [any(all(all(R::A, R::C, R::B), policy()), not(R::C))]
        [not(all(all(R::B, policy()), not(R::C)))]
        [not(not(all(policy(), R::C)))]
        [any(any(not(R::A), R::B), policy())]
        [any(R::A, R::D)]
        [not(all(not(R::D), R::C))]
        [any(all(not(R::C), any(policy(), R::D)), R::C)]
        [all(not(not(R::A)), R::C)]
        [not(not(any(policy(), R::D)))]
        [not(not(all(R::A, R::D, policy())))]
        [any(R::C, policy())]
        [not(any(not(R::B), all(R::B, policy(), R::C)))]
        [not(all(policy(), R::A))]
        [any(R::D, not(any(R::C, R::A, R::B)))]
        [not(any(not(R::C), all(R::D, R::B)))]
        [any(R::C, all(not(R::C), R::B))]
        [any(policy(), any(all(R::A, R::B), not(R::B)))]
        [all(any(all(R::A, R::D, R::B), policy()), all(R::C, R::A, R::B))]
        [not(all(all(R::D, R::A), R::B))]
        [not(all(R::B, R::C))]
        [any(not(R::B), R::C, R::A)]
        [all(policy(), R::B, not(R::C))]
        [not(not(R::B))]
        [all(not(R::A), R::D)]
        [all(any(all(policy(), R::B), all(R::A, R::B)), R::D)]
        [any(not(any(R::D, R::B)), all(not(R::A), R::C, policy()))]
        [not(any(all(R::B, R::D, R::C), all(policy(), R::B, R::A)))]
        [any(not(all(R::B, R::A, R::D)), not(policy()))]
        [not(all(R::A, all(R::C, R::D, policy())))]
        [not(not(any(R::D, R::C)))]
        [not(all(any(R::C, policy()), any(R::C, R::D, R::B), any(R::A, R::D)))]
        [all(all(any(policy(), R::A), not(R::D)), R::A)]
        [any(all(policy(), R::A), any(not(R::D), not(R::C)))]
        [any(all(policy(), any(R::D, R::B)), not(all(R::C, R::D, R::A)))]
        [all(any(any(policy(), R::C), any(R::B, R::A, policy())), R::D)]
        [any(R::C, any(R::B, all(R::A, R::D)))]
        [not(all(not(R::D), any(R::D, R::A, R::B)))]
        [not(any(all(R::D, R::C), any(policy(), R::A)))]
        [not(not(any(R::A, policy())))]
        [all(R::C, not(all(R::D, R::A, policy())), R::A)]
        [all(R::D, R::C)]
        [any(all(any(R::C, policy(), R::A), any(R::B, R::D, policy())), R::A)]
        [not(all(policy(), R::D))]
        [all(R::B, policy())]
        [not(all(all(R::B, R::D, policy()), all(R::A, R::D, R::B), not(R::C)))]
        [not(all(policy(), all(R::A, R::C)))]
        [any(policy(), R::A)]
        [all(R::B, not(not(R::A)))]
        [all(policy(), any(R::A, not(R::D)))]
        [not(any(not(R::B), not(policy())))]
        [not(all(all(R::B, policy()), all(R::B, R::C)))]
        [all(not(not(R::D)), any(all(R::C, R::D, R::A), not(policy()), all(R::B, R::C)))]
        [not(any(not(R::B), R::D))]
        [all(not(any(R::B, R::C, R::D)), not(policy()))]
        [any(not(not(R::B)), R::C)]
        [any(all(any(R::D, R::C), not(policy())), policy())]
        [not(any(all(R::B, R::D, policy()), all(policy(), R::A, R::D)))]
        [any(R::B, policy())]
        [all(any(any(R::D, R::A), not(policy())), any(R::A, any(R::C, R::B)))]
        [all(policy(), not(R::A))]
        [not(any(not(R::D), R::C, not(policy())))]
        [any(not(R::C), policy(), all(any(R::B, R::A, R::C), R::D))]
        [all(R::C, R::D)]
        [all(not(R::C), any(any(R::A, R::C), not(R::B)))]
        [any(not(not(R::A)), policy())]
        [any(all(any(R::D, policy()), R::B), any(policy(), all(R::D, R::B, R::C)))]
        [any(not(R::C), not(any(policy(), R::A)))]
        [not(all(not(R::A), policy()))]
        [all(any(not(R::C), all(R::C, R::D), R::A), not(all(R::A, R::D, policy())))]
        [not(all(all(R::A, policy(), R::D), not(R::C)))]
        [not(not(any(R::C, R::B, R::A)))]
        [all(R::D, any(R::C, R::B))]
        [all(not(all(R::C, R::D, R::A)), all(any(policy(), R::A, R::C), not(policy())), not(any(R::B, policy())))]
        [all(any(R::A, R::C), all(R::D, not(R::A), any(R::B, R::C)))]
        [all(R::A, R::B, policy())]
        [not(all(any(R::B, policy()), not(R::A)))]
        [not(not(any(R::B, R::C)))]
        [all(all(any(R::D, R::B), any(R::B, R::C, R::A)), any(any(R::D, R::C), R::A))]
        [any(not(any(R::D, R::A, R::C)), R::D)]
        [not(all(any(R::C, R::B), not(R::D)))]
        [all(any(all(R::A, R::B, R::C), policy()), not(not(R::A)))]
        [not(any(any(R::C, R::A), policy()))]
        [any(not(all(R::A, policy())), any(all(R::A, R::C, R::D), all(R::B, R::D), not(R::A)))]
        [not(any(R::D, R::B, R::C))]
        [any(R::A, R::C)]
        [not(not(all(R::A, R::C, R::B)))]
        [any(not(all(R::A, R::B)), all(any(R::D, R::A), all(policy(), R::B)))]
        [not(not(not(R::A)))]
        [not(not(any(R::D, policy())))]
        [all(not(all(R::B, policy())), R::D)]
        [all(any(all(R::D, R::B), not(R::C)), any(not(R::A), any(R::B, R::D)))]
        [not(all(R::C, all(R::D, R::A, policy())))]
        [not(all(not(R::B), not(R::C)))]
        [all(R::A, any(not(R::A), all(R::B, R::C), not(R::B)))]
        [all(R::B, not(R::A))]
        [any(R::D, R::B)]
        [any(any(R::A, all(R::C, R::D)), any(policy(), R::B))]
        [any(R::D, R::A, any(policy(), R::C))]
        [not(all(R::C, R::B))]
        [not(any(R::A, any(R::B, R::C, policy()), R::D))]
        [not(not(R::A))]
        [all(R::A, not(all(policy(), R::C)), R::C)]
        [all(R::D, all(any(R::C, R::B, R::D), all(policy(), R::A)))]
        [not(all(any(policy(), R::D, R::B), not(R::D)))]
        [all(R::A, policy(), any(all(R::C, policy()), R::B))]
        [all(policy(), R::A)]
        [all(R::C, R::A)]
        [all(R::A, all(any(R::D, R::C), not(policy())), R::C)]
        [all(any(policy(), any(R::D, R::A, R::C)), not(any(R::B, policy(), R::C)))]
        [any(all(not(R::B), policy()), not(not(R::D)))]
        [any(R::D, not(any(R::D, policy())), all(not(R::B), any(policy(), R::D)))]
        [not(not(any(R::D, R::B)))]
        [all(any(not(policy()), not(R::B)), all(R::D, any(R::B, R::C, R::A)))]
        [not(all(R::C, not(R::D), not(policy())))]
        [any(all(any(R::D, policy()), not(R::B)), R::D)]
        [any(R::A, any(not(policy()), all(R::B, R::A, policy())))]
        [all(not(all(R::B, R::D)), policy())]
        [all(not(all(R::A, R::C, policy())), any(not(R::C), all(policy(), R::B)))]
        [any(not(all(R::C, R::A)), all(R::B, R::A))]
        [not(all(any(R::B, R::D), not(R::D)))]
        [R::B, not(all(R::D, policy()))]
        [not(all(R::B, R::D)), any(R::A, not(R::B))]
        [all(any(R::D, R::C), R::B), R::C]
        [R::C, not(any(R::B, policy())), R::B]
        [not(not(R::C)), policy()]
        [not(all(R::D, R::B)), not(R::C)]
        [not(R::D), all(all(R::D, policy()), all(R::C, R::B))]
        [R::B, R::A]
        [R::C, R::B]
        [not(not(R::D)), R::C]
        [R::C, R::D]
        [not(R::A), R::D]
        [any(R::D, all(policy(), R::A)), not(any(R::B, R::A))]
        [not(any(R::B, R::A)), policy()]
        [R::C, policy()]
        [R::A, not(any(policy(), R::B)), all(not(R::C), policy())]
        [policy(), R::A, R::B]
        [R::C, not(all(policy(), R::A))]
        [not(all(policy(), R::C, R::D)), R::A]
        [policy(), not(all(R::B, R::C)), R::D]
        [R::D, R::C]
        [all(all(policy(), R::C), all(R::C, R::B)), R::D]
        [not(all(R::A, R::C)), all(R::A, all(R::D, policy(), R::B), R::C)]
        [R::A, R::C]
        [R::C, R::A]
        [any(any(R::A, R::C), R::D), policy(), R::B]
        [all(all(R::B, R::A), not(policy())), not(any(R::D, R::B))]
        [all(policy(), R::C, not(R::A)), not(any(policy(), R::A)), not(any(R::C, R::D))]
        [R::B, not(any(R::C, policy())), R::C]
        [all(R::A, not(R::D)), any(not(R::B), R::C)]
        [any(all(R::A, R::B), R::D), R::B]
        [all(R::D, not(R::C)), any(not(policy()), all(policy(), R::C, R::B))]
        [any(policy(), not(R::A)), not(R::D)]
        [any(all(policy(), R::A), not(policy())), R::D]
        [R::D, not(R::B)]
        [all(not(R::D), any(R::D, R::A)), R::B]
        [R::A, R::D]
        [not(all(R::B, policy(), R::D)), R::C]
        [not(R::D), not(any(R::B, R::A))]
        [all(any(R::C, R::A), any(policy(), R::D)), R::B]
        [R::D, R::A]
        [all(R::B, any(R::C, policy(), R::A)), any(all(policy(), R::B), R::D), policy()]
        [any(not(R::D), all(R::B, policy(), R::A)), policy()]
        [any(not(policy()), R::B), R::C]
        [not(any(R::C, R::A, policy())), R::C]
        [not(R::C), R::A]
        [R::D, R::A, policy()]
        [R::B, policy()]
        [not(any(R::C, policy())), not(any(policy(), R::B, R::A))]
        [not(R::A), R::B]
        [not(not(R::A)), R::C]
        [not(not(policy())), R::D]
        [not(R::A), any(R::B, any(R::C, policy())), all(any(R::D, R::C), not(R::C))]
        [R::C, not(R::A)]
        [R::D, not(all(R::B, policy()))]
        [not(R::B), all(R::A, R::C)]
        [not(any(policy(), R::D)), R::B, R::A]
        [any(all(R::D, R::A), policy()), not(R::A)]
        [R::C, any(all(R::C, R::A), not(policy()))]
        [any(policy(), not(R::D)), R::B]
        [not(not(R::B)), not(any(R::A, R::B, R::C))]
        [policy(), any(R::B, R::D)]
        [R::B, not(all(R::A, R::D, policy()))]
        [R::A, R::B]
        [not(any(R::B, R::D)), R::C]
        [all(R::B, not(R::D), all(policy(), R::A)), all(all(policy(), R::A, R::C), not(R::D))]
        [not(all(R::A, policy())), R::D]
        [any(all(R::A, R::D), any(R::C, R::B, policy())), R::D]
        [any(not(R::C), all(R::C, R::A, R::D)), policy()]
        [all(not(R::D), any(R::A, R::C), any(R::A, policy(), R::B)), all(any(R::A, R::D), any(R::B, policy(), R::D))]
    }
}
