//! The demo as a server of its own: a fresh database, a free port, and named people who can sign
//! in.

mod answer;
mod bench;
mod canary;
pub mod documented;
mod forge;
mod log;
mod mailbox;
mod options;
mod people;
pub mod second_factor;
mod server;
mod threads;

pub use answer::{Answer, Ask};
pub use bench::{BOTH, Bench, Kind};
pub use canary::dumps_headers;
pub use forge::{parts, sign, sign_encoded, texts, with_claims};
pub use log::{Level, Line, Log};
pub use mailbox::Mailbox;
pub use options::{Failed, Options, manual_clock};
pub use people::{ANN, ED, Person, Session, VIC};
pub use server::{Browser, Server};
pub use threads::Threads;
