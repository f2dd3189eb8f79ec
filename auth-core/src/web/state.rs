use std::net::IpAddr;

use rocket::request::Request;

use super::cookies::CookieSpec;
use super::csrf;
use super::error::{AuthError, Kind};
use crate::audit::Event;
use crate::session::{Auth, Client};

/// What the Rocket side keeps beside [`Auth`].
#[derive(Clone, Debug)]
pub(crate) struct Web {
    pub(crate) auth: Auth,
    pub(crate) access_cookie: CookieSpec,
    pub(crate) refresh_cookie: CookieSpec,
}

impl Web {
    pub(crate) fn new(auth: Auth) -> Web {
        let access_cookie = CookieSpec::access(auth.config());
        let refresh_cookie = CookieSpec::refresh(auth.config());
        Web {
            auth,
            access_cookie,
            refresh_cookie,
        }
    }

    /// The state of the running server. Without the fairing launch aborts, so that this fails in no running server.
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> Result<&'r Web, AuthError> {
        request.rocket().state::<Web>().ok_or(AuthError::new(Kind::Internal))
    }

    /// Refuses a request that carries a cookie and does not come from our own pages.
    pub(crate) fn refuse_foreign(&self, request: &Request<'_>) -> Result<(), AuthError> {
        if csrf::is_same_origin(request, &self.auth.config().allowed_origins) {
            return Ok(());
        }
        Event::CsrfRejected {
            source: self.source(request),
        }
        .emit();
        Err(AuthError::new(Kind::CsrfRejected))
    }

    /// Where the request comes from.
    pub(crate) fn client(&self, request: &Request<'_>) -> Client {
        Client {
            ip: self.source(request),
            user_agent: request.headers().get_one("User-Agent").map(str::to_owned),
        }
    }

    /// The peer's address; a proxy's word for it only where that proxy is configured as trusted.
    fn source(&self, request: &Request<'_>) -> Option<IpAddr> {
        let peer = request.remote().map(|remote| remote.ip().to_canonical())?;
        if self.auth.config().trusted_proxies.contains(&peer) {
            request.client_ip()
        } else {
            Some(peer)
        }
    }
}
