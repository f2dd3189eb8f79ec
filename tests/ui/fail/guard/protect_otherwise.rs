// Wanted: files for admins.
// Write: the decision first, then the routes: `protect(AppRole::Admin, FileServer::from("files"))`.

use auth_core::{Role, protect};
use rocket::fs::FileServer;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor,
}

fn main() {
    let _ = protect(FileServer::from("files"), AppRole::Admin);
    let _ = protect("admin", FileServer::from("files"));
    let _ = protect((AppRole::Admin, AppRole::Editor), FileServer::from("files"));
    let _ = protect(AppRole::Admin, "files");
}
