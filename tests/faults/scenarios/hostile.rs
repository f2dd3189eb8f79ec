//! Requests that are meant to break answers, sent to two nodes behind nginx while honest clients
//! work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder};
use tests::client::block_on;
use tokio::task::JoinSet;

use super::{Form, postgres};
use crate::front::Front;
use crate::load::{Crowd, Load};
use crate::report::Row;
use crate::site::Site;

/// What a form says its method is. Rocket takes it at its word.
const METHODS: &[&str] = &[
    "HEAD", "head", "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "POST", "", "NONE",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// Where forms go: routes of each kind, and none.
const PATHS: &[&str] = &[
    "/",
    "/nowhere",
    "/dashboard",
    "/api/public",
    "/api/admin",
    "/api/auth/refresh",
    "/api/auth/form/sign-in",
];

/// What is refused before its body is read.
const REFUSED: &[(&str, &str)] = &[
    ("/api/admin", "application/json"),
    ("/nowhere", "application/json"),
    ("/dashboard/password", FORM),
    ("/api/auth/logout-all", "application/json"),
    ("/api/auth/refresh", "text/plain"),
];

/// Sizes of such bodies: what nginx keeps in memory, what it writes to a file first, and what it
/// refuses itself.
const SIZES: &[usize] = &[8 << 10, 60 << 10, 1 << 20];

/// Two nodes behind nginx: hostile clients send broken requests, and honest clients notice nothing.
pub fn nginx_hostile_forms(form: Form) -> Row {
    block_on(async {
        let cluster = postgres::shared_cluster();
        let site = Site::at(&cluster.fresh_database());
        let node = || site.node().with("ROCKET_AUTH", r#"{trusted_proxies=["127.0.0.1"]}"#);
        let (mut here, mut there) = (node(), node());
        here.start();
        there.start();
        let front = Front::before(&[&here, &there]);
        let load = Load::start_behind(&site, &front, Crowd::of(form.honest())).await;
        let done = Arc::new(AtomicBool::new(false));
        let mut strangers = JoinSet::new();
        for _ in 0..2 {
            strangers.spawn(annoy(front.url().to_owned(), Arc::clone(&done)));
        }
        load.answers(form.honest() as u64 * form.pick(100, 1500)).await;
        done.store(true, Ordering::Release);
        let mut sent = BTreeMap::new();
        for answers in strangers.join_all().await {
            for (status, count) in answers {
                *sent.entry(status).or_insert(0) += count;
            }
        }
        let recovery = load.recovery(Instant::now()).await;
        let row = load.settle(Some(recovery)).await;
        // A 502 is a problem of its own (`Wire`); a 503 would be the database's.
        let unanswered = row.unanswered;
        let broken: u32 = sent.range(500..).map(|(_, count)| count).sum();
        postgres::intact(&cluster, &site, row)
            .note(format!("answers to strangers, by status (0: none): {sent:?}"))
            .require(unanswered == 0, "an honest client got no answer")
            .require(broken == 0, "a stranger got no answer from a node")
            .quiet(&here.last_words())
            .quiet(&there.last_words())
    })
}

/// Sends everything once, and again until told to stop; counts the answers.
async fn annoy(url: String, done: Arc<AtomicBool>) -> BTreeMap<u16, u32> {
    let http = Client::builder().no_proxy().build().expect("a client");
    let mut answers = BTreeMap::new();
    loop {
        for path in PATHS {
            for method in METHODS {
                let form = http.post(format!("{url}{path}")).header(CONTENT_TYPE, FORM);
                count(form.body(format!("_method={method}")), &mut answers).await;
            }
        }
        for (path, kind) in REFUSED {
            for size in SIZES {
                let request = http.post(format!("{url}{path}")).header(CONTENT_TYPE, *kind);
                count(request.body(vec![b'x'; *size]), &mut answers).await;
            }
        }
        if done.load(Ordering::Acquire) {
            return answers;
        }
    }
}

async fn count(request: RequestBuilder, answers: &mut BTreeMap<u16, u32>) {
    let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
    *answers.entry(status).or_insert(0) += 1;
}
