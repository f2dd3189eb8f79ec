//! The demo as a server of its own: a fresh database, a free port, and named people who can sign in.

mod answer;
mod forge;
mod log;
mod people;
mod server;

pub use answer::{Answer, Ask, SetCookie};
pub use forge::{parts, sign, sign_encoded, texts, with_claims};
pub use log::{Level, Log};
pub use people::{ANN, ED, Person, Session, VIC};
pub use server::{Failed, Options, Server, manual_clock};
