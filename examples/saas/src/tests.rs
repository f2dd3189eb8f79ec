//! Who may do what.

use auth_core::testing::{TestBench, access_matrix};
use rocket::local::blocking::Client;

use crate::*;

/// Who may do what, on every route of the application. A change of a rule changes a line of the
/// file, where a review sees it.
#[test]
fn the_access_matrix_is_the_one_that_was_agreed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite://{}", folder.path().join("saas.db").display());
    let figment = rocket::Config::figment().merge(("auth.store", store));
    let db = Db::of(&Config::from_figment(&figment).expect("settings")).expect("a file");
    let bench = TestBench::new::<AppRole>().expect("a bench");
    let client = Client::tracked(bench.attach(rocket(db))).expect("it launches");
    let matrix = access_matrix(&client).outside("/api/auth").outside("/.well-known");
    assert_eq!(matrix.to_string(), include_str!("../access-matrix.txt"));
}
