//! `sessions`: lists, ends and deletes sessions.

use serde::Serialize;

use super::command::SessionsCommand;
use super::error::CommandError;
use super::table::Table;
use super::{output, progress};
use crate::session::Auth;
use crate::store::{RevocationReason, Session};

/// Lists, ends or deletes sessions.
pub(super) async fn run(auth: &Auth, command: SessionsCommand) -> Result<(), CommandError> {
    match command {
        SessionsCommand::List { email, json: true } => {
            let user = auth.accounts().id_of(&email).await?;
            let sessions: Vec<Listed> = auth
                .sessions()
                .list(&user)
                .await?
                .into_iter()
                .map(Listed::from)
                .collect();
            output::json(&sessions)?;
        }
        SessionsCommand::List { email, json: false } => {
            let user = auth.accounts().id_of(&email).await?;
            let mut table = Table::new(["session", "made", "last used", "address", "client"]);
            for session in auth.sessions().list(&user).await? {
                let ip = session.ip.as_deref().unwrap_or("-");
                let user_agent = session.user_agent.as_deref().unwrap_or("-");
                table.row([
                    &session.id,
                    &session.created_at,
                    &session.current_since,
                    &ip,
                    &user_agent,
                ]);
            }
            table.print()?;
        }
        SessionsCommand::Revoke { email } => {
            let user = auth.accounts().id_of(&email).await?;
            let ended = auth.sessions().end_all(&user, RevocationReason::Operator).await?;
            output::line(&format!("{ended} sessions ended"))?;
        }
        SessionsCommand::RevokeBefore { time } => {
            let spinner = progress::spinner("ending sessions");
            let ended = auth.sessions().end_created_before(time).await;
            spinner.finish_and_clear();
            output::line(&format!("{} sessions ended", ended?))?;
        }
        SessionsCommand::Clean => {
            let spinner = progress::spinner("deleting sessions");
            let deleted = auth.sessions().delete_expired().await;
            spinner.finish_and_clear();
            output::line(&format!("{} sessions deleted", deleted?))?;
        }
    }
    Ok(())
}

/// A session as `--json` prints it, with the names that the endpoint has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    created_at: String,
    last_used_at: String,
    user_agent: Option<String>,
    ip: Option<String>,
}

impl From<Session> for Listed {
    fn from(session: Session) -> Listed {
        Listed {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_used_at: session.current_since.to_string(),
            user_agent: session.user_agent,
            ip: session.ip,
        }
    }
}
