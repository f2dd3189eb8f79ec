use auth_core::Auth;

use super::CommandError;
use crate::cli::SessionsCommand;

/// Lists, ends or deletes sessions.
pub(super) async fn run(auth: &Auth, command: SessionsCommand) -> Result<(), CommandError> {
    match command {
        SessionsCommand::List { email } => {
            let user = auth.user_of(&email).await?;
            for session in auth.sessions(&user).await? {
                let ip = session.ip.as_deref().unwrap_or("-");
                let user_agent = session.user_agent.as_deref().unwrap_or("-");
                println!(
                    "{}  {}  {}  {ip:<15}  {user_agent}",
                    session.id, session.created_at, session.head_at
                );
            }
        }
        SessionsCommand::Revoke { email } => println!("{} sessions ended", auth.revoke_sessions(&email).await?),
        SessionsCommand::RevokeBefore { time } => {
            println!("{} sessions ended", auth.revoke_sessions_before(time).await?)
        }
        SessionsCommand::Clean => println!("{} sessions deleted", auth.delete_expired_sessions().await?),
    }
    Ok(())
}
