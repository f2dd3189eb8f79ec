use serde_json::{Map, Value};

use super::annotate::merge;
use crate::web::AccessMap;

/// Paths below the mount, and what is at the root.
const ENDPOINTS: &str = include_str!("endpoints.json");

/// Paths below the mount, of the account flows.
const FLOWS: &str = include_str!("flows.json");

/// Paths below the mount, of second factors.
const FACTORS: &str = include_str!("factors.json");

/// Adds the endpoints of this library, mounted at `mount` (as `auth.mount` says), and the public
/// keys, to a document, whose other paths stay. Call [`annotate`](super::annotate) after it.
pub fn add_endpoints(document: &mut Value, mount: &str) {
    add(document, ENDPOINTS, mount, |_| true);
}

/// Adds the endpoints of the account flows and of second factors, mounted at `mount`, to a
/// document: those that `map` has, which are the ones that `auth.flows` and `auth.second_factor`
/// turn on. Call [`annotate`](super::annotate) after it.
pub fn add_flow_endpoints(document: &mut Value, mount: &str, map: &AccessMap) {
    let is_routed = |method: &str, path: &str| {
        let mut entries = map.entries().iter();
        entries.any(|entry| entry.method == method && entry.path == path)
    };
    add(document, FLOWS, mount, |path| is_routed("POST", path));
    // One path is asked by GET alone, and all are there or none.
    let are_on = is_routed("GET", &format!("{}/factors", mount.trim_end_matches('/')));
    add(document, FACTORS, mount, |_| are_on);
}

fn add(document: &mut Value, text: &str, mount: &str, is_wanted: impl Fn(&str) -> bool) {
    // The text is part of the program, and a test reads it.
    let Ok(Value::Object(mut ours)) = serde_json::from_str(text) else {
        return;
    };
    let mut paths = Map::new();
    for (part, base) in [("mounted", mount.trim_end_matches('/')), ("root", "")] {
        if let Some(Value::Object(items)) = ours.remove(part) {
            let mounted = items.into_iter().map(|(path, item)| (format!("{base}{path}"), item));
            paths.extend(mounted.filter(|(path, _)| is_wanted(path)));
        }
    }
    if !document["paths"].is_object() {
        document["paths"] = Value::Object(Map::new());
    }
    if let Value::Object(there) = &mut document["paths"] {
        there.extend(paths);
    }
    if let Some(Value::Object(schemas)) = ours.remove("schemas") {
        merge(document, "schemas", schemas);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{FlowsConfig, SecondFactor, SignUp};
    use crate::openapi::annotate;

    #[test]
    fn every_endpoint_is_described_and_no_other() {
        let rocket = rocket::build()
            .mount("/x", crate::web::endpoints())
            .mount("/", crate::web::well_known());
        let mut document = json!({ "openapi": "3.1.0" });
        add_endpoints(&mut document, "/x/");
        let done = annotate(&mut document, &AccessMap::of(&rocket)).expect("all are known");
        assert_eq!((done.operations, done.undocumented), (11, Vec::new()));
    }

    #[test]
    fn every_flow_is_described_where_it_is_on() {
        let mut flows = FlowsConfig::default();
        for (on, operations) in [(false, 11), (true, 26)] {
            let second_factor = if on { SecondFactor::Offered } else { SecondFactor::Off };
            flows.sign_up = if on { SignUp::Open } else { SignUp::Off };
            (flows.reset, flows.change_email, flows.magic_link, flows.delete_account) = (on, on, on, on);
            let rocket = rocket::build()
                .mount("/x", crate::web::endpoints())
                .mount("/x", crate::web::flow_endpoints(&flows))
                .mount("/x", crate::web::factor_endpoints(&second_factor))
                .mount("/", crate::web::well_known());
            let map = AccessMap::of(&rocket);
            let mut document = json!({ "openapi": "3.1.0" });
            add_endpoints(&mut document, "/x");
            add_flow_endpoints(&mut document, "/x", &map);
            let done = annotate(&mut document, &map).expect("all are known");
            assert_eq!((done.operations, done.undocumented), (operations, Vec::new()));
        }
    }
}
