use auth_core::AccessMap;

use super::{CommandError, config};

/// Prints the access map. Nothing is launched and no database is opened.
pub(super) fn print(json: bool) -> Result<(), CommandError> {
    let mount = config()?.mount;
    let rocket = crate::with_routes(rocket::build())
        .mount(mount, auth_core::endpoints())
        .mount("/", auth_core::well_known());
    let map = AccessMap::of(&rocket);
    if json {
        println!("{}", serde_json::to_string_pretty(&map)?);
    } else {
        print!("{map}");
    }
    Ok(())
}
