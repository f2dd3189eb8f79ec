//! Tools for the tests of an application (feature `testing`). It has requests of any role, users
//! without passwords, a clock that you set, a store in memory, and the access matrix as a table.
//!
//! It belongs to a dev-dependency. Cargo then never builds it into a program (with resolver 2 or
//! later, which edition 2021 brings):
//!
//! ```toml
//! [dependencies]
//! auth-core = "0.1"
//!
//! [dev-dependencies]
//! auth-core = { version = "0.1", features = ["testing"] }
//! ```
//!
//! Nothing here weakens a running server. The tokens are signed by the keys of the server under
//! test, in the process that has them.
//!
//! ```
//! use auth_core::testing::{Access, AsUser, TestBench, access_matrix};
//! use auth_core::{Auth, Role, User, guarded_routes, require_role};
//! use rocket::get;
//! use rocket::http::Status;
//! use rocket::local::blocking::Client;
//!
//! #[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
//! enum AppRole {
//!     Admin,
//!     Viewer,
//! }
//!
//! #[require_role(AppRole::Admin)]
//! #[get("/stats")]
//! fn stats(user: &User<AppRole>) -> String {
//!     format!("for {}", user.id())
//! }
//!
//! fn app() -> rocket::Rocket<rocket::Build> {
//!     rocket::build().attach(Auth::fairing::<AppRole>()).mount("/", guarded_routes![stats])
//! }
//!
//! let bench = TestBench::new::<AppRole>()?;
//! let client = Client::tracked(bench.attach(app()))?;
//!
//! let answer = client.get("/stats").as_role(AppRole::Admin).dispatch();
//! assert_eq!(answer.into_string().as_deref(), Some("for test-admin"));
//! assert_eq!(client.get("/stats").as_role(AppRole::Viewer).dispatch().status(), Status::Forbidden);
//! assert_eq!(client.get("/stats").dispatch().status(), Status::Unauthorized);
//!
//! let matrix = access_matrix(&client);
//! assert_eq!(matrix.access("GET", "/stats", "admin"), Some(Access::Allowed));
//! assert_eq!(matrix.access("GET", "/stats", "viewer"), Some(Access::Refused(403)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bench;
mod matrix;
mod request;
mod router;
#[doc(hidden)]
pub mod store_suite;

pub use crate::clock::ManualClock;
pub use bench::{BenchError, TestBench};
pub use matrix::{Access, AccessMatrix, AccessRow, access_matrix};
pub use request::{AsUser, LocalClient};
