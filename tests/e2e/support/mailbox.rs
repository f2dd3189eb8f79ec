//! Mails as a test reads them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use auth_core::mail::{Courier, CourierError, Message, MessageKind};

use super::{Options, Server};

/// A mail that was delivered.
#[derive(Clone, Debug)]
pub struct Mail {
    pub kind: MessageKind,
    pub to: String,
    pub link: Option<String>,
    pub language: Option<String>,
    pub text: String,
}

impl Mail {
    /// The ticket of its link.
    #[track_caller]
    pub fn ticket(&self) -> String {
        let link = self.link.as_deref().expect("the mail has a link");
        let (page, ticket) = link.split_once("#ticket=").expect("the ticket is behind a `#`");
        assert!(page.starts_with("https://app.example.com/"), "{link}");
        assert_eq!(ticket.len(), 22, "128 bits: {link}");
        ticket.to_owned()
    }
}

/// Where every mail of a server goes.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Vec<Mail>>>);

#[async_trait]
impl Courier for Mailbox {
    async fn deliver(&self, message: Message<'_>) -> Result<(), CourierError> {
        self.0.lock().expect("held for a moment").push(Mail {
            kind: message.kind,
            to: message.to.to_owned(),
            link: message.link.map(str::to_owned),
            language: message.language.map(str::to_owned),
            text: message.text(),
        });
        Ok(())
    }
}

impl Mailbox {
    /// All mails so far.
    pub fn all(&self) -> Vec<Mail> {
        self.0.lock().expect("held for a moment").clone()
    }

    /// The only mail of this kind to this address, which is taken out; waits for it.
    pub async fn take(&self, kind: MessageKind, to: &str) -> Mail {
        let give_up = Instant::now() + Duration::from_secs(30);
        loop {
            {
                let mut mails = self.0.lock().expect("held for a moment");
                if let Some(place) = mails.iter().position(|mail| mail.kind == kind && mail.to == to) {
                    return mails.remove(place);
                }
            }
            assert!(Instant::now() < give_up, "no {kind:?} to {to}: {:?}", self.all());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Options {
    /// With every account flow on, and the mails in a box.
    pub fn with_flows(self) -> (Options, Mailbox) {
        let mailbox = Mailbox::default();
        let options = self
            .set("public_url", "https://app.example.com")
            .set("flows.sign_up", "open")
            .set("flows.new_user_roles", vec!["viewer"])
            .set("flows.reset", true)
            .set("flows.change_email", true)
            .set("flows.magic_link", true)
            .set("flows.delete_account", true)
            .courier(mailbox.clone());
        (options, mailbox)
    }
}

impl Server {
    /// With every account flow on, on SQLite.
    pub async fn with_flows() -> (Server, Mailbox) {
        let (options, mailbox) = Server::options().with_flows();
        (options.start().await, mailbox)
    }

    /// The same on each SQL engine, without limits on mails.
    pub async fn with_flows_on_each_engine() -> Vec<(Server, Mailbox)> {
        let mut servers = Vec::new();
        for url in [None, Some(tests::postgres::Cluster::shared().fresh_database())] {
            let (mut options, mailbox) = Server::options().with_flows();
            options = options
                .set("throttle.mails_per_address", 0)
                .set("throttle.mails_per_source", 0);
            if let Some(url) = url {
                options = options.set("store", url);
            }
            servers.push((options.start().await, mailbox));
        }
        servers
    }
}
