// Wanted: an application that reads who belongs to an organisation.
// Write: `impl Memberships<OrgRole>`.

use auth_core::{Auth, Role};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[derive(Role, Clone, Copy)]
#[role(within = i64)]
enum OrgRole {
    #[role(includes(Member))]
    Owner,
    Member,
}

struct OrgMembers;

fn builder() -> auth_core::AuthBuilder {
    Auth::builder::<AppRole>().memberships::<OrgRole>(OrgMembers)
}

fn main() {}
