//! Requests as clients send them, each held to what every answer must be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::site::{HASHER_REFUSED_WITHIN, REFUSED_WITHIN};

/// The nodes, as clients reach them. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    http: Client,
    nodes: Arc<Vec<String>>,
    is_shared: bool,
    pub ledger: Arc<Ledger>,
}

/// How a client carries its refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Cookie,
    Body,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The `error` of a refusal.
    pub code: String,
    /// The tokens: access, refresh.
    pub pair: Option<(String, String)>,
    /// When the request was sent.
    pub asked: Instant,
}

impl Answer {
    /// Whether it is a refusal for good, as opposed to "later".
    pub fn is_unauthorized(&self) -> bool {
        self.status == 401
    }
}

impl Wire {
    /// Clients of the nodes at these addresses.
    pub fn new(nodes: Vec<String>, ledger: Arc<Ledger>) -> Wire {
        let http = Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_secs(10))
            .build()
            .expect("a client");
        Wire {
            http,
            nodes: Arc::new(nodes),
            is_shared: false,
            ledger,
        }
    }

    /// Clients of several nodes behind one address.
    pub fn through(front: &str, ledger: Arc<Ledger>) -> Wire {
        Wire {
            is_shared: true,
            ..Wire::new(vec![front.to_owned()], ledger)
        }
    }

    /// Whether several nodes answer at an address, so that the next one may not know yet what the
    /// last one did.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    fn to(&self, node: usize, path: &str) -> String {
        format!("{}{path}", self.nodes[node])
    }

    /// Exchanges a refresh token. `None`: no answer came.
    pub async fn refresh(&self, node: usize, token: &str, delivery: Delivery) -> Option<Answer> {
        let request = self.http.post(self.to(node, "/api/auth/refresh"));
        self.send("refresh", carrying(request, token, delivery)).await
    }

    /// Signs out.
    pub async fn logout(&self, node: usize, token: &str, delivery: Delivery) -> Option<Answer> {
        let request = self.http.post(self.to(node, "/api/auth/logout"));
        self.send("logout", carrying(request, token, delivery)).await
    }

    /// Requests a guarded route whose handler uses no database.
    pub async fn guarded(&self, node: usize, access: &str) -> Option<Answer> {
        let request = self.http.get(self.to(node, "/api/editor")).bearer_auth(access);
        let answer = self.send("guarded", request).await;
        if let Some(answer) = answer.as_ref().filter(|answer| answer.status == 200) {
            self.ledger.note_guarded(answer.asked, answer.asked.elapsed());
        }
        answer
    }

    /// What a node says of itself: the status and the text.
    pub async fn health(&self, node: usize) -> (u16, String) {
        let answer = self
            .http
            .get(self.to(node, "/health"))
            .send()
            .await
            .expect("the node is there");
        let status = answer.status().as_u16();
        (status, answer.text().await.unwrap_or_default())
    }

    /// Any other request with a JSON body.
    pub async fn post(&self, node: usize, path: &str, access: Option<&str>, body: &Value) -> Option<Answer> {
        let request = self.http.post(self.to(node, path)).json(body);
        let request = match access {
            Some(access) => request.bearer_auth(access),
            None => request,
        };
        self.send("post", request).await
    }

    /// The same for a request that hashes a password: it may wait for its turn first, and then for
    /// the database.
    pub async fn hash(&self, node: usize, path: &str, body: &Value) -> Option<Answer> {
        let request = self.http.post(self.to(node, path)).json(body);
        self.send("hash", request).await
    }

    async fn send(&self, verb: &str, request: RequestBuilder) -> Option<Answer> {
        let asked = Instant::now();
        let answer = match request.send().await {
            Ok(response) => read(asked, response).await,
            Err(_) => None,
        };
        let Some((answer, headers)) = answer else {
            self.ledger.note_silence();
            return None;
        };
        self.judge(verb, &answer, headers);
        Some(answer)
    }

    /// Checks what holds for every answer of every kind.
    fn judge(&self, verb: &str, answer: &Answer, headers: Headers) {
        let (status, took) = (answer.status, answer.asked.elapsed());
        match status {
            200..300 | 401 => self.ledger.note_answer(),
            429 | 503 => {
                self.ledger.note_refusal(took);
                if !headers.retry_after {
                    self.ledger.note_wrong(format!("{verb}: {status} without Retry-After"));
                }
                if verb == "guarded" {
                    // By the default of `auth.revocation.on_stale`; the route uses no database.
                    self.ledger.note_wrong(format!("guarded: {status}"));
                }
                let longest = if verb == "hash" {
                    HASHER_REFUSED_WITHIN
                } else {
                    REFUSED_WITHIN
                };
                if took > longest {
                    self.ledger.note_wrong(format!("{verb}: {status} after {took:?}"));
                }
            }
            _ => self.ledger.note_wrong(format!("{verb}: {status} {}", answer.code)),
        }
        if verb == "refresh" && status != 200 && headers.set_cookie {
            self.ledger.note_wrong(format!("{verb}: {status} with Set-Cookie"));
        }
    }
}

#[derive(Clone, Copy)]
struct Headers {
    retry_after: bool,
    set_cookie: bool,
}

fn carrying(request: RequestBuilder, token: &str, delivery: Delivery) -> RequestBuilder {
    match delivery {
        Delivery::Cookie => request.header(COOKIE, format!("refresh_token={token}")),
        Delivery::Body => request.json(&json!({ "refreshToken": token })),
    }
}

/// `None` when the answer broke off.
async fn read(asked: Instant, response: Response) -> Option<(Answer, Headers)> {
    let status = response.status().as_u16();
    let headers = Headers {
        retry_after: response.headers().contains_key(RETRY_AFTER),
        set_cookie: response.headers().contains_key(SET_COOKIE),
    };
    let cookie = response.headers().get_all(SET_COOKIE).iter().find_map(|cookie| {
        let (value, _) = cookie.to_str().ok()?.strip_prefix("refresh_token=")?.split_once(';')?;
        Some(value.to_owned())
    });
    let body = response.text().await.ok()?;
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let refresh = cookie.or_else(|| text("refreshToken"));
    let answer = Answer {
        status,
        code: text("error").unwrap_or_default(),
        pair: text("accessToken").zip(refresh),
        asked,
    };
    Some((answer, headers))
}
