//! `rocket-app`: see [`rocket_app::cli`].

use std::process::ExitCode;

use clap::Parser;
use console::style;
use rocket_app::cli::Cli;

#[rocket::main]
async fn main() -> ExitCode {
    match rocket_app::commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} {error}", style("rocket-app:").for_stderr().red().bold());
            ExitCode::FAILURE
        }
    }
}
