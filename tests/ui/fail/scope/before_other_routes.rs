// Wanted: files that only the owners of an organisation get.
// Write: a handler with the rule and the path. `protect` takes roles of the application.

use auth_core::{Role, protect};
use rocket::fs::FileServer;

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

fn routes() -> Vec<rocket::Route> {
    protect(OrgRole::Owner, FileServer::from("files"))
}

fn main() {}
