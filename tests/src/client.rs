//! A client of the HTTP contract that keeps its tokens itself.

use std::time::Duration;

use serde_json::Value;

use crate::process::{Server, note_issued};

/// A client that keeps its tokens itself.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// A pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Client {
    /// A client of `server`.
    pub fn of(server: &Server) -> Client {
        Client {
            http: reqwest::Client::new(),
            url: server.url.clone(),
        }
    }

    /// Signs in, which must go well.
    pub async fn sign_in(&self, email: &str, password: &str) -> Pair {
        let body = serde_json::json!({ "email": email, "password": password, "delivery": "body" });
        self.pair("/api/auth/login", &body).await
    }

    /// The pair after this one, which must be given.
    pub async fn renewed(&self, pair: &Pair) -> Pair {
        let body = serde_json::json!({ "refreshToken": pair.refresh });
        self.pair("/api/auth/refresh", &body).await
    }

    async fn pair(&self, path: &str, body: &Value) -> Pair {
        let mut tries = 0;
        loop {
            let (status, answer) = self.post(path, body).await.expect("an answer");
            // On a machine that is busy with other tests a server may be too busy, and says so; a
            // client waits then.
            if status == 503 && tries < 10 {
                tries += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            assert_eq!(status, 200, "{answer}");
            return pair(&answer);
        }
    }

    /// Refreshes; `None` when no answer came.
    pub async fn refresh(&self, token: &str) -> Option<(u16, Value)> {
        self.post("/api/auth/refresh", &serde_json::json!({ "refreshToken": token }))
            .await
    }

    /// The status and the body of the answer to a POST; `None` when no answer came.
    pub async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let answer = self
            .http
            .post(format!("{}{path}", self.url))
            .json(body)
            .send()
            .await
            .ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// The status and the body of the answer to a GET, which must come.
    pub async fn get(&self, path: &str, access: &str) -> (u16, Value) {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(access);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }
}

/// The tokens in an answer.
pub fn pair(answer: &Value) -> Pair {
    let text = |name: &str| {
        answer[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {answer}"))
            .to_owned()
    };
    let pair = Pair {
        access: text("accessToken"),
        refresh: text("refreshToken"),
    };
    note_issued([pair.access.clone(), pair.refresh.clone()]);
    pair
}

/// Runs a test's future on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
