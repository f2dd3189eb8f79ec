//! Who delivers, by the settings.

use std::sync::Arc;

use super::courier::Courier;
use super::terminal::Terminal;
use crate::config::{Config, ConfigError};

/// The courier: the application's own, else `auth.smtp`, else the terminal of a server in the debug
/// profile. The output of an operator's command is its own.
pub(crate) fn choose(
    own: Option<Arc<dyn Courier>>,
    config: &Config,
    serves: bool,
) -> Result<Option<Arc<dyn Courier>>, ConfigError> {
    if own.is_some() {
        return Ok(own);
    }
    if let Some(courier) = by_smtp(config)? {
        return Ok(Some(courier));
    }
    Ok((serves && config.is_debug()).then(|| Arc::new(Terminal) as Arc<dyn Courier>))
}

#[cfg(feature = "smtp")]
fn by_smtp(config: &Config) -> Result<Option<Arc<dyn Courier>>, ConfigError> {
    let (Some(url), Some(from)) = (&config.smtp.url, &config.smtp.from) else {
        return Ok(None);
    };
    let courier = super::smtp::SmtpCourier::new(url, from);
    let courier = courier.map_err(|error| ConfigError::new("auth.smtp", error.to_string()))?;
    Ok(Some(Arc::new(courier)))
}

#[cfg(not(feature = "smtp"))]
fn by_smtp(config: &Config) -> Result<Option<Arc<dyn Courier>>, ConfigError> {
    match config.smtp.url {
        None => Ok(None),
        Some(_) => Err(ConfigError::new(
            "auth.smtp.url",
            "needs the feature `smtp` of `auth-core`, which this program was built without",
        )),
    }
}
