//! For Prometheus: `GET /metrics`, for the monitor's own secret and for admins.

use std::env::{VarError, var};
use std::time::Duration;

use auth_core::config::{ConfigError, check_text};
use auth_core::keys::{WeakSecret, check_secret};
use auth_core::{SecretString, public, require_role};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use rocket::http::{ContentType, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{async_trait, get};

use crate::role::AppRole;

/// What is measured, and who may see it besides admins.
pub struct Monitor {
    prometheus: PrometheusHandle,
    token: Option<SecretString>,
}

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// There is another recorder, or the buckets are none.
    #[error("the metrics cannot be kept: {0}")]
    Recorder(#[from] BuildError),
    /// The secret would be guessed.
    #[error("`METRICS_TOKEN` {0}")]
    Token(#[from] WeakSecret),
    /// The secret came with something around it.
    #[error(transparent)]
    Text(#[from] ConfigError),
    /// The secret cannot be read.
    #[error("`METRICS_TOKEN` is no UTF-8 text")]
    NoText,
}

/// Upper bounds in seconds: a verification takes about a microsecond.
const VERIFICATION: &[f64] = &[
    0.25e-6, 0.5e-6, 1e-6, 2e-6, 4e-6, 8e-6, 16e-6, 32e-6, 64e-6, 125e-6, 250e-6, 1e-3,
];

/// Upper bounds in seconds: from a read to what is given up on.
const STORE: &[f64] = &[
    0.1e-3, 0.25e-3, 0.5e-3, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1.0, 1.7, 2.5,
];

/// How often the measured values are put into their buckets when no scrape does it.
const UPKEEP: Duration = Duration::from_secs(5);

impl Monitor {
    /// Measures from here on, for the whole process; the secret is `METRICS_TOKEN`. Must be called
    /// on a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`MonitorError`]; called a second time, too.
    pub fn install() -> Result<Monitor, MonitorError> {
        let token = token()?;
        let prometheus = PrometheusBuilder::new()
            .set_buckets_for_metric(full("auth_verification_seconds"), VERIFICATION)?
            .set_buckets_for_metric(full("auth_store_seconds"), STORE)?
            .install_recorder()?;
        let handle = prometheus.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                handle.run_upkeep();
            }
        });
        Ok(Monitor { prometheus, token })
    }
}

fn full(metric: &str) -> Matcher {
    Matcher::Full(metric.to_owned())
}

fn token() -> Result<Option<SecretString>, MonitorError> {
    match var("METRICS_TOKEN") {
        Ok(token) => {
            check_text("METRICS_TOKEN", &token)?;
            check_secret(&token)?;
            Ok(Some(SecretString::new(token)))
        }
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(MonitorError::NoText),
    }
}

/// For a monitor that carries the secret. Rocket forwards a request without it to [`metrics`].
#[public("for the monitor's own secret")]
#[get("/metrics", rank = 1)]
pub fn scraped(scraper: Scraper<'_>) -> (ContentType, String) {
    exposition(scraper.0)
}

/// Everything that is measured.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 404, response = crate::schema::Refused),
))]
#[require_role(AppRole::Admin)]
#[get("/metrics", rank = 2)]
pub fn metrics(monitor: &Monitor) -> (ContentType, String) {
    exposition(monitor)
}

fn exposition(monitor: &Monitor) -> (ContentType, String) {
    let kind = ContentType::new("text", "plain").with_params([("version", "0.0.4"), ("charset", "utf-8")]);
    (kind, monitor.prometheus.render())
}

#[async_trait]
impl<'r> FromRequest<'r> for &'r Monitor {
    type Error = ();

    /// Not found where nothing is measured: outside of `rocket-app serve`.
    async fn from_request(request: &'r Request<'_>) -> Outcome<&'r Monitor, ()> {
        match request.rocket().state::<Monitor>() {
            Some(monitor) => Outcome::Success(monitor),
            None => Outcome::Error((Status::NotFound, ())),
        }
    }
}

/// Who carries the monitor's secret as a bearer token.
pub struct Scraper<'r>(&'r Monitor);

#[async_trait]
impl<'r> FromRequest<'r> for Scraper<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Scraper<'r>, ()> {
        let mut headers = request.headers().get("Authorization");
        let carried = match (headers.next(), headers.next()) {
            (Some(only), None) => only.split_once(' '),
            _ => None,
        };
        let monitor = request.rocket().state::<Monitor>();
        match (monitor, carried) {
            (Some(monitor), Some((scheme, carried)))
                if scheme.eq_ignore_ascii_case("Bearer")
                    && monitor.token.as_ref().is_some_and(|token| token.ct_eq(carried)) =>
            {
                Outcome::Success(Scraper(monitor))
            }
            _ => Outcome::Forward(Status::NotFound),
        }
    }
}
