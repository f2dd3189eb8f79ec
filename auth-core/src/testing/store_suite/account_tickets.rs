//! What tickets do to built-in accounts, and what accounts do to tickets.

use super::Harness;
use super::arrange::{
    GRACEFUL, HASH, account, accounts, assert_outcome, keeping, new_account, present, rejected, sign_in_as,
};
use super::tickets::{issue, look, owned, redeem, to_address};
use crate::account::AccountError;
use crate::ids::UserId;
use crate::secret::SecretString;
use crate::store::{NewTicket, PasswordChange, Rejection, RotationOutcome, TicketKey};

const OTHER_HASH: &str = "$2b$12$bbcdefghijklmnopqrstuuJ6Zr0YcVfzL1lYhN3jYr5gRrUkq0aGe";

fn other() -> SecretString {
    SecretString::new(OTHER_HASH)
}

/// A ticket for the address of a user.
async fn sent(harness: &dyn Harness, user: &UserId, address: &str, data: Option<&str>) -> TicketKey {
    let new = NewTicket {
        sent_to: Some(address.to_owned()),
        data: data.map(str::to_owned),
        ..owned(harness, "reset", user).await
    };
    issue(harness, new).await
}

/// Together with the account, or not at all.
pub async fn a_ticket_makes_an_account(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ticket = issue(harness, to_address("sign_up", "ann@example.com")).await;
    let made = accounts.create_by_ticket(&ticket, new_account("Ann@example.com")).await;
    let id = made.expect("the store answers").expect("the ticket is good");
    let found = accounts
        .find_by_email("ann@example.com")
        .await
        .expect("the store answers");
    assert_eq!(found.map(|account| account.id), Some(id));
    let again = accounts.create_by_ticket(&ticket, new_account("bo@example.com")).await;
    assert_eq!(again.expect("the store answers"), None);
    assert!(
        accounts
            .find_by_email("bo@example.com")
            .await
            .expect("the store answers")
            .is_none()
    );
    // The use is undone where the address is taken.
    let late = issue(harness, to_address("sign_up", "ann@example.com")).await;
    let refused = accounts.create_by_ticket(&late, new_account("ann@example.com")).await;
    assert!(matches!(refused, Err(AccountError::AlreadyExists)), "{refused:?}");
    assert!(look(harness, &late).await.is_some());
}

/// And ends every session and every other ticket of the user.
pub async fn a_ticket_sets_a_password(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    let login = sign_in_as(harness, &ann).await;
    let ticket = sent(harness, &ann, "ann@example.com", None).await;
    let link = issue(harness, owned(harness, "link", &ann).await).await;
    let set = accounts
        .set_password_by_ticket(&ticket, &other())
        .await
        .expect("the store answers");
    let (user, epoch) = set.expect("the ticket is good");
    assert_eq!((user, epoch.counters.epoch, epoch.ended), (ann.clone(), 1, 1));
    assert_eq!(
        rejected(&present(harness, &login, 0, GRACEFUL).await),
        Rejection::Revoked
    );
    assert_eq!(redeem(harness, &link).await, None);
    let found = accounts
        .find(&ann)
        .await
        .expect("the store answers")
        .expect("it is there");
    assert_eq!(found.password_hash.expose(), OTHER_HASH);
    let again = accounts.set_password_by_ticket(&ticket, &SecretString::new(HASH)).await;
    assert_eq!(again.expect("the store answers"), None);
}

/// What went to another address proves nothing about this one.
pub async fn a_ticket_for_a_former_address_sets_no_password(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    let ticket = sent(harness, &ann, "former@example.com", None).await;
    let set = accounts.set_password_by_ticket(&ticket, &other()).await;
    assert_eq!(set.expect("the store answers"), None);
    assert!(look(harness, &ticket).await.is_some(), "nothing was changed");
}

/// Sessions go on, and links to the former address are dead.
pub async fn a_ticket_sets_an_email(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    account(harness, "bo@example.com").await;
    let login = sign_in_as(harness, &ann).await;
    let reset = issue(harness, owned(harness, "link", &ann).await).await;
    let taken = sent(harness, &ann, "bo@example.com", Some("BO@example.com")).await;
    let refused = accounts.set_email_by_ticket(&taken).await;
    assert!(matches!(refused, Err(AccountError::AlreadyExists)), "{refused:?}");
    assert!(look(harness, &taken).await.is_some() && look(harness, &reset).await.is_some());
    let ticket = sent(harness, &ann, "new@example.com", Some("New@example.com")).await;
    let set = accounts.set_email_by_ticket(&ticket).await.expect("the store answers");
    assert_eq!(set, Some(ann.clone()));
    let found = accounts
        .find_by_email("new@example.com")
        .await
        .expect("the store answers");
    assert_eq!(found.map(|account| account.email), Some("New@example.com".to_owned()));
    for dead in [ticket, taken, reset] {
        assert_eq!(redeem(harness, &dead).await, None);
    }
    assert_outcome(harness, &login, 0, GRACEFUL, RotationOutcome::Rotated, 1).await;
}

/// By an operator.
pub async fn an_email_is_replaced_where_it_is_free(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "ann@example.com").await;
    account(harness, "bo@example.com").await;
    let link = issue(harness, owned(harness, "link", &ann).await).await;
    let refused = accounts.set_email(&ann, "BO@example.com").await;
    assert!(matches!(refused, Err(AccountError::AlreadyExists)), "{refused:?}");
    let refused = accounts.set_email(&ann, "no address").await;
    assert!(matches!(refused, Err(AccountError::Email(_))), "{refused:?}");
    let unknown = accounts.set_email(&UserId::random(), "cy@example.com").await;
    assert!(matches!(unknown, Err(AccountError::NotFound)), "{unknown:?}");
    assert!(look(harness, &link).await.is_some());
    accounts
        .set_email(&ann, "ANN@example.com")
        .await
        .expect("its own in another case");
    accounts
        .set_email(&ann, "cy@example.com")
        .await
        .expect("the e-mail is free");
    assert_eq!(redeem(harness, &link).await, None);
    let shown = accounts
        .show(&ann)
        .await
        .expect("the store answers")
        .expect("it is there");
    assert_eq!((shown.id, shown.email.as_str()), (ann, "cy@example.com"));
    assert!(
        accounts
            .show(&UserId::random())
            .await
            .expect("the store answers")
            .is_none()
    );
}

/// Enabling revives none.
pub async fn tickets_end_with_what_they_were_made_for(harness: &dyn Harness) {
    let accounts = accounts(harness);
    for change in ["disable", "set_password", "change_password", "delete"] {
        let email = format!("{change}@example.com");
        let ann = account(harness, &email).await;
        let ticket = sent(harness, &ann, &email, Some("new@example.com")).await;
        match change {
            "disable" => {
                accounts.disable(&ann, None).await.expect("it is there");
                accounts.enable(&ann).await.expect("it is there");
            }
            "set_password" => {
                accounts.set_password(&ann, &other()).await.expect("it is there");
            }
            "change_password" => {
                let login = sign_in_as(harness, &ann).await;
                let current = SecretString::new(HASH);
                let changed = accounts
                    .change_password(&ann, &current, &other(), keeping(&login))
                    .await;
                assert!(matches!(changed, Ok(PasswordChange::Changed(_))), "{changed:?}");
            }
            _ => {
                accounts.delete(&ann, None, None).await.expect("it is there");
            }
        }
        let by_ticket = accounts.set_password_by_ticket(&ticket, &other()).await;
        assert_eq!(by_ticket.expect("the store answers"), None, "{change}");
        assert_eq!(
            accounts.set_email_by_ticket(&ticket).await.expect("the store answers"),
            None,
            "{change}"
        );
        assert_eq!(redeem(harness, &ticket).await, None, "{change}");
    }
}

/// A user who was deleted does not come back by an invitation or a sign-up from before.
pub async fn a_deleted_account_takes_the_tickets_to_its_address_along(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ann = account(harness, "Ann@example.com").await;
    let (hers, other) = (
        issue(harness, to_address("invitation", "ann@example.com")).await,
        issue(harness, to_address("invitation", "bo@example.com")).await,
    );
    let epoch = harness.store().counters(&ann).await.expect("the store answers").epoch;
    let of_another_epoch = accounts.delete(&ann, None, Some(epoch + 1)).await;
    assert!(
        matches!(of_another_epoch, Err(AccountError::NotFound)),
        "{of_another_epoch:?}"
    );
    assert!(look(harness, &hers).await.is_some(), "nothing was changed");
    accounts.delete(&ann, None, Some(epoch)).await.expect("it is there");
    assert!(look(harness, &hers).await.is_none());
    assert!(look(harness, &other).await.is_some());
}

/// Twenty at once: one account, one success, and nineteen tickets that are not good.
pub async fn of_twenty_sign_ups_with_one_ticket_one_counts(harness: &dyn Harness) {
    let accounts = accounts(harness);
    let ticket = issue(harness, to_address("sign_up", "ann@example.com")).await;
    let mut racers = Vec::new();
    for _ in 0..20 {
        let (accounts, ticket) = (accounts.clone(), ticket.clone());
        racers.push(tokio::spawn(async move {
            accounts.create_by_ticket(&ticket, new_account("ann@example.com")).await
        }));
    }
    let mut made = 0;
    for racer in racers {
        let answer = racer.await.expect("a racer does not panic").expect("the store answers");
        made += usize::from(answer.is_some());
    }
    assert_eq!(made, 1);
}
