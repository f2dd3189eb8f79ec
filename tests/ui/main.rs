//! What does not compile: each file in `fail` is a lesson, and its `.stderr` is what the compiler teaches.
//!
//! After a change of a message: `TRYBUILD=overwrite cargo test -p ui-tests`, then read each `.stderr` as a newcomer would.

#[test]
fn every_mistake_explains_itself() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*/*.rs");
}
