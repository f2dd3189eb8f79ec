//! A user with two sessions, a node that serves, another one that only learns of changes, and the
//! methods that race.

use std::sync::Arc;

use auth_core::__internal::{
    Audit, AuthParts, KeyRings, ManagedAccounts, NewAccount, OwnAccounts, RoleTable, Store, SystemClock,
};
use auth_core::session::{ClientInfo, Credentials, LogoutCredentials, RevocationReason, SessionError, TokenPair};
use auth_core::{Account, AccountStore, Accounts, Auth, Config, Role, SecretString, UserId};
use tests::own_users::OwnUsers;

use super::held::{Fate, Held};

// Short: a new password is judged in each of thousands of races.
pub const OLD: &str = "x9-kettle";
pub const NEW: &str = "q7-lantern";

#[derive(Role, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    Captain,
    Sailor,
}

/// What the users of a store are: the built-in table, or the application's own.
#[derive(Clone)]
pub enum Users {
    BuiltIn(Arc<dyn ManagedAccounts>),
    /// The library reads them only.
    Own,
    /// The library may change them.
    OwnStore,
}

impl Users {
    /// What befalls the verbs. An application's own users make verbs of many calls. There a pause
    /// before a call is one after the call before it, and a call that is not made leaves what a
    /// lost answer to the call before it leaves.
    pub fn fates(&self) -> &'static [Fate] {
        match self {
            Users::BuiltIn(_) => &Fate::ALL,
            Users::Own | Users::OwnStore => &[Fate::PauseBefore, Fate::FailAfter],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Login,
    SignIn,
    Refresh,
    Logout,
    LogoutAll,
    Password,
    Reset,
    Disable,
    Roles,
}

impl Verb {
    pub const ALL: [Verb; 9] = [
        Verb::Login,
        Verb::SignIn,
        Verb::Refresh,
        Verb::Logout,
        Verb::LogoutAll,
        Verb::Password,
        Verb::Reset,
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
    /// A link to set a new password by.
    reset: SecretString,
    /// The user, where the application itself changes it.
    own: Option<Arc<OwnUsers>>,
}

impl Stage {
    /// A stage, with a link to reset the password if one is used.
    pub async fn new(store: Arc<dyn Store>, users: &Users, with_reset: bool) -> Stage {
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
            Users::Own | Users::OwnStore => {
                let user = UserId::random();
                let account = Account::new(user.clone(), email.clone(), hash).with_roles([Rank::Sailor]);
                (user, Some(Arc::new(OwnUsers::new([account]))))
            }
        };
        let keys = KeyRings::random().expect("random keys");
        let node = || {
            let store: Arc<dyn Store> = Arc::new(Held(Arc::clone(&store)));
            let managed: Option<Arc<dyn ManagedAccounts>> = match (users, &own) {
                (Users::BuiltIn(accounts), _) => Some(Arc::new(Held(Arc::clone(accounts)))),
                (Users::OwnStore, Some(own)) => {
                    let own: Arc<dyn AccountStore> = own.clone();
                    Some(Arc::new(OwnAccounts {
                        accounts: Arc::new(Held(own)),
                        sessions: Arc::clone(&store),
                    }))
                }
                _ => None,
            };
            node(store, managed, own.clone(), &keys)
        };
        let (auth, elsewhere) = (node(), node());
        let sign_in = async || {
            let signed_in = auth.login_as(&user, &ClientInfo::default(), None).await;
            signed_in.expect("the account is enabled")
        };
        let (here, other) = (sign_in().await, sign_in().await);
        let reset = if with_reset {
            let link = auth.accounts().reset_link(&user).await.expect("a link");
            let (_, ticket) = link.expose().split_once("#ticket=").expect("a ticket");
            ticket.to_owned()
        } else {
            String::new()
        };
        Stage {
            reset: SecretString::new(reset),
            auth,
            elsewhere,
            user,
            email,
            here,
            other,
            own: own.filter(|_| matches!(users, Users::Own)),
        }
    }

    pub async fn play(&self, verb: Verb) -> Outcome {
        let (auth, client) = (&self.auth, ClientInfo::default());
        let pair = match verb {
            Verb::Login => Some(self.login(OLD).await?),
            Verb::SignIn => Some(auth.login_as(&self.user, &client, None).await?),
            Verb::Refresh => Some(auth.refresh(self.other.refresh.expose(), &client).await?),
            Verb::Logout => {
                let mut sign_out = LogoutCredentials::default();
                sign_out.refresh.push(self.other.refresh.expose());
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
            Verb::Reset => {
                let new = SecretString::new(NEW);
                auth.account_flows()
                    .reset_password(self.reset.expose(), new, &client)
                    .await?;
                None
            }
            Verb::Disable => {
                match &self.own {
                    None => auth.accounts().disable(&self.user).await?,
                    Some(own) => {
                        own.change(&self.user, |account| account.disabled = true);
                        auth.sessions()
                            .end_all(&self.user, RevocationReason::AccountClosed)
                            .await?;
                    }
                }
                None
            }
            Verb::Roles => {
                let roles = vec!["captain".to_owned()];
                match &self.own {
                    None => auth.accounts().set_role_names(&self.user, roles).await?,
                    Some(own) => {
                        own.change(&self.user, |account| account.roles = roles);
                        auth.accounts().roles_changed(&self.user).await?;
                    }
                }
                None
            }
        };
        Ok(pair)
    }

    pub async fn login(&self, password: &str) -> Result<TokenPair, SessionError> {
        let credentials = Credentials::new(self.email.clone(), SecretString::new(password));
        self.auth
            .login_with_password(credentials, &ClientInfo::default(), None)
            .await
    }

    /// What the tokens of a pair still allow: on each node the roles of its access token, and
    /// whether its refresh token gives another pair.
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
    store: Arc<dyn Store>,
    managed: Option<Arc<dyn ManagedAccounts>>,
    own: Option<Arc<OwnUsers>>,
    keys: &KeyRings,
) -> Auth {
    let mut config = Config::default();
    // As cheap as it gets: the order of the calls is what is raced.
    config.passwords.bcrypt_cost = 4;
    config.throttle.account_per_minute = 0;
    config.public_url = Some("https://app.example.com".to_owned());
    let accounts: Arc<dyn Accounts> = match (&managed, own) {
        (_, Some(own)) => {
            let own: Arc<dyn Accounts> = own;
            Arc::new(Held(own))
        }
        (Some(managed), None) => managed.clone(),
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
        factor_keys: None,
        accounts,
        managed,
        own_store: None,
        store,
        audit: Audit::new(None, Vec::new()).expect("randomness"),
        courier: None,
        memberships: Vec::new(),
        claims: None,
    };
    Auth::new(parts).expect("the cost is one of bcrypt's")
}
