//! A start waits for a database that is too busy.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::Instant;

use super::error::BuildError;
use crate::account::AccountError;
use crate::session::SessionError;
use crate::store::StoreError;

/// How long a start goes on trying a database that is too busy to answer in time.
const START_WAIT: Duration = Duration::from_secs(30);

/// Asks again while the database does not answer in time, for at most [`START_WAIT`].
pub(super) async fn until_answered<T, E: MayTimeOut, F: Future<Output = Result<T, E>>>(
    ask: impl Fn() -> F,
) -> Result<T, E> {
    let give_up = Instant::now() + START_WAIT;
    loop {
        match ask().await {
            Err(error) if error.is_timeout() && Instant::now() < give_up => {}
            answer => return answer,
        }
    }
}

/// An error that says whether the database was too slow.
pub(super) trait MayTimeOut {
    fn is_timeout(&self) -> bool;
}

impl MayTimeOut for AccountError {
    fn is_timeout(&self) -> bool {
        let AccountError::Unavailable(cause) = self else {
            return false;
        };
        matches!(cause.downcast_ref(), Some(StoreError::Timeout))
    }
}

impl MayTimeOut for SessionError {
    fn is_timeout(&self) -> bool {
        match self {
            SessionError::Store(StoreError::Timeout) => true,
            SessionError::Accounts(error) => error.is_timeout(),
            _ => false,
        }
    }
}

pub(super) fn interrupted(error: JoinError) -> BuildError {
    BuildError::Interrupted(error.to_string())
}
