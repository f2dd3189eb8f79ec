//! The public keys, for whoever else verifies access tokens.

use rocket::http::{ContentType, Header, Status};
use rocket::{Responder, Route, State, get};

use super::error::{AuthError, Kind};
use super::state::Web;
use crate::{guarded_routes, public};

/// For how long others may keep the set, in seconds: a new key is to be published this long before it signs.
const MAX_AGE: &str = "public, max-age=300";

/// The routes that the fairing mounts at the root: for tools that print an access map without launching a server.
pub fn well_known() -> Vec<Route> {
    guarded_routes![jwks]
}

#[derive(Responder)]
struct KeySet {
    json: (Status, (ContentType, String)),
    caching: Header<'static>,
}

#[public("public keys are for everybody")]
#[get("/.well-known/jwks.json")]
fn jwks(web: &State<Web>) -> Result<KeySet, AuthError> {
    let json = serde_json::to_string(&web.auth.public_keys()).map_err(|_| AuthError::new(Kind::Internal))?;
    Ok(KeySet {
        json: (Status::Ok, (ContentType::JSON, json)),
        caching: Header::new("Cache-Control", MAX_AGE),
    })
}
