use serde_json::{Map, Value};

use super::annotate::merge;

/// Paths below the mount, and what is at the root.
const ENDPOINTS: &str = include_str!("endpoints.json");

/// Adds the endpoints of this library, mounted at `mount` (as `auth.mount` says), and the public keys, to a document, whose other
/// paths stay. Call [`annotate`](super::annotate) after it.
pub fn add_endpoints(document: &mut Value, mount: &str) {
    // The text is part of the program, and a test reads it.
    let Ok(Value::Object(mut ours)) = serde_json::from_str(ENDPOINTS) else {
        return;
    };
    let mut paths = Map::new();
    for (part, base) in [("mounted", mount.trim_end_matches('/')), ("root", "")] {
        if let Some(Value::Object(items)) = ours.remove(part) {
            paths.extend(items.into_iter().map(|(path, item)| (format!("{base}{path}"), item)));
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
    use crate::openapi::annotate;
    use crate::web::AccessMap;

    #[test]
    fn every_endpoint_is_described_and_no_other() {
        let rocket = rocket::build()
            .mount("/x", crate::endpoints())
            .mount("/", crate::well_known());
        let mut document = json!({ "openapi": "3.1.0" });
        add_endpoints(&mut document, "/x/");
        let done = annotate(&mut document, &AccessMap::of(&rocket)).expect("all are known");
        assert_eq!((done.operations, done.undocumented), (8, Vec::new()));
    }
}
