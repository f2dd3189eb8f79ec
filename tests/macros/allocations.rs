//! Deciding a rule allocates nothing.

use allocation_counter::measure;
use auth_core::__internal::{AccessRule, Decision, PolicyAnswers};
use auth_core::{Role, RoleSet, User, require_role};
use rocket::request::Request;

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

#[require_role(any(
    all(R::A, R::B, any(R::C, R::D)),
    all(R::B, not(any(R::C, R::D)), any(R::A, policy())),
    all(R::D, not(R::A)),
))]
struct Ten;

#[test]
fn a_rule_of_ten_terms_is_decided_without_an_allocation() {
    let Decision::Rule(rule) = <Ten as AccessRule>::DECISION else {
        panic!("a rule")
    };
    let answers = PolicyAnswers::default();
    let counted = measure(|| {
        for bits in 0..16 {
            for answers in [answers, answers.with(0, false), answers.with(0, true)] {
                std::hint::black_box(rule.decide(RoleSet::from_bits(bits), answers));
            }
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    // What counts does count.
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}
