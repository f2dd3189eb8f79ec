// A request guard of the application as the decision, and what a policy hands to the handler.
#![deny(warnings, missing_docs, unused_qualifications)]
//! Compiled with every warning as an error: nothing that the macros write may cause one.

use std::convert::Infallible;

use auth_core::{Granted, Refusal, Role, User, guarded_by, guarded_routes, require_role};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{State, async_trait, get, post};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

struct Robot;

#[async_trait]
impl<'r> FromRequest<'r> for Robot {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> Outcome<Robot, Infallible> {
        Outcome::Success(Robot)
    }
}

mod keys {
    use super::*;

    pub struct Signed<'r>(pub &'r str);

    #[async_trait]
    impl<'r> FromRequest<'r> for Signed<'r> {
        type Error = Infallible;

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
            Outcome::Success(Signed(request.uri().path().as_str()))
        }
    }
}

#[guarded_by(Robot)]
#[get("/jobs")]
fn jobs() {}

#[guarded_by(keys::Signed<'_>)]
#[post("/hooks/<name>")]
async fn hook(name: &str, signed: keys::Signed<'_>) -> String {
    format!("{name} {}", signed.0)
}

struct Report(u32);

async fn report(_: &User<AppRole>, id: u32, known: &State<Vec<u32>>) -> Result<Granted<Report>, Refusal> {
    match known.contains(&id) {
        true => Ok(Granted(Report(id))),
        false => Err(Refusal::not_found("no_such_report", "There is no such report.")),
    }
}

#[require_role(report(id))]
#[get("/reports/<id>")]
fn read(id: u32, report: Granted<Report>) -> String {
    format!("{id} {}", report.0.0)
}

#[require_role(any(AppRole::Admin, report(id)))]
#[post("/reports/<id>")]
fn write(id: u32, report: Option<Granted<Report>>) -> String {
    format!("{id} {}", report.is_some())
}

#[test]
fn they_are_mounted() {
    assert_eq!(guarded_routes![jobs, hook, read, write].len(), 4);
}
