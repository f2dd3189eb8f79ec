//! Built-in accounts.

use super::Harness;
use super::arrange::{
    GRACEFUL, HASH, Login, accounts, assert_verdict, create, find, judged, new_account, new_session, present, rejected,
    sign_in, sign_in_as, sorted, user,
};
use crate::account::{AccountError, NewAccount, UserId};
use crate::clock::Timestamp;
use crate::secret::SecretString;
use crate::store::{Rejected, Verdict};

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

/// In whatever case it is written.
pub async fn an_email_has_one_account(harness: &dyn Harness) {
    let accounts = accounts(harness);
    accounts
        .create(new_account("ann@example.com"))
        .await
        .expect("the e-mail is free");
    for email in ["ann@example.com", "ANN@example.com", " ann@example.com"] {
        let again = accounts.create(new_account(email)).await;
        assert!(matches!(again, Err(AccountError::AlreadyExists)), "{email}: {again:?}");
    }
    assert_eq!(accounts.count().await.expect("the store answers").all, 1);
}

/// Of two who change a password at once, one is told that it changed meanwhile.
pub async fn a_password_hash_is_replaced_only_when_it_is_the_expected_one(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = accounts
        .create(new_account("ann@example.com"))
        .await
        .expect("the e-mail is free");
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

/// Nothing is made for a user who is not there.
pub async fn nobody_signs_in_without_an_account(harness: &dyn Harness) {
    let (new, _) = new_session(&UserId::random());
    let id = new.id;
    assert!(harness.store().create(new).await.expect("the store answers").is_none());
    assert_eq!(harness.store().find(id).await.expect("the store answers"), None);
}

/// Nor is a session replaced by it.
pub async fn nobody_signs_in_to_a_disabled_account(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    accounts(harness).disable(&ann).await.expect("the account is known");
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
    for (seq, names) in [(0, &["admin", "editor"][..]), (1, &[])] {
        accounts
            .set_roles(&ann.session.user, roles(names))
            .await
            .expect("the account is known");
        let rotated = judged(present(harness, &ann, seq, GRACEFUL).await);
        assert_eq!((rotated.verdict, rotated.roles), (Verdict::Rotated, Some(roles(names))));
    }
    // A replay gives a token, too.
    assert_eq!(
        judged(present(harness, &ann, 1, GRACEFUL).await).roles,
        Some(roles(&[]))
    );
}

/// Access tokens that carry the former roles are stale at once; the session goes on.
pub async fn changed_roles_cut_off_older_tokens(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    let user = &ann.session.user;
    accounts(harness)
        .set_roles(user, vec!["admin".to_owned()])
        .await
        .expect("the account is known");
    let told = harness
        .store()
        .cutoffs_since(ann.session.created_at)
        .await
        .expect("the store answers");
    assert_eq!(told.iter().map(|cutoff| &cutoff.user).collect::<Vec<_>>(), [user]);
    let rotated = judged(present(harness, &ann, 0, GRACEFUL).await);
    assert_eq!((rotated.verdict, rotated.cutoff), (Verdict::Rotated, Some(told[0].at)));
}

/// Both or neither; the answer names the sessions, so that their access tokens can be refused at once.
pub async fn disabling_an_account_ends_its_sessions(harness: &dyn Harness) {
    let (ann, bob) = (user(harness).await, sign_in(harness).await);
    let (first, second) = (sign_in_as(harness, &ann).await, sign_in_as(harness, &ann).await);
    let ended = accounts(harness).disable(&ann).await.expect("the account is known");
    assert_eq!(sorted(ended), sorted([first.session.id, second.session.id]));
    let account = accounts(harness)
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("the account is still there");
    assert!(account.disabled);
    for login in [&first, &second] {
        assert_eq!(rejected(&present(harness, login, 0, GRACEFUL).await), Rejected::Revoked);
    }
    assert_verdict(harness, &bob, 0, GRACEFUL, Verdict::Rotated, 1).await;
}

/// The command may be repeated.
pub async fn disabling_an_account_twice_is_no_error(harness: &dyn Harness) {
    let ann = sign_in(harness).await;
    for expected in [vec![ann.session.id], vec![]] {
        assert_eq!(
            accounts(harness)
                .disable(&ann.session.user)
                .await
                .expect("the account is known"),
            expected
        );
    }
}

/// And leaves no trace, such as a cut-off for a user who is not there.
pub async fn an_unknown_account_cannot_be_changed(harness: &dyn Harness) {
    let nobody = UserId::random();
    let roles = accounts(harness).set_roles(&nobody, vec![]).await;
    assert!(matches!(roles, Err(AccountError::NotFound)), "{roles:?}");
    let disabled = accounts(harness).disable(&nobody).await;
    assert!(matches!(disabled, Err(AccountError::NotFound)), "{disabled:?}");
    assert_eq!(
        harness
            .store()
            .cutoffs_since(Timestamp::from_millis(0))
            .await
            .expect("the store answers"),
        []
    );
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
