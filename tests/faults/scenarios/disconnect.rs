//! Clients that go away in the middle of a request: after every so many bytes, and at every moment
//! of the answer.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::client::block_on;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Form;
use super::sqlite::intact;
use crate::ledger::Grave;
use crate::load::{Crowd, Load};
use crate::people::{Owner, expect_dead};
use crate::report::Row;
use crate::site::{Minted, Node, PASSWORD, Site};
use crate::wire::{Delivery, Wire};

const NEW_PASSWORD: &str = "green camel lighthouse";

/// On SQLite.
pub fn sqlite_disconnects(form: Form) -> Row {
    block_on(async {
        let site = Site::sqlite();
        let mut node = site.node();
        node.start();
        let row = disconnects(form, &site, &node).await;
        intact(&site, row).quiet(&node.last_words())
    })
}

/// On any database.
pub async fn disconnects(form: Form, site: &Site, node: &Node) -> Row {
    let moments = form.pick(40, 400);
    let mut minted = site.sessions(moments + 8).await.into_iter();
    let load = Load::start(site, &[node], Crowd::of(form.honest() / 2)).await;
    let wire = load.wire.clone();
    let address = node.url().trim_start_matches("http://").to_owned();
    let mut quitter = Quitter {
        address,
        sent: 0,
        stride: form.pick(13, 1),
    };

    // Sessions of one account end with its password: four that have theirs to themselves.
    let mut of_one_account: Vec<Minted> = minted.by_ref().take(4).collect();
    quitter
        .passwords(&wire, of_one_account.pop().expect("four"), form)
        .await;
    let mut signing_out = owner(minted.next().expect("four more"));
    quitter.logout(&wire, &mut signing_out).await;
    let mut owners: Vec<Owner> = minted.skip(3).map(owner).collect();
    quitter.refresh(&wire, &mut owners).await;

    let all_at_once = Instant::now();
    let mut crowd = JoinSet::new();
    for mut one in owners.into_iter().take(32) {
        let wire = wire.clone();
        crowd.spawn(async move { one.refresh_for_sure(&wire).await });
    }
    let served = crowd.join_all().await;
    let took = all_at_once.elapsed();
    let recovery = load.recovery(Instant::now()).await;
    load.settle(Some(recovery))
        .await
        .note(format!(
            "{} requests broken off; then 32 refreshes at once took {took:.1?}",
            quitter.sent
        ))
        .require(
            served.len() == 32 && served.iter().all(|served| *served),
            "32 refreshes at once",
        )
}

fn owner(minted: Minted) -> Owner {
    Owner {
        number: None,
        delivery: Delivery::Body,
        refresh: vec![minted.token],
        access: Vec::new(),
        node: 0,
        tolerant: false,
    }
}

/// Sends requests and goes away.
struct Quitter {
    address: String,
    sent: usize,
    /// After each how many bytes.
    stride: usize,
}

impl Quitter {
    /// Breaks off inside the request after every so many bytes.
    async fn inside(&mut self, request: &str) {
        for sent in (0..request.len()).step_by(self.stride) {
            self.quit(&request[..sent], Duration::ZERO).await;
        }
    }

    /// Sends what there is, waits, and closes the connection without reading.
    async fn quit(&mut self, bytes: &str, wait: Duration) {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        stream.write_all(bytes.as_bytes()).await.expect("it reads");
        if !wait.is_zero() {
            sleep(wait).await;
        }
        self.sent += 1;
    }

    /// Refreshes broken off at any byte and any moment. The same token still works each time, and
    /// so does the next. That holds even if the server carries out a broken-off request after a
    /// later one.
    async fn refresh(&mut self, wire: &Wire, owners: &mut [Owner]) {
        let of = |owner: &Owner| request("refresh", None, &json!({ "refreshToken": owner.token() }).to_string());
        self.inside(&of(&owners[0])).await;
        for (moment, owner) in owners.iter_mut().enumerate() {
            self.quit(&of(owner), Duration::from_micros(moment as u64 * 100)).await;
            keeps_going(wire, owner).await;
        }
    }

    /// A logout broken off before its last byte ends nothing. A logout that was sent in full may
    /// have been carried out, and is certain when the next one succeeds.
    async fn logout(&mut self, wire: &Wire, owner: &mut Owner) {
        let of = |owner: &Owner| request("logout", None, &json!({ "refreshToken": owner.token() }).to_string());
        keeps_going(wire, owner).await;
        self.inside(&of(owner)).await;
        keeps_going(wire, owner).await;
        self.quit(&of(owner), Duration::ZERO).await;
        let answer = wire.logout(0, owner.token(), Delivery::Body).await;
        let status = answer.map(|answer| answer.status);
        if status != Some(204) {
            wire.ledger
                .note_wrong(format!("the logout after one broken off: {status:?}"));
        }
        for access in &owner.access {
            expect_dead(wire, "a logout", "access token, at once", wire.guarded(0, access).await);
        }
        wire.ledger.bury(Grave {
            how: "a logout",
            refresh: owner.refresh.clone(),
            access: owner.access.clone(),
            node: 0,
            at_once: false,
            since: Instant::now(),
        });
    }

    /// Sign-ins and changes of a password, broken off: afterwards exactly one of the two passwords
    /// is the right one.
    async fn passwords(&mut self, wire: &Wire, minted: Minted, form: Form) {
        let email = minted.email.clone();
        let mut owner = owner(minted);
        keeps_going(wire, &mut owner).await;
        let access = owner.access.last().expect("just answered").clone();
        let sign_in = json!({ "email": email, "password": PASSWORD, "delivery": "body" });
        let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW_PASSWORD });
        let login = request("login", None, &sign_in.to_string());
        let password = request("password", Some(&access), &change.to_string());
        self.inside(&login).await;
        self.inside(&password).await;
        for moment in 0..form.pick(3, 20) {
            self.quit(&login, Duration::from_millis(moment * 40)).await;
        }
        // One only: after it, the password that it names may be the wrong one.
        self.quit(&password, Duration::from_millis(form.pick(5, 50))).await;
        let begun = Instant::now();
        let (old, new) = loop {
            let old = login_with(wire, &email, PASSWORD).await;
            let new = login_with(wire, &email, NEW_PASSWORD).await;
            // Hashes whose clients have gone may be in the way for a while.
            if (old != 503 && new != 503) || begun.elapsed() > Duration::from_secs(20) {
                break (old, new);
            }
            sleep(Duration::from_millis(200)).await;
        };
        // Between the two questions the change may still have been made: both answers are then yes,
        // in this order.
        if !matches!((old, new), (200, 401) | (401, 200) | (200, 200)) {
            wire.ledger.note_wrong(format!(
                "signing in with the old password: {old}, with the new one: {new}"
            ));
        }
    }
}

/// The owner's pair goes on.
async fn keeps_going(wire: &Wire, owner: &mut Owner) {
    // What is wrong with it, the ledger knows.
    let _noted = owner.refresh_for_sure(wire).await;
}

async fn login_with(wire: &Wire, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password, "delivery": "body" });
    let answer = wire.post(0, "/api/auth/login", None, &body).await;
    answer.map_or(503, |answer| answer.status)
}

fn request(path: &str, access: Option<&str>, body: &str) -> String {
    let bearer = access
        .map(|access| format!("Authorization: Bearer {access}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    format!(
        "POST /api/auth/{path} HTTP/1.1\r\nHost: localhost\r\n{bearer}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}
