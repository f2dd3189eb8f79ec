//! Built-in accounts.

use super::Harness;
use super::arrange::{
    GRACEFUL, HASH, Login, account, accounts, assert_outcome, counters, create, find, judged, keeping, new_account,
    new_session, present, rejected, revoke, sign_in, sign_in_as, user,
};
use crate::account::{AccountError, NewAccount};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::{PasswordChange, Rejection, RotationOutcome, UserCounters};

/// The e-mail is kept as it was given.
pub async fn an_account_is_found_by_id_and_by_email_in_any_ascii_case(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let roles = vec!["editor".to_owned(), "viewer".to_owned()];
    let new = NewAccount {
        roles: roles.clone(),
        ..new_account("Ann.Ä@Example.com")
    };
    let id = accounts.create(new).await.expect("the e-mail is free");
    let found = [
        accounts.find(&id).await.expect("the store answers"),
        accounts
            .find_by_email("ann.Ä@example.com")
            .await
            .expect("the store answers"),
        accounts
            .find_by_email(" ANN.Ä@EXAMPLE.COM ")
            .await
            .expect("the store answers"),
    ];
    for account in found {
        let account = account.expect("the account is found");
        assert_eq!(
            (&account.id, account.email.as_str(), account.disabled),
            (&id, "Ann.Ä@Example.com", false)
        );
        assert_eq!((account.password_hash.expose(), account.roles), (HASH, roles.clone()));
    }
    // Unicode is compared as it is.
    assert!(
        accounts
            .find_by_email("ann.ä@example.com")
            .await
            .expect("the store answers")
            .is_none()
    );
    assert!(
        accounts
            .find(&UserId::random())
            .await
            .expect("the store answers")
            .is_none()
    );
}

/// In upper or lower case. A text that is no address has no account.
pub async fn an_email_has_one_account(harness: &dyn Harness) {
    let accounts = accounts(harness);
    account(harness, "ann@example.com").await;
    for email in ["ann@example.com", "ANN@example.com"] {
        let again = accounts.create(new_account(email)).await;
        assert!(matches!(again, Err(AccountError::AlreadyExists)), "{email}: {again:?}");
    }
    for email in [
        "",
        "noat",
        "bo@",
        "Bo <bo@example.com>",
        " bo@example.com",
        "bo@example.com\n",
        "b\u{1b}o@example.com",
        "b\0o@example.com",
    ] {
        let refused = accounts.create(new_account(email)).await;
        assert!(matches!(refused, Err(AccountError::Email(_))), "{email:?}: {refused:?}");
    }
    assert_eq!(accounts.count().await.expect("the store answers").all, 1);
}

/// Of two who change a password at once, one is told that it changed meanwhile.
pub async fn a_password_hash_is_replaced_only_when_it_is_the_expected_one(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    let (old, new) = (SecretString::new(HASH), SecretString::new("$2b$12$another"));
    let replaced = accounts.replace_password_hash(&ann, &old, &new).await;
    assert!(replaced.expect("the store answers"));
    let again = accounts
        .replace_password_hash(&ann, &old, &SecretString::new("$2b$12$third"))
        .await;
    assert!(!again.expect("the store answers"));
    let account = accounts
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("the account is found");
    assert_eq!(account.password_hash.expose(), new.expose());
    let nobody = accounts.replace_password_hash(&UserId::random(), &new, &old).await;
    assert!(!nobody.expect("the store answers"));
}

/// The store makes nothing for an unknown user.
pub async fn nobody_signs_in_without_an_account(harness: &dyn Harness) {
    let (new, _) = new_session(&UserId::random());
    let id = new.id;
    assert!(harness.store().create(new).await.expect("the store answers").is_none());
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
}

/// Nor is a session replaced by it.
pub async fn nobody_signs_in_to_a_disabled_account(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    accounts(harness)
        .disable(&ann, None)
        .await
        .expect("the account is known");
    let (mut new, _) = new_session(&ann);
    new.replaces = Some((bob.session.id, bob.secret));
    let id = new.id;
    assert!(harness.store().create(new).await.expect("the store answers").is_none());
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
    assert_eq!(find(harness, bob.session.id).await, bob.session);
}

/// A refresh brings the roles of now, not those of the sign-in.
pub async fn roles_are_read_at_sign_in_and_at_each_rotation(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let ann = accounts.create(NewAccount {
        roles: roles(&["viewer"]),
        ..new_account("ann@example.com")
    });
    let (new, secret) = new_session(&ann.await.expect("the e-mail is free"));
    let made = create(harness, new).await;
    assert_eq!(made.roles, Some(roles(&["viewer"])));
    let ann = Login {
        session: made.session,
        secret,
    };
    for (generation, names) in [(0, &["admin", "editor"][..]), (1, &[])] {
        accounts
            .set_roles(&ann.session.user, roles(names), None)
            .await
            .expect("the account is known");
        let rotated = judged(present(harness, &ann, generation, GRACEFUL).await);
        assert_eq!(
            (rotated.outcome, rotated.roles),
            (RotationOutcome::Rotated, Some(roles(names)))
        );
    }
    // A replay gives a token, too.
    assert_eq!(
        judged(present(harness, &ann, 1, GRACEFUL).await).roles,
        Some(roles(&[]))
    );
}

/// Access tokens that carry the former roles are stale at once; the session goes on. The roles that
/// a user already has, in any order, change nothing.
pub async fn changed_roles_make_older_tokens_stale(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let user = &ann.session.user;
    let roles = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let set = |names| async move {
        let set = accounts(harness).set_roles(user, roles(names), None).await;
        set.expect("the account is known")
            .map(|counters| counters.roles_version)
    };
    assert_eq!(set(&["admin", "editor"]).await, Some(1));
    assert_eq!(set(&["editor", "admin"]).await, None);
    assert_eq!(set(&["editor"]).await, Some(2));
    let told = harness.store().users_changed_since(Timestamp::from_millis(0)).await;
    let told = told.expect("the store answers");
    assert_eq!(told.iter().map(|changed| &changed.user).collect::<Vec<_>>(), [user]);
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!(
        (rotated.outcome, rotated.counters),
        (RotationOutcome::Rotated, told[0].counters)
    );
}

/// Both or neither.
pub async fn disabling_an_account_ends_its_sessions(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    let (first, second) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    let ended = accounts(harness)
        .disable(&ann, None)
        .await
        .expect("the account is known");
    assert_eq!((ended.counters.epoch, ended.ended), (1, 2));
    let account = accounts(harness)
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("the account is still there");
    assert!(account.disabled);
    for login in [&first, &second] {
        assert_eq!(
            rejected(&present(harness, login, 0, GRACEFUL).await),
            Rejection::Revoked
        );
    }
    assert_outcome(harness, &bob, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// The command may be repeated.
pub async fn disabling_an_account_twice_is_no_error(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for expected in [1, 0] {
        let disabled = accounts(harness).disable(&ann.session.user, None).await;
        assert_eq!(disabled.expect("the account is known").ended, expected);
    }
}

/// The user signs in again, and no session of before revives.
pub async fn enabling_an_account_revives_no_session(harness: &dyn Harness) {
    let (ann, accounts) = (sign_in(harness).await, accounts(harness));
    let user = &ann.session.user;
    let enabled = accounts.enable(user).await.expect("the account is known");
    assert_eq!(enabled, None, "it was not disabled");
    accounts.disable(user, None).await.expect("the account is known");
    let enabled = accounts.enable(user).await.expect("the account is known");
    assert!(enabled.is_some());
    let account = accounts.find(user).await.expect("the store answers");
    assert!(account.is_some_and(|account| !account.disabled));
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Revoked);
    let new = sign_in_as(harness, user).await;
    assert_outcome(harness, &new, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// The account is gone, its sessions have ended, and its e-mail is free.
pub async fn deleting_an_account_ends_its_sessions(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let user = accounts.create(new_account("ann@example.com")).await;
    let user = user.expect("the e-mail is free");
    let ann = sign_in_as(harness, &user).await;
    let deleted = accounts.delete(&user, None, None).await.expect("the account is known");
    assert_eq!((deleted.counters.epoch, deleted.ended), (1, 1));
    assert!(accounts.find(&user).await.expect("the store answers").is_none());
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Revoked);
    let again = accounts.create(new_account("ann@example.com")).await;
    assert_ne!(again.expect("the e-mail is free"), user, "an id is never given again");
}

/// A role is kept where one enabled account holds it. Each of the three verbs is refused for the
/// last holder, and for no other account.
pub async fn the_last_enabled_account_with_a_kept_role_keeps_it(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let new = async |email: &str, roles: &[&str]| {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let new = NewAccount {
            roles,
            ..new_account(email)
        };
        accounts.create(new).await.expect("the e-mail is free")
    };
    let ann = new("ann@example.com", &["admin", "editor"]).await;
    let bob = new("bob@example.com", &["admin"]).await;
    // Neither the name of a role within another name, nor an account that is disabled.
    let eve = new("eve@example.com", &["administrator", "a\"admin\""]).await;
    let zoe = new("zoe@example.com", &["admin"]).await;
    let keep = Some("admin");
    let done = accounts.disable(&zoe, keep).await.map(drop);
    assert!(done.is_ok(), "{done:?}");
    let done = accounts.disable(&bob, keep).await.map(drop);
    assert!(done.is_ok(), "{done:?}");

    let before = counters(harness, &ann).await;
    for refused in [
        accounts
            .set_roles(&ann, vec!["editor".to_owned()], keep)
            .await
            .map(drop),
        accounts.disable(&ann, keep).await.map(drop),
        accounts.delete(&ann, keep, None).await.map(drop),
    ] {
        let role = match &refused {
            Err(AccountError::LastHolder(role)) => role,
            _ => panic!("{refused:?}"),
        };
        assert_eq!(role, "admin");
    }
    assert_eq!(counters(harness, &ann).await, before, "nothing was changed");
    let account = accounts
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("it is there");
    assert_eq!((account.roles.len(), account.disabled), (2, false));

    for done in [
        accounts.set_roles(&ann, vec!["admin".to_owned()], keep).await.map(drop),
        accounts.set_roles(&bob, vec![], keep).await.map(drop),
        accounts.disable(&zoe, keep).await.map(drop),
        accounts.delete(&zoe, keep, None).await.map(drop),
        accounts.set_roles(&eve, vec![], keep).await.map(drop),
        accounts.disable(&eve, keep).await.map(drop),
        accounts.disable(&ann, Some("viewer")).await.map(drop),
        accounts.enable(&ann).await.map(drop),
        accounts.delete(&ann, None, None).await.map(drop),
    ] {
        assert!(done.is_ok(), "{done:?}");
    }
}

/// An operator sets a password without the one of before.
pub async fn setting_a_password_ends_every_session(harness: &dyn Harness) {
    let (ann, accounts) = (sign_in(harness).await, accounts(harness));
    let new = SecretString::new("$2b$12$another");
    let set = accounts.set_password(&ann.session.user, &new).await;
    assert_eq!(set.expect("the account is known").ended, 1);
    assert_eq!(stored_hash(harness, &ann.session.user).await, new.expose());
    assert_eq!(rejected(&present(harness, &ann, 0, GRACEFUL).await), Rejection::Revoked);
}

/// The hash and the sessions, both or neither.
pub async fn changing_a_password_leaves_one_session_with_a_new_secret(harness: &dyn Harness) {
    let (ann, accounts) = (sign_in(harness).await, accounts(harness));
    let user = &ann.session.user;
    let other = sign_in_as(harness, user).await;
    let (old, new) = (SecretString::new(HASH), SecretString::new("$2b$12$another"));
    let wrong = accounts.change_password(user, &new, &old, keeping(&ann)).await;
    assert!(matches!(wrong, Ok(PasswordChange::HashChanged)), "{wrong:?}");
    let ended = sign_in_as(harness, user).await;
    revoke(harness, ended.session.id, None).await;
    let over = accounts.change_password(user, &old, &new, keeping(&ended)).await;
    assert!(matches!(over, Ok(PasswordChange::SessionOver)), "{over:?}");
    assert_eq!(stored_hash(harness, user).await, HASH, "nothing was changed");
    assert_outcome(harness, &other, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;

    let kept = keeping(&ann);
    let changed = accounts.change_password(user, &old, &new, kept).await;
    let Ok(PasswordChange::Changed(renewed)) = changed else {
        panic!("the hash and the session are good: {changed:?}");
    };
    assert_eq!((renewed.epoch.ended, renewed.roles), (1, Some(vec![])));
    assert_eq!(stored_hash(harness, user).await, new.expose());
    assert_eq!(
        rejected(&present(harness, &other, 1, GRACEFUL).await),
        Rejection::Revoked
    );
    assert_eq!(
        rejected(&present(harness, &ann, 0, GRACEFUL).await),
        Rejection::WrongSecret
    );
    let ann = Login {
        session: renewed.session,
        secret: kept.secret.expect("it has a new one"),
    };
    assert_outcome(harness, &ann, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

async fn stored_hash(harness: &dyn Harness, user: &UserId) -> String {
    let account = accounts(harness).find(user).await.expect("the store answers");
    account.expect("the account is there").password_hash.expose().to_owned()
}

/// The attempt leaves no trace, such as counters of an unknown user.
pub async fn an_unknown_account_cannot_be_changed(harness: &dyn Harness) {
    let nobody = UserId::random();
    let (accounts, hash) = (accounts(harness), SecretString::new(HASH));
    let refused = [
        accounts
            .set_roles(&nobody, vec!["admin".to_owned()], None)
            .await
            .map(drop),
        accounts.disable(&nobody, Some("admin")).await.map(drop),
        accounts.enable(&nobody).await.map(drop),
        accounts.delete(&nobody, Some("admin"), None).await.map(drop),
        accounts.set_password(&nobody, &hash).await.map(drop),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(AccountError::NotFound)), "{refused:?}");
    }
    let told = harness.store().users_changed_since(Timestamp::from_millis(0)).await;
    assert_eq!(told.expect("the store answers"), []);
    assert_eq!(counters(harness, &nobody).await, UserCounters::default());
}

/// A release refuses to start on demo accounts, so they are told apart.
pub async fn accounts_are_counted(harness: &dyn Harness) {
    let accounts = accounts(harness);
    assert_eq!(accounts.count().await.expect("the store answers").all, 0);
    for (email, demo) in [
        ("ann@example.com", false),
        ("demo@example.com", true),
        ("bob@example.com", false),
    ] {
        accounts
            .create(NewAccount {
                demo,
                ..new_account(email)
            })
            .await
            .expect("the e-mail is free");
    }
    let count = accounts.count().await.expect("the store answers");
    assert_eq!((count.all, count.demo), (3, 1));
}
