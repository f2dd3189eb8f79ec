//! A user with two sessions, a node that serves, another one that only hears of it, and the verbs that are raced.

use std::sync::Arc;

use auth_core::UserId;
use auth_core::account::{Account, Accounts};
use auth_core::audit::Audit;
use auth_core::clock::SystemClock;
use auth_core::config::Config;
use auth_core::keys::KeyRings;
use auth_core::secret::SecretString;
use auth_core::session::{AuthParts, ClientInfo, Credentials, LogoutCredentials, SessionError, TokenPair};
use auth_core::store::{AccountStore, NewAccount, RevocationReason, SessionStore};
use auth_core::{Auth, Role, RoleTable};

use super::held::Held;
use super::own::OwnUser;

pub const OLD: &str = "ann likes purple monkeys";
pub const NEW: &str = "ann now likes violet gorillas";

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    Captain,
    Sailor,
}

/// What the users of a store are: the built-in table, or the application's own.
#[derive(Clone)]
pub enum Users {
    BuiltIn(Arc<dyn AccountStore>),
    Own,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Login,
    SignIn,
    Refresh,
    Logout,
    LogoutAll,
    Password,
    Disable,
    Roles,
}

impl Verb {
    pub const ALL: [Verb; 8] = [
        Verb::Login,
        Verb::SignIn,
        Verb::Refresh,
        Verb::Logout,
        Verb::LogoutAll,
        Verb::Password,
        Verb::Disable,
        Verb::Roles,
    ];
}

/// The tokens that a verb gave, if it gave some.
pub type Outcome = Result<Option<TokenPair>, SessionError>;

pub struct Stage {
    pub auth: Auth,
    pub elsewhere: Auth,
    pub user: UserId,
    email: String,
    /// The session that acts, and another one of the user.
    pub here: TokenPair,
    pub other: TokenPair,
    own: Option<Arc<OwnUser>>,
}

impl Stage {
    pub async fn new(store: Arc<dyn SessionStore>, users: &Users) -> Stage {
        let hash = SecretString::new(bcrypt::hash(OLD, 4).expect("bcrypt hashes"));
        let email = format!("{}@example.com", UserId::random());
        let (user, own) = match users {
            Users::BuiltIn(accounts) => {
                let new = NewAccount {
                    email: email.clone(),
                    password_hash: hash,
                    roles: vec!["sailor".to_owned()],
                    demo: false,
                };
                (accounts.create(new).await.expect("the e-mail is free"), None)
            }
            Users::Own => {
                let user = UserId::random();
                let account = Account::new(user.clone(), email.clone(), hash).with_roles([Rank::Sailor]);
                (user, Some(Arc::new(OwnUser::new(account))))
            }
        };
        let keys = KeyRings::random().expect("random keys");
        let node = || {
            let managed = match users {
                Users::BuiltIn(accounts) => Some(Arc::clone(accounts)),
                Users::Own => None,
            };
            node(Arc::clone(&store), managed, own.clone(), &keys)
        };
        let (auth, elsewhere) = (node(), node());
        let sign_in = async || {
            let signed_in = auth.login_as(&user, &ClientInfo::default(), None).await;
            signed_in.expect("the account is enabled")
        };
        let (here, other) = (sign_in().await, sign_in().await);
        Stage {
            auth,
            elsewhere,
            user,
            email,
            here,
            other,
            own,
        }
    }

    pub async fn play(&self, verb: Verb) -> Outcome {
        let (auth, client) = (&self.auth, ClientInfo::default());
        let pair = match verb {
            Verb::Login => Some(self.login(OLD).await?),
            Verb::SignIn => Some(auth.login_as(&self.user, &client, None).await?),
            Verb::Refresh => Some(auth.refresh(self.other.refresh.expose(), &client).await?),
            Verb::Logout => {
                let refresh = vec![self.other.refresh.expose()];
                let sign_out = LogoutCredentials {
                    refresh,
                    ..LogoutCredentials::default()
                };
                auth.logout(&sign_out, &client).await?;
                None
            }
            Verb::LogoutAll => {
                auth.logout_all(&self.user, &client).await?;
                None
            }
            Verb::Password => {
                let who = auth.verify_access(self.here.access.expose())?;
                let (old, new) = (SecretString::new(OLD), SecretString::new(NEW));
                Some(auth.change_password(&who, old, new, &client).await?)
            }
            Verb::Disable => {
                match &self.own {
                    None => auth.disable_account(&self.email).await?,
                    Some(own) => {
                        own.change(|account| account.disabled = true);
                        auth.end_sessions(&self.user, RevocationReason::AccountClosed).await?;
                    }
                }
                None
            }
            Verb::Roles => {
                let roles = vec!["captain".to_owned()];
                match &self.own {
                    None => auth.set_roles(&self.email, roles).await?,
                    Some(own) => {
                        own.change(|account| account.roles = roles);
                        auth.roles_changed(&self.user).await?;
                    }
                }
                None
            }
        };
        Ok(pair)
    }

    pub async fn login(&self, password: &str) -> Result<TokenPair, SessionError> {
        let credentials = Credentials {
            email: self.email.clone(),
            password: SecretString::new(password),
        };
        self.auth
            .login_with_password(credentials, &ClientInfo::default(), None)
            .await
    }

    /// What the tokens of a pair still open: on each node the roles that its access token is taken for, and whether its refresh
    /// token gives another pair.
    pub async fn alive(&self, pair: &TokenPair) -> Vec<String> {
        let mut alive = Vec::new();
        for (auth, node) in [(&self.auth, "here"), (&self.elsewhere, "elsewhere")] {
            auth.load_revocations().await.expect("the store answers");
            if let Ok(identity) = auth.verify_access(pair.access.expose()) {
                let roles = auth.roles().names_of(identity.held_roles()).join(",");
                alive.push(format!("access {node} as {roles}"));
            }
        }
        if let Ok(next) = self
            .elsewhere
            .refresh(pair.refresh.expose(), &ClientInfo::default())
            .await
        {
            let identity = self
                .elsewhere
                .verify_access(next.access.expose())
                .expect("a new token is good");
            let roles = self.elsewhere.roles().names_of(identity.held_roles()).join(",");
            alive.push(format!("refresh as {roles}"));
        }
        alive
    }
}

fn node(
    store: Arc<dyn SessionStore>,
    managed: Option<Arc<dyn AccountStore>>,
    own: Option<Arc<OwnUser>>,
    keys: &KeyRings,
) -> Auth {
    let mut config = Config::default();
    // As cheap as it gets: the order of the calls is what is raced.
    config.passwords.bcrypt_cost = 4;
    config.throttle.account_per_minute = 0;
    let accounts: Arc<dyn Accounts> = match (&managed, own) {
        (Some(managed), _) => Arc::new(Held(Arc::clone(managed))),
        (None, Some(own)) => {
            let own: Arc<dyn Accounts> = own;
            Arc::new(Held(own))
        }
        (None, None) => panic!("a stage has users"),
    };
    let parts = AuthParts {
        config,
        roles: RoleTable::of::<Rank>(),
        clock: Arc::new(SystemClock),
        keys: KeyRings {
            access: keys.access.clone(),
            refresh: keys.refresh.clone(),
            ephemeral: true,
        },
        pepper: None,
        accounts,
        managed: managed.map(|managed| Arc::new(Held(managed)) as Arc<dyn AccountStore>),
        store: Arc::new(Held(store)),
        audit: Audit::new(None, Vec::new()).expect("randomness"),
    };
    Auth::new(parts).expect("the cost is one of bcrypt's")
}
