//! Mails that tell a user of a change to the account's second factor.

use auth_core::mail::MessageKind;

use crate::account_limits::throttled;
use crate::support::second_factor::{answer, challenge, enrol, login, offering, recovery_codes, sign_in, step_up};
use crate::support::{ANN, Mailbox, Options, Server, VIC, manual_clock};

fn with_mailbox(options: Options) -> (Options, Mailbox) {
    let mailbox = Mailbox::default();
    (offering(options).courier(mailbox.clone()), mailbox)
}

// security: Second factors: The user learns of each change by mail
#[tokio::test]
async fn each_change_of_a_factor_is_told_to_the_address_of_the_account() {
    let clock = Some(manual_clock());
    let (options, mailbox) = with_mailbox(Server::options().clock(clock.as_ref().expect("one")));
    let server = options.set("public_url", "https://app.example.com").start().await;
    let told = async |kind| {
        let mail = mailbox.take(kind, VIC.email).await;
        assert!(mail.link.is_none() && mail.text.contains("app.example.com"), "{mail:?}");
        mail
    };
    let (app, codes) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    told(MessageKind::FactorAdded).await;

    let session = sign_in(&server, VIC, &app).await;
    let asked = challenge(&login(&server, VIC).await);
    answer(&server, &asked, "000000").await.refused(401, "invalid_code");
    answer(&server, &asked, &codes[0]).await.ok();
    assert!(told(MessageKind::RecoveryCodeUsed).await.text.contains("9 are left"));
    step_up(&server, &session, VIC, &codes[1]).await.ok();
    assert!(told(MessageKind::RecoveryCodeUsed).await.text.contains("8 are left"));

    let replace = server.post("/api/auth/factors/recovery").bearer(&session.access);
    recovery_codes(&replace.header("Accept-Language", "de-CH, en;q=0.5").await);
    let told_in = told(MessageKind::RecoveryCodesReplaced).await.language;
    assert_eq!(told_in.as_deref(), Some("de-CH"));

    let remove = server.delete("/api/auth/factors/totp").bearer(&session.access);
    remove.await.no_content();
    told(MessageKind::FactorRemoved).await;

    enrol(&server, &server.sign_in(VIC).await, &clock).await;
    told(MessageKind::FactorAdded).await;
    let user = server.id_of(VIC).await;
    for had_one in [true, false] {
        let reset = server.auth.accounts().reset_factors(&user).await;
        assert_eq!(reset.expect("the store answers"), had_one);
    }
    told(MessageKind::FactorReset).await;
    assert!(mailbox.all().is_empty(), "{:?}", mailbox.all());
}

/// It may be the user's only way to sign in.
#[tokio::test]
async fn a_recovery_code_is_good_past_the_limits_and_notices_name_the_issuer_without_public_url() {
    let clock = Some(manual_clock());
    let (options, mailbox) = with_mailbox(Server::options().clock(clock.as_ref().expect("one")));
    let server = options
        .set("throttle.mails_per_address", 1)
        .set("throttle.mails_per_source", 1)
        .start()
        .await;
    let session = server.sign_in(VIC).await;
    let (_, codes) = enrol(&server, &session, &clock).await;
    let added = mailbox.take(MessageKind::FactorAdded, VIC.email).await;
    assert!(added.text.contains("at auth-core."), "{added:?}");
    for code in &codes[..3] {
        step_up(&server, &session, VIC, code).await.ok();
        mailbox.take(MessageKind::RecoveryCodeUsed, VIC.email).await;
    }
}

/// Else the notices of one user would take the places of the mails of others.
// security: Limits: Changes of factors, which mails tell of, are limited per user
#[tokio::test]
async fn a_user_who_changes_factors_in_a_loop_has_to_wait() {
    let clock = Some(manual_clock());
    let (options, mailbox) = with_mailbox(Server::options().clock(clock.as_ref().expect("one")));
    let server = options.set("throttle.mails_per_source", 4).start().await;
    let (app, codes) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let session = sign_in(&server, VIC, &app).await;
    let replace = async || {
        let replace = server.post("/api/auth/factors/recovery").bearer(&session.access);
        replace.await
    };
    // A used code counts, and is not refused.
    step_up(&server, &session, VIC, &codes[0]).await.ok();
    recovery_codes(&replace().await);
    let codes = recovery_codes(&replace().await);
    let remove = server.delete("/api/auth/factors/totp").bearer(&session.access);
    for refused in [replace().await, remove.await] {
        let wait = throttled(&refused);
        assert!((1..=900).contains(&wait), "{wait}");
    }
    let throttled = server.log.events("mail_throttled");
    assert_eq!(throttled.len(), 2, "{throttled:?}");
    // The refused request changed nothing.
    step_up(&server, &session, VIC, &codes[0]).await.ok();

    let ann = server.sign_in(ANN).await;
    let (app, _) = enrol(&server, &ann, &clock).await;
    let ann = sign_in(&server, ANN, &app).await;
    let remove = server.delete("/api/auth/factors/totp").bearer(&ann.access);
    remove.await.no_content();
    for (kind, email, count) in [
        (MessageKind::FactorAdded, VIC.email, 1),
        (MessageKind::RecoveryCodesReplaced, VIC.email, 2),
        (MessageKind::RecoveryCodeUsed, VIC.email, 2),
        (MessageKind::FactorAdded, ANN.email, 1),
        (MessageKind::FactorRemoved, ANN.email, 1),
    ] {
        for _ in 0..count {
            mailbox.take(kind, email).await;
        }
    }
    assert!(mailbox.all().is_empty(), "{:?}", mailbox.all());
}

#[tokio::test]
async fn without_mails_changes_of_factors_are_not_limited() {
    let clock = Some(manual_clock());
    // The debug profile prints mails.
    let options = offering(Server::options().clock(clock.as_ref().expect("one"))).release();
    let server = options.set("throttle.mails_per_source", 1).start().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let session = sign_in(&server, VIC, &app).await;
    let remove = server.delete("/api/auth/factors/totp").bearer(&session.access);
    remove.await.no_content();
}
