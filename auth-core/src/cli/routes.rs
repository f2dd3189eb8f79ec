//! `routes`: the access map, without a launch and without a database.

use rocket::{Build, Rocket};

use super::error::CommandError;
use super::output;
use super::table::Table;
use crate::config::Config;
use crate::web::{AccessMap, cors_base, endpoints, factor_endpoints, flow_endpoints, preflight_routes, well_known};

/// Prints the access map of `rocket`, with the routes that the fairing mounts.
pub(super) fn print(rocket: Rocket<Build>, config: Config, json: bool) -> Result<(), CommandError> {
    let mut ours = endpoints();
    ours.extend(flow_endpoints(&config.flows));
    ours.extend(factor_endpoints(&config.second_factor));
    let preflights = preflight_routes(config.cors);
    let rocket = rocket.mount(cors_base(&config).to_owned(), preflights);
    let rocket = rocket.mount(config.mount, ours).mount("/", well_known());
    let map = AccessMap::of(&rocket);
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
