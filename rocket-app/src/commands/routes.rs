use auth_core::AccessMap;

use super::error::CommandError;
use super::open::config;
use super::output;
use super::table::Table;

/// Prints the access map. Nothing is launched and no database is opened.
pub(super) fn print(json: bool) -> Result<(), CommandError> {
    let mount = config()?.mount;
    let rocket = crate::with_routes(rocket::build())
        .mount(mount, auth_core::endpoints())
        .mount("/", auth_core::well_known());
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
