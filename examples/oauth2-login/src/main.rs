//! See the library beside this file.

use std::process::ExitCode;

#[rocket::main]
async fn main() -> ExitCode {
    let launched = match oauth2_login::app(rocket::Config::figment()) {
        Ok(app) => app.launch().await.map(drop).map_err(Into::into),
        Err(problem) => Err(problem),
    };
    match launched {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("oauth2-login: {problem}");
            ExitCode::FAILURE
        }
    }
}
