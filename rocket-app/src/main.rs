//! `rocket-app`: see [`rocket_app::operator`].

use std::process::ExitCode;

fn main() -> ExitCode {
    rocket_app::operator::operator().run()
}
