//! Tickets for purposes of an application's own.

use std::time::Duration;

use auth_core::session::{SessionError, Ticket};
use serde::{Deserialize, Serialize};

use crate::support::{ANN, Server};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JoinOrg {
    org: String,
}

impl Ticket for JoinOrg {
    const PURPOSE: &'static str = "join_org";
}

#[derive(Debug, Serialize, Deserialize)]
struct Download {
    org: String,
}

impl Ticket for Download {
    const PURPOSE: &'static str = "download";
}

fn join(org: &str) -> JoinOrg {
    JoinOrg { org: org.to_owned() }
}

#[tokio::test]
async fn a_ticket_gives_its_data_once_and_for_its_own_purpose() {
    let server = Server::start().await;
    let tickets = server.auth.tickets();
    let ticket = tickets.issue(&join("seven"), HOUR).await.expect("a ticket");
    let of_another_purpose = tickets.redeem::<Download>(ticket.expose()).await;
    assert!(
        matches!(of_another_purpose, Err(SessionError::InvalidTicket)),
        "{of_another_purpose:?}"
    );
    let redeemed = tickets.redeem::<JoinOrg>(ticket.expose()).await;
    assert_eq!(redeemed.expect("it is good"), join("seven"));
    for dead in [ticket.expose(), "no ticket", ""] {
        let refused = tickets.redeem::<JoinOrg>(dead).await;
        assert!(matches!(refused, Err(SessionError::InvalidTicket)), "{refused:?}");
    }
}

#[tokio::test]
async fn more_than_a_kibibyte_does_not_fit() {
    let server = Server::start().await;
    let tickets = server.auth.tickets();
    let fits = join(&"x".repeat(1024 - r#"{"org":""}"#.len()));
    let ticket = tickets.issue(&fits, HOUR).await.expect("a ticket");
    let redeemed = tickets.redeem::<JoinOrg>(ticket.expose()).await;
    assert_eq!(redeemed.expect("it is good"), fits);
    let refused = tickets.issue(&join(&"x".repeat(1024)), HOUR).await;
    assert!(matches!(refused, Err(SessionError::TicketData)), "{refused:?}");
}

#[tokio::test]
async fn a_ticket_of_a_user_ends_with_a_new_password() {
    let server = Server::start().await;
    let ann = server.id_of(ANN).await;
    let tickets = server.auth.tickets();
    let ticket = tickets.issue_for(&ann, &join("seven"), HOUR).await.expect("a ticket");
    let password = auth_core::SecretString::new("a fine new password");
    let accounts = server.auth.accounts();
    accounts.set_password(&ann, password).await.expect("it is there");
    let refused = tickets.redeem::<JoinOrg>(ticket.expose()).await;
    assert!(matches!(refused, Err(SessionError::InvalidTicket)), "{refused:?}");
}
