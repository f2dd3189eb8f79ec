//! Tickets.

use std::time::Duration;

use super::Harness;
use super::arrange::{PAST_SHORT_LIFE, SHORT_LIFE, TICK, counters, end_epoch, renew, secret, sign_in_as, user};
use crate::ids::UserId;
use crate::store::{NewTicket, SecretHash, StoredTicket, TicketKey, TicketOwner};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn key(purpose: &str) -> TicketKey {
    TicketKey {
        purpose: purpose.to_owned(),
        secret: secret(),
    }
}

/// A ticket of an hour that belongs to no account.
fn plain(purpose: &str) -> NewTicket {
    NewTicket {
        key: key(purpose),
        owner: None,
        sent_to: None,
        data: None,
        lifetime: HOUR,
    }
}

/// A ticket that went to an address without an account.
pub(super) fn to_address(purpose: &str, address: &str) -> NewTicket {
    NewTicket {
        sent_to: Some(address.to_owned()),
        ..plain(purpose)
    }
}

/// One of a user's.
pub(super) async fn owned(harness: &dyn Harness, purpose: &str, user: &UserId) -> NewTicket {
    NewTicket {
        owner: Some(TicketOwner {
            user: user.clone(),
            epoch: counters(harness, user).await.epoch,
        }),
        ..plain(purpose)
    }
}

pub(super) async fn issue(harness: &dyn Harness, new: NewTicket) -> TicketKey {
    let key = new.key.clone();
    assert!(harness.store().issue_ticket(new).await.expect("the store answers"));
    key
}

pub(super) async fn look(harness: &dyn Harness, key: &TicketKey) -> Option<StoredTicket> {
    harness.store().find_ticket(key).await.expect("the store answers")
}

pub(super) async fn redeem(harness: &dyn Harness, key: &TicketKey) -> Option<StoredTicket> {
    harness.store().redeem_ticket(key).await.expect("the store answers")
}

/// With what it was made with.
pub async fn a_ticket_is_used_once(harness: &dyn Harness) {
    let ann = user(harness).await;
    let new = NewTicket {
        sent_to: Some("ann@example.com".to_owned()),
        data: Some("{\"ä\":1}".to_owned()),
        ..owned(harness, "reset", &ann).await
    };
    let before = harness.store().now().await.expect("the store answers");
    let key = issue(harness, new).await;
    let found = look(harness, &key).await.expect("it is good");
    assert_eq!(look(harness, &key).await.as_ref(), Some(&found), "looking uses nothing");
    assert_eq!(redeem(harness, &key).await.as_ref(), Some(&found));
    assert_eq!(
        (found.user, found.sent_to.as_deref(), found.data.as_deref()),
        (Some(ann), Some("ann@example.com"), Some("{\"ä\":1}"))
    );
    assert!(found.expires_at >= before.plus(HOUR), "{}", found.expires_at);
    assert_eq!(redeem(harness, &key).await, None);
    assert_eq!(look(harness, &key).await, None);
}

/// And needs neither a user nor an address nor data.
pub async fn a_ticket_is_good_for_its_own_purpose_and_secret_only(harness: &dyn Harness) {
    let key = issue(harness, plain("download")).await;
    let of_other_purpose = TicketKey {
        purpose: "downloads".to_owned(),
        ..key.clone()
    };
    let of_other_secret = TicketKey {
        secret: SecretHash([7; 32]),
        ..key.clone()
    };
    for wrong in [of_other_purpose, of_other_secret] {
        assert_eq!(look(harness, &wrong).await, None);
        assert_eq!(redeem(harness, &wrong).await, None);
    }
    let redeemed = redeem(harness, &key).await.expect("it is good");
    assert_eq!((redeemed.user, redeemed.sent_to, redeemed.data), (None, None, None));
}

/// One that lives for no time is never good.
pub async fn a_ticket_is_good_until_its_end(harness: &dyn Harness) {
    let of = |lifetime| NewTicket {
        lifetime,
        ..plain("download")
    };
    let (short, never) = (
        issue(harness, of(SHORT_LIFE)).await,
        issue(harness, of(Duration::ZERO)).await,
    );
    assert!(look(harness, &short).await.is_some());
    assert_eq!(redeem(harness, &never).await, None);
    harness.pass(PAST_SHORT_LIFE).await;
    assert_eq!(look(harness, &short).await, None);
    assert_eq!(redeem(harness, &short).await, None);
}

/// So a stranger who requests another link cannot kill the first.
pub async fn tickets_are_good_side_by_side_until_one_is_used(harness: &dyn Harness) {
    let (ann, bo) = (user(harness).await, user(harness).await);
    let first = issue(harness, owned(harness, "reset", &ann).await).await;
    let second = issue(harness, owned(harness, "reset", &ann).await).await;
    let of_other_purpose = issue(harness, owned(harness, "link", &ann).await).await;
    let of_other_user = issue(harness, owned(harness, "reset", &bo).await).await;
    assert!(redeem(harness, &second).await.is_some());
    assert_eq!(redeem(harness, &first).await, None, "a sibling of a used one");
    for other in [of_other_purpose, of_other_user] {
        assert!(redeem(harness, &other).await.is_some());
    }
}

/// A ticket for a user without an account has siblings by its address.
pub async fn tickets_without_a_user_are_siblings_by_address(harness: &dyn Harness) {
    let ann = user(harness).await;
    let first = issue(harness, to_address("sign_up", "ann@example.com")).await;
    let second = issue(harness, to_address("sign_up", "ann@example.com")).await;
    let elsewhere = issue(harness, to_address("sign_up", "bo@example.com")).await;
    let of_a_user = NewTicket {
        owner: owned(harness, "sign_up", &ann).await.owner,
        ..to_address("sign_up", "ann@example.com")
    };
    let of_a_user = issue(harness, of_a_user).await;
    assert!(redeem(harness, &first).await.is_some());
    assert_eq!(redeem(harness, &second).await, None, "a sibling of a used one");
    for other in [elsewhere, of_a_user] {
        assert!(redeem(harness, &other).await.is_some());
    }
    // Those with neither have none.
    let (one, other) = (
        issue(harness, plain("download")).await,
        issue(harness, plain("download")).await,
    );
    assert!(redeem(harness, &one).await.is_some() && redeem(harness, &other).await.is_some());
}

/// Those of every purpose; those of a user and those to another address stay.
pub async fn tickets_to_an_address_end_at_once(harness: &dyn Harness) {
    let ann = user(harness).await;
    let mut ending = Vec::new();
    for purpose in ["sign_up", "sign_up", "invitation"] {
        ending.push(issue(harness, to_address(purpose, "ann@example.com")).await);
    }
    let of_a_user = NewTicket {
        owner: owned(harness, "reset", &ann).await.owner,
        ..to_address("reset", "ann@example.com")
    };
    let staying = [
        issue(harness, of_a_user).await,
        issue(harness, to_address("sign_up", "bo@example.com")).await,
        issue(harness, plain("download")).await,
    ];
    let ended = harness.store().end_tickets_to("ann@example.com").await;
    ended.expect("the store answers");
    for key in ending {
        assert_eq!(redeem(harness, &key).await, None);
    }
    for key in staying {
        assert!(redeem(harness, &key).await.is_some());
    }
    let later = issue(harness, to_address("sign_up", "ann@example.com")).await;
    assert!(redeem(harness, &later).await.is_some());
}

/// Tickets of every purpose end; another user's do not.
pub async fn all_tickets_of_a_user_end_at_once(harness: &dyn Harness) {
    let (ann, bo) = (user(harness).await, user(harness).await);
    let mut ending = Vec::new();
    for purpose in ["reset", "reset", "link"] {
        ending.push(issue(harness, owned(harness, purpose, &ann).await).await);
    }
    let others = issue(harness, owned(harness, "reset", &bo).await).await;
    harness.store().end_tickets(&ann).await.expect("the store answers");
    for key in ending {
        assert_eq!(redeem(harness, &key).await, None);
    }
    assert!(redeem(harness, &others).await.is_some());
    assert!(
        redeem(harness, &issue(harness, owned(harness, "reset", &ann).await).await)
            .await
            .is_some()
    );
}

/// A link requested before a change of the password is not made after it.
pub async fn no_ticket_is_made_under_a_former_epoch(harness: &dyn Harness) {
    let ann = user(harness).await;
    let late = owned(harness, "reset", &ann).await;
    end_epoch(harness, &ann).await;
    let key = late.key.clone();
    assert!(!harness.store().issue_ticket(late).await.expect("the store answers"));
    assert_eq!(look(harness, &key).await, None);
}

/// As a change of the password does; signing out everywhere leaves them.
pub async fn tickets_end_with_the_password_and_not_with_the_sessions(harness: &dyn Harness) {
    let ann = user(harness).await;
    let first = issue(harness, owned(harness, "reset", &ann).await).await;
    end_epoch(harness, &ann).await;
    assert!(look(harness, &first).await.is_some());
    let login = sign_in_as(harness, &ann).await;
    assert!(renew(harness, &login).await.is_some());
    assert_eq!(redeem(harness, &first).await, None);
}

/// Twenty at once, again and again.
pub async fn of_twenty_uses_at_once_one_counts(harness: &dyn Harness) {
    let ann = user(harness).await;
    for round in 0..5 {
        let with_user = owned(harness, "reset", &ann).await;
        let to_address = NewTicket {
            sent_to: Some(format!("{round}@example.com")),
            ..plain("sign_up")
        };
        for new in [with_user, to_address, plain("download")] {
            let key = issue(harness, new).await;
            let mut racers = Vec::new();
            for _ in 0..20 {
                let (store, key) = (harness.store(), key.clone());
                racers.push(tokio::spawn(async move { store.redeem_ticket(&key).await }));
            }
            let mut used = 0;
            for racer in racers {
                let answer = racer.await.expect("a racer does not panic").expect("the store answers");
                used += usize::from(answer.is_some());
            }
            assert_eq!(used, 1, "{key:?}");
        }
    }
}

/// The first use ends the other tickets.
pub async fn of_siblings_used_at_once_one_counts(harness: &dyn Harness) {
    let ann = user(harness).await;
    for round in 0..5 {
        for with_user in [true, false] {
            let mut racers = Vec::new();
            for _ in 0..10 {
                let mut new = owned(harness, "reset", &ann).await;
                if !with_user {
                    new.owner = None;
                    new.sent_to = Some(format!("{round}@example.com"));
                }
                let key = issue(harness, new).await;
                let store = harness.store();
                racers.push(async move { store.redeem_ticket(&key).await });
            }
            let racers: Vec<_> = racers.into_iter().map(tokio::spawn).collect();
            let mut used = 0;
            for racer in racers {
                let answer = racer.await.expect("a racer does not panic").expect("the store answers");
                used += usize::from(answer.is_some());
            }
            assert_eq!(used, 1, "with a user: {with_user}");
        }
    }
}

/// In batches; good ones stay. A store whose tickets expire by themselves has nothing to delete.
pub async fn expired_tickets_are_deleted(harness: &dyn Harness) {
    let good = issue(harness, plain("download")).await;
    for _ in 0..3 {
        let expired = NewTicket {
            lifetime: Duration::ZERO,
            ..plain("download")
        };
        issue(harness, expired).await;
    }
    harness.pass(TICK).await;
    let store = harness.store();
    let mut deleted = 0;
    for _ in 0..3 {
        let batch = store
            .delete_expired_tickets(Duration::ZERO, 2)
            .await
            .expect("the store answers");
        assert!(batch <= 2);
        deleted += batch;
    }
    // A store with accounts keeps rows, which only this deletes.
    assert!(
        deleted == 3 || (deleted == 0 && harness.accounts().is_none()),
        "{deleted}"
    );
    let kept = store.delete_expired_tickets(HOUR, 10).await.expect("the store answers");
    assert_eq!(kept, 0);
    assert!(redeem(harness, &good).await.is_some());
}
