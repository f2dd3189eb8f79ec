//! `rocket-app`: see [`rocket_app::cli`].

use std::process::ExitCode;

use clap::Parser;
use rocket_app::cli::Cli;

#[rocket::main]
async fn main() -> ExitCode {
    match rocket_app::commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rocket-app: {error}");
            ExitCode::FAILURE
        }
    }
}
