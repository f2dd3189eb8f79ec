//! Second factors.

use std::time::Duration;

use super::Harness;
use super::arrange::{PAST_SHORT, account, accounts, counters, end_epoch, secret, user};
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::{SecretHash, StoredFactors, TotpTry, TryLimit};

/// Encrypted, as far as the store knows.
const SEALED: &str = "2026:c2VhbGVk";

/// A limit that no clause meets.
const WIDE: TryLimit = TryLimit {
    tries: 1000,
    wait: Duration::from_secs(600),
};

async fn look(harness: &dyn Harness, user: &UserId) -> StoredFactors {
    harness.store().find_factors(user).await.expect("the store answers")
}

async fn start(harness: &dyn Harness, user: &UserId, sealed: &str) -> bool {
    let epoch = counters(harness, user).await.epoch;
    let started = harness.store().start_totp(user, epoch, sealed).await;
    started.expect("the store answers")
}

async fn confirm(harness: &dyn Harness, user: &UserId, sealed: &str, step: i64, codes: &[SecretHash]) -> bool {
    let epoch = counters(harness, user).await.epoch;
    let codes = codes.to_vec();
    let confirmed = harness.store().confirm_totp(user, epoch, sealed, step, codes).await;
    confirmed.expect("the store answers")
}

async fn use_step(harness: &dyn Harness, user: &UserId, step: i64) -> bool {
    let used = harness.store().use_totp_step(user, SEALED, step, None).await;
    used.expect("the store answers")
}

async fn use_code(harness: &dyn Harness, user: &UserId, code: SecretHash) -> bool {
    let used = harness.store().use_recovery_code(user, code).await;
    used.expect("the store answers")
}

async fn try_once(harness: &dyn Harness, user: &UserId, limit: TryLimit) -> TotpTry {
    harness.store().try_totp(user, limit).await.expect("the store answers")
}

/// A user with a confirmed authenticator app, whose step 100 was used, and two recovery codes.
async fn enrolled(harness: &dyn Harness) -> (UserId, [SecretHash; 2]) {
    let (ann, codes) = (user(harness).await, [secret(), secret()]);
    assert!(start(harness, &ann, SEALED).await);
    assert!(confirm(harness, &ann, SEALED, 100, &codes).await);
    (ann, codes)
}

/// And one that is not may be replaced.
pub async fn an_authenticator_app_is_a_factor_once_it_is_confirmed(harness: &dyn Harness) {
    let ann = user(harness).await;
    assert_eq!(look(harness, &ann).await, StoredFactors::default());
    assert_eq!(try_once(harness, &ann, WIDE).await, TotpTry::NoTotp);
    assert!(!confirm(harness, &ann, SEALED, 100, &[]).await, "there is none");

    assert!(start(harness, &ann, "2026:Zmlyc3Q").await);
    assert!(start(harness, &ann, SEALED).await, "it replaces the first");
    let found = look(harness, &ann).await.totp.expect("there is one");
    assert_eq!((found.sealed.as_str(), found.is_confirmed), (SEALED, false));
    assert_eq!(try_once(harness, &ann, WIDE).await, TotpTry::Counted(found));
    assert!(!use_step(harness, &ann, 101).await, "it is no factor");

    let codes = [secret(), secret()];
    assert!(
        !confirm(harness, &ann, "2026:Zmlyc3Q", 100, &codes).await,
        "the replaced one"
    );
    assert!(confirm(harness, &ann, SEALED, 100, &codes).await);
    assert!(!confirm(harness, &ann, SEALED, 101, &codes).await, "it is confirmed");
    let found = look(harness, &ann).await;
    assert_eq!(found.recovery_codes, 2);
    assert!(found.totp.is_some_and(|totp| totp.is_confirmed));
    assert!(!start(harness, &ann, "2026:dGhpcmQ").await, "a confirmed one stays");
    assert!(
        !use_step(harness, &ann, 100).await,
        "the step that confirmed it is used"
    );
}

/// In this order, and of this user.
pub async fn a_step_is_used_once_and_none_before_it(harness: &dyn Harness) {
    let (ann, _) = enrolled(harness).await;
    let (bo, _) = enrolled(harness).await;
    assert!(use_step(harness, &ann, 102).await);
    for used in [102, 101, 100, -1] {
        assert!(!use_step(harness, &ann, used).await, "{used}");
    }
    assert!(use_step(harness, &ann, 103).await);
    assert!(use_step(harness, &bo, 101).await, "another user's");
    assert!(!use_step(harness, &UserId::random(), 104).await, "a user without one");
}

/// On every engine, one wins and the other nineteen count nothing.
pub async fn of_twenty_uses_of_a_step_at_once_one_counts(harness: &dyn Harness) {
    let (ann, _) = enrolled(harness).await;
    let uses = (0..20).map(|_| {
        let (store, ann) = (harness.store(), ann.clone());
        tokio::spawn(async move { store.use_totp_step(&ann, SEALED, 200, None).await })
    });
    let mut good = 0;
    for used in uses.collect::<Vec<_>>() {
        good += usize::from(used.await.expect("no panic").expect("the store answers"));
    }
    assert_eq!(good, 1);
}

/// It may be encrypted anew on this occasion.
pub async fn a_step_is_used_with_the_secret_that_it_was_compared_with(harness: &dyn Harness) {
    let (ann, _) = enrolled(harness).await;
    let store = harness.store();
    let used = store.use_totp_step(&ann, "2026:b3RoZXI", 101, None).await;
    assert!(!used.expect("the store answers"), "the user has another secret by now");
    let resealed = "2027:YW5ldw";
    let used = store.use_totp_step(&ann, SEALED, 101, Some(resealed.to_owned())).await;
    assert!(used.expect("the store answers"));
    let found = look(harness, &ann).await.totp.expect("there is one");
    assert_eq!(found.sealed, resealed);
    let used = store.use_totp_step(&ann, resealed, 102, None).await;
    assert!(used.expect("the store answers"));
}

/// After the last of them one is let in for each wait; a good code sets the count back.
pub async fn tries_are_counted_and_limited(harness: &dyn Harness) {
    let limit = TryLimit {
        tries: 3,
        wait: Duration::from_millis(40),
    };
    let patient = TryLimit {
        wait: Duration::from_secs(600),
        ..limit
    };
    let (ann, codes) = enrolled(harness).await;
    for _ in 0..3 {
        assert!(matches!(try_once(harness, &ann, limit).await, TotpTry::Counted(_)));
    }
    let TotpTry::TooMany { retry_after } = try_once(harness, &ann, patient).await else {
        panic!("the fourth");
    };
    assert!(
        retry_after <= patient.wait && retry_after > Duration::from_secs(500),
        "{retry_after:?}"
    );
    harness.pass(PAST_SHORT).await;
    assert!(matches!(try_once(harness, &ann, limit).await, TotpTry::Counted(_)));
    assert!(matches!(
        try_once(harness, &ann, patient).await,
        TotpTry::TooMany { .. }
    ));

    assert!(use_step(harness, &ann, 101).await);
    assert!(matches!(try_once(harness, &ann, patient).await, TotpTry::Counted(_)));
    for _ in 0..2 {
        try_once(harness, &ann, patient).await;
    }
    assert!(matches!(
        try_once(harness, &ann, patient).await,
        TotpTry::TooMany { .. }
    ));
    assert!(use_code(harness, &ann, codes[0]).await);
    assert!(matches!(try_once(harness, &ann, patient).await, TotpTry::Counted(_)));
}

/// By its user.
pub async fn a_recovery_code_is_used_once(harness: &dyn Harness) {
    let (ann, codes) = enrolled(harness).await;
    let (bo, _) = enrolled(harness).await;
    assert!(!use_code(harness, &bo, codes[0]).await, "another user's");
    assert!(!use_code(harness, &ann, secret()).await, "an unknown one");
    assert!(use_code(harness, &ann, codes[0]).await);
    assert!(!use_code(harness, &ann, codes[0]).await);
    assert_eq!(look(harness, &ann).await.recovery_codes, 1);
    assert!(use_code(harness, &ann, codes[1]).await);
    assert_eq!(look(harness, &ann).await.recovery_codes, 0);
}

/// On every engine, one wins and the code is spent.
pub async fn of_twenty_uses_of_a_recovery_code_at_once_one_counts(harness: &dyn Harness) {
    let (ann, codes) = enrolled(harness).await;
    let uses = (0..20).map(|_| {
        let (store, ann, code) = (harness.store(), ann.clone(), codes[0]);
        tokio::spawn(async move { store.use_recovery_code(&ann, code).await })
    });
    let mut good = 0;
    for used in uses.collect::<Vec<_>>() {
        good += usize::from(used.await.expect("no panic").expect("the store answers"));
    }
    assert_eq!((good, look(harness, &ann).await.recovery_codes), (1, 1));
}

/// Where there is an authenticator app that they stand in for.
pub async fn recovery_codes_are_replaced_together(harness: &dyn Harness) {
    let (ann, codes) = enrolled(harness).await;
    let (store, new) = (harness.store(), [secret(), secret(), secret()]);
    let replaced = store.replace_recovery_codes(&ann, 0, new.to_vec()).await;
    assert!(replaced.expect("the store answers"));
    assert_eq!(look(harness, &ann).await.recovery_codes, 3);
    assert!(!use_code(harness, &ann, codes[0]).await);
    assert!(use_code(harness, &ann, new[2]).await);

    let bo = user(harness).await;
    assert!(start(harness, &bo, SEALED).await);
    let replaced = store.replace_recovery_codes(&bo, 0, new.to_vec()).await;
    assert!(!replaced.expect("the store answers"), "the app is not confirmed");
}

/// What was proven before the end of the epoch changes nothing after it.
pub async fn no_factor_changes_under_a_former_epoch(harness: &dyn Harness) {
    let store = harness.store();
    let (ann, codes) = enrolled(harness).await;
    let bo = user(harness).await;
    assert!(start(harness, &bo, SEALED).await);
    end_epoch(harness, &ann).await;
    end_epoch(harness, &bo).await;
    let cy = user(harness).await;
    end_epoch(harness, &cy).await;

    assert!(!store.start_totp(&cy, 0, SEALED).await.expect("the store answers"));
    let confirmed = store.confirm_totp(&bo, 0, SEALED, 100, vec![secret()]).await;
    assert!(!confirmed.expect("the store answers"));
    let replaced = store.replace_recovery_codes(&ann, 0, vec![secret()]).await;
    assert!(!replaced.expect("the store answers"));
    let deleted = store.delete_factors(&ann, Some(0)).await;
    assert!(!deleted.expect("the store answers"));
    assert_eq!(look(harness, &ann).await.recovery_codes, 2);
    assert!(use_code(harness, &ann, codes[0]).await);

    assert!(confirm(harness, &bo, SEALED, 100, &[secret()]).await, "under this one");
}

/// A new epoch leaves them in force.
pub async fn factors_stay_until_they_are_deleted(harness: &dyn Harness) {
    let (ann, codes) = enrolled(harness).await;
    let store = harness.store();
    end_epoch(harness, &ann).await;
    assert!(use_step(harness, &ann, 101).await);
    assert!(store.delete_factors(&ann, Some(1)).await.expect("the store answers"));
    assert_eq!(look(harness, &ann).await, StoredFactors::default());
    assert!(!use_step(harness, &ann, 102).await);
    assert!(!use_code(harness, &ann, codes[0]).await);
    assert!(
        !store.delete_factors(&ann, None).await.expect("the store answers"),
        "again"
    );
    assert!(start(harness, &ann, SEALED).await, "and may come again");
    assert!(
        !store.delete_factors(&ann, None).await.expect("the store answers"),
        "it was no factor"
    );
    assert_eq!(look(harness, &ann).await.totp, None);
}

/// Another account of the same id, which an application may make, has none.
pub async fn a_deleted_account_takes_its_factors_along(harness: &dyn Harness) {
    let (ann, codes) = enrolled(harness).await;
    accounts(harness).delete(&ann, None, None).await.expect("it is there");
    assert_eq!(look(harness, &ann).await, StoredFactors::default());
    assert!(!use_code(harness, &ann, codes[0]).await);
}

/// An attacker who reads the mailbox does not get past them.
pub async fn a_new_password_leaves_the_factors_as_they_are(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    assert!(start(harness, &ann, SEALED).await);
    assert!(confirm(harness, &ann, SEALED, 100, &[secret()]).await);
    let before = look(harness, &ann).await;
    let hash = SecretString::new(super::arrange::HASH);
    accounts.set_password(&ann, &hash).await.expect("it is there");
    accounts.disable(&ann, None).await.expect("it is there");
    accounts.enable(&ann).await.expect("it is there");
    assert_eq!(look(harness, &ann).await, before);
    assert!(!use_step(harness, &ann, 100).await, "and a used step stays used");
}
