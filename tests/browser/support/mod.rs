//! A browser, and a site to look at.

mod authenticator;
mod browser;
mod chromium;
mod pages;
mod site;
mod tls;

pub use authenticator::Authenticator;
pub use browser::Browser;
pub use pages::{Asked, Pages, answer, open_answer, page};
pub use site::Site;
pub use tests::client::block_on;
pub use tls::with_tls;
