//! The demo as a browser sees it.

use std::collections::HashMap;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use tests::process::{Place, program};

/// How long a mail may take; only ever reached when it does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running demo with accounts that can sign in.
pub struct Site {
    place: Place,
    origin: String,
    passwords: HashMap<String, String>,
    /// Asks for the log; the server ends with it.
    ask: Option<Sender<Sender<String>>>,
    /// Keeps the server, which belongs to one thread, for tests on several.
    keeper: Option<JoinHandle<()>>,
}

impl Site {
    /// A demo of one's own, as `cargo run` starts it, with the access cookie.
    pub fn open() -> Site {
        Site::with("")
    }

    /// One for tests that change nothing another would mind: no roles, no passwords, no sessions
    /// but their own.
    pub fn shared() -> Arc<Site> {
        // Held weakly, so that it ends with the last of them: what a static holds is never dropped.
        static SHARED: Mutex<Weak<Site>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let site = Arc::new(Site::open());
            *shared = Arc::downgrade(&site);
            site
        })
    }

    /// The same with more settings, such as `tokens={access_ttl="2s"}`.
    pub fn with(settings: &str) -> Site {
        let cookies = r#"cookie={access=true},token_sources=["header","cookie"]"#;
        let separator = if settings.is_empty() { "" } else { "," };
        Site::of_settings(&format!("{cookies}{separator}{settings}"))
    }

    /// One with these settings alone, without the access cookie.
    pub fn of_settings(settings: &str) -> Site {
        let place = Place::debug().with("ROCKET_AUTH", &format!("{{{settings}}}"));
        let (ask, asked) = channel::<Sender<String>>();
        let (tell, started) = channel();
        let of_keeper = place.clone();
        let keeper = std::thread::spawn(move || {
            // Others may be beside it.
            let server = of_keeper.launch(Command::new(program()));
            let told = tell.send((server.url.clone(), server.printed_passwords()));
            told.expect("the test waits for it");
            for answer in asked {
                let _nobody_waits = answer.send(server.log());
            }
        });
        let (origin, passwords) = started.recv().expect("the demo starts");
        assert_eq!(passwords.len(), 3, "the demo's accounts");
        Site {
            place,
            origin,
            passwords,
            ask: Some(ask),
            keeper: Some(keeper),
        }
    }

    /// One whose account flows are on, without limits on mails.
    pub fn with_flows() -> Site {
        Site::with(
            r#"flows={sign_up="open",new_user_roles=["viewer"],reset=true,change_email=true,magic_link=true,delete_account=true},
               throttle={mails_per_address=0,mails_per_source=0}"#,
        )
    }

    /// The same with second factors.
    pub fn with_factors() -> Site {
        Site::with(
            r#"flows={magic_link=true,reset=true,change_email=true},throttle={mails_per_address=0,mails_per_source=0},
               second_factor="offered",factor_keys=[{name="2026",secret="q0bTqv7Qm1mVY5c4n3n9zZr8tH2kLwXs"}]"#,
        )
    }

    /// The link to `page` in the newest mail to an address, as soon as the server has printed it.
    pub async fn link(&self, to: &str, page: &str) -> String {
        let (to, page_of) = (format!("Mail to {to}: "), format!("/{page}#ticket="));
        let give_up = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            let mail = log.lines().rfind(|line| line.contains(&to) && line.contains(&page_of));
            if let Some(mail) = mail {
                return self.open_link(mail.rsplit(' ').next().unwrap_or_default(), page);
            }
            assert!(Instant::now() < give_up, "no mail of {page_of} came: {log}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// A link as the server writes it, at the port that the server got.
    pub fn open_link(&self, written: &str, page: &str) -> String {
        let ticket = written.strip_prefix(&format!("http://127.0.0.1/{page}#ticket="));
        let ticket = ticket.unwrap_or_else(|| panic!("{written} leads to {page}"));
        self.url(&format!("/{page}#ticket={ticket}"))
    }

    /// An address of the site.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The password of one of its users.
    pub fn password(&self, email: &str) -> String {
        self.passwords[email].clone()
    }

    /// Adds a user by the command line.
    pub fn add_user(&mut self, email: &str, role: &str) {
        let password = "a password that nobody has";
        let added = self.place.run(&["user", "add", email, "--role", role], password);
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        self.passwords.insert(email.to_owned(), password.to_owned());
    }

    /// Gives a user an e-mail address that an earlier version let in, and this one does not.
    pub fn rename(&mut self, email: &str, older: &str) {
        let file = self.place.folder.path().join("auth.db");
        let mut database = SqliteConnection::establish(&file.to_string_lossy()).expect("the database is there");
        let renamed = diesel::sql_query("UPDATE auth_accounts SET email = ?, email_key = lower(?) WHERE email = ?")
            .bind::<Text, _>(older)
            .bind::<Text, _>(older)
            .bind::<Text, _>(email)
            .execute(&mut database);
        assert_eq!(renamed, Ok(1));
        let password = self.passwords.remove(email).expect("a user of the site");
        self.passwords.insert(older.to_owned(), password);
    }

    /// What the server has said.
    pub fn log(&self) -> String {
        let (answer, log) = channel();
        let asked = self.ask.as_ref().map(|ask| ask.send(answer));
        assert!(asked.is_some_and(|asked| asked.is_ok()), "the server is kept");
        log.recv().expect("the server is kept")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.ask.take());
        let ended = self.keeper.take().map(JoinHandle::join);
        // The server's end looks for secrets in its log.
        if !std::thread::panicking() {
            assert!(ended.is_none_or(|ended| ended.is_ok()), "the server printed a secret");
        }
    }
}
