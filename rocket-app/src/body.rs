//! JSON bodies that may hold a password.

use std::time::Duration;

use rocket::async_trait;
use rocket::data::{Data, FromData, Outcome};
use rocket::http::Status;
use rocket::request::Request;
use rocket::serde::json::Json;
use rocket::tokio::time::timeout;
use serde::Deserialize;

/// How long a body may take to arrive: as long as those of the library's endpoints.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A body as Rocket's `Json` reads it. Rocket logs a `Json` that it cannot read, and a password
/// with it. The error of this one holds nothing.
pub struct Body<T>(pub T);

#[async_trait]
impl<'r, T: Deserialize<'r>> FromData<'r> for Body<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Body<T>> {
        match timeout(READ_TIMEOUT, Json::<T>::from_data(request, data)).await {
            Ok(Outcome::Success(json)) => Outcome::Success(Body(json.into_inner())),
            Ok(Outcome::Forward(forward)) => Outcome::Forward(forward),
            Ok(Outcome::Error((Status::BadRequest, _))) => Outcome::Error((Status::UnprocessableEntity, ())),
            Ok(Outcome::Error((status, _))) => Outcome::Error((status, ())),
            Err(_) => Outcome::Error((Status::RequestTimeout, ())),
        }
    }
}
