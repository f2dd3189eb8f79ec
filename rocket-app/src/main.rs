//! `rocket-app`: see [`rocket_app::cli`].

use std::process::ExitCode;

use clap::Parser;
use rocket_app::cli::Cli;
use rocket_app::commands::{self, CommandError};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // A wrong command line, and what `--help` and `--version` print.
        Err(said) => {
            let code = u8::try_from(said.exit_code()).unwrap_or(2);
            return ended(said.print().map_err(CommandError::Output), ExitCode::from(code));
        }
    };
    // Rocket's runtime panics where its settings are wrong, so they are checked before there is one.
    let done = commands::check(&cli).and_then(|()| rocket::execute(commands::run(cli)));
    ended(done, ExitCode::SUCCESS)
}

fn ended(done: Result<(), CommandError>, code: ExitCode) -> ExitCode {
    match done {
        Ok(()) => code,
        Err(error) if error.is_closed_pipe() => code,
        Err(error) => {
            commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}
