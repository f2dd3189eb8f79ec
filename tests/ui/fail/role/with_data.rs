// Wanted: editors of one section each.
// Write: `Editor`, and keep the section in a table of your own.

use auth_core::Role;

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
    Editor(u32),
}

fn main() {}
