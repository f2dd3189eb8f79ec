//! The HTTP client: short of patience, and of room.

use std::time::Duration;

use oauth2::{HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// How long the provider may take, all in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer that is read: tokens and keys are a few kilobytes.
const LONGEST: usize = 256 * 1024;

/// Speaks HTTP with the provider. Cheap to clone.
#[derive(Clone)]
pub struct Http(Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The provider is not there, or does not answer in time.
    #[error("no answer: {0:?}")]
    Transport(#[from] reqwest::Error),
    /// Another status than expected.
    #[error("status {0}")]
    Status(u16),
    /// More than a provider has to say.
    #[error("an answer of over {LONGEST} bytes")]
    TooLong,
}

impl Http {
    /// A client for one provider.
    ///
    /// # Errors
    ///
    /// The system has no certificates to check the provider's by.
    pub fn new() -> Result<Http, reqwest::Error> {
        let client = Client::builder()
            .timeout(PATIENCE)
            // Following one would let a provider's mistake send the code, and this application's
            // secret, elsewhere.
            .redirect(Policy::none())
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Http(client))
    }

    /// The body of what is there.
    pub async fn get(&self, address: &str) -> Result<Vec<u8>, HttpError> {
        let answer = self.0.get(address).send().await?;
        match answer.status().as_u16() {
            200 => body(answer).await,
            other => Err(HttpError::Status(other)),
        }
    }

    /// A request of `oauth2`.
    pub async fn call(self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.0.execute(request.try_into()?).await?;
        let mut response = HttpResponse::default();
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = body(answer).await?;
        Ok(response)
    }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LONGEST {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
