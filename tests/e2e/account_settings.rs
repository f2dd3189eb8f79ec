//! Settings of the account flows that cannot work are refused at the start, by their names.

use crate::support::{Mailbox, Options, Server};

async fn refusal(options: Options) -> String {
    match options.try_start().await {
        Ok(_) => panic!("it starts"),
        Err(failed) => failed.why,
    }
}

#[tokio::test]
async fn a_flow_that_sends_links_needs_the_public_address() {
    for (flow, value) in [
        ("flows.sign_up", rocket::figment::value::Value::from("open")),
        ("flows.reset", true.into()),
        ("flows.change_email", true.into()),
        ("flows.magic_link", true.into()),
    ] {
        let why = refusal(Server::options().set(flow, value)).await;
        assert!(why.contains("`auth.public_url`") && why.contains(flow), "{why}");
    }
    Server::options()
        .set("flows.delete_account", true)
        .release()
        .start()
        .await;
}

#[tokio::test]
async fn a_release_needs_a_courier() {
    let with_reset = || {
        Server::options()
            .release()
            .set("public_url", "https://app.example.com")
            .set("flows.reset", true)
    };
    let why = refusal(with_reset()).await;
    assert!(
        why.contains("`auth.flows.reset`") && why.contains("auth.smtp.url"),
        "{why}"
    );
    with_reset().courier(Mailbox::default()).start().await;
    with_reset()
        .set("smtp.url", "smtps://app:hunter2@mail.example.com")
        .set("smtp.from", "App <no-reply@example.com>")
        .start()
        .await;
}

#[tokio::test]
async fn values_that_cannot_be_right_are_refused_by_name() {
    let on = || {
        Server::options()
            .set("public_url", "https://app.example.com")
            .set("flows.sign_up", "open")
    };
    for (key, value, setting) in [
        (
            "flows.new_user_roles",
            vec!["wizard"].into(),
            "auth.flows.new_user_roles",
        ),
        (
            "flows.sign_up",
            rocket::figment::value::Value::from("perhaps"),
            "auth.flows.sign_up",
        ),
        ("public_url", "app.example.com".into(), "auth.public_url"),
        ("smtp.url", "smtps://mail.example.com".into(), "auth.smtp.from"),
        ("smtp.from", "no-reply@example.com".into(), "auth.smtp.url"),
        ("flows.resets", true.into(), "auth.flows.resets"),
    ] {
        let why = refusal(on().set(key, value)).await;
        assert!(why.contains(&format!("`{setting}`")), "{setting}: {why}");
    }
    let plain = on()
        .set("smtp.from", "a@b")
        .set("smtp.url", "smtp://app:hunter2@mail.example.com");
    let why = refusal(plain).await;
    assert!(why.contains("`auth.smtp.url`") && !why.contains("hunter2"), "{why}");
    let unused = Server::options().set("flows.new_user_roles", vec!["viewer"]);
    let why = refusal(unused).await;
    assert!(why.contains("`auth.flows.new_user_roles` has no effect"), "{why}");
}
