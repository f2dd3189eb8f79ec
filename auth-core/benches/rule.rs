//! What it costs to decide a rule of ten nested terms: `cargo bench -p auth-core --bench rule`.
//!
//! The goal is under 10 ns and no allocation, for every caller. The columns of the allocator must
//! stay empty.

#![allow(missing_docs, reason = "what a benchmark's macros write has none")]

use auth_core::__internal::{AccessRule, Decision, PolicyAnswers, Rule, Ruling, Terms};
use auth_core::{Role, RoleSet, User, require_role};
use divan::{AllocProfiler, Bencher, black_box};
use rocket::request::Request;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

#[derive(Role, Clone, Copy)]
enum R {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
}

async fn policy(_: &User<R>, _: &Request<'_>) -> bool {
    true
}

/// Ten terms, four deep.
#[require_role(any(
    all(R::A, R::B, any(R::C, R::D)),
    all(R::E, not(any(R::F, R::G)), any(R::H, policy())),
    all(R::C, not(R::H)),
))]
struct Ten;

fn rule() -> Rule {
    match <Ten as AccessRule>::DECISION {
        Decision::Rule(rule) => rule,
        _ => Rule::Any(Terms::of(&[])),
    }
}

/// The roles of the caller, as bits: no roles; roles that pass by the first term; roles for which
/// the rule looks at every term; a role for which it asks the policy.
#[divan::bench(args = [0b0000_0000, 0b0000_0111, 0b1111_0100, 0b0001_0000])]
fn ten_nested_terms(bencher: Bencher, roles: u64) {
    let rule = rule();
    bencher.bench_local(|| -> Ruling {
        black_box(&rule).decide(
            RoleSet::from_bits(black_box(roles)),
            black_box(PolicyAnswers::default()),
        )
    });
}

/// What the rows above cost without a rule: a call of a function that the compiler does not see
/// through.
#[divan::bench]
fn nothing(bencher: Bencher) {
    #[inline(never)]
    fn answer(rule: &Rule, roles: RoleSet, answers: PolicyAnswers) -> Ruling {
        black_box((rule, roles, answers));
        Ruling::Pass
    }
    let rule = rule();
    bencher.bench_local(|| -> Ruling {
        answer(
            black_box(&rule),
            RoleSet::from_bits(black_box(0)),
            black_box(PolicyAnswers::default()),
        )
    });
}

fn main() {
    divan::main();
}
