//! `routes`: the access map, without a launch and without a database.

use rocket::{Build, Rocket};

use super::error::CommandError;
use super::output;
use super::table::Table;
use crate::config::Config;
use crate::web::{AccessMap, mount_endpoints};

/// Prints the access map of `rocket`, with the routes that the fairing mounts.
pub(super) fn print(rocket: Rocket<Build>, config: Config, json: bool) -> Result<(), CommandError> {
    let map = AccessMap::of(&mount_endpoints(rocket, &config));
    if json {
        return output::json(&map);
    }
    let mut table = Table::new(["method", "path", "handler", "decision"]);
    for entry in map.entries() {
        let decision = entry.decision.as_deref().unwrap_or("NO DECISION");
        table.row([&entry.method, &entry.path, &entry.handler, &decision]);
    }
    table.print()
}
