//! A browser, and a site to look at.

mod browser;
mod chromium;
mod site;

pub use browser::Browser;
pub use site::Site;
pub use tests::client::block_on;
