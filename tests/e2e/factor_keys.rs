//! Secrets of second factors at rest, and the keys that encrypt them.

use crate::support::second_factor::{
    App, KEY, OTHER_KEY, answer, challenge, confirm, enrol, key, login, offering, offering_server, recovery_codes,
    sign_in, start,
};
use crate::support::{ANN, VIC};

// security: Second factors: Secrets are encrypted at rest, each for its user
#[tokio::test]
async fn a_dump_of_the_database_holds_no_secret_of_a_factor() {
    let (server, clock) = offering_server().await;
    let session = server.sign_in(VIC).await;
    let enrolment = start(&server, &session).await;
    let app = App::of(&enrolment.ok().field("uri"), &clock);
    let codes = recovery_codes(&confirm(&server, &session, &app.code_in(0)).await);
    let asked = challenge(&login(&server, VIC).await);
    let sealed = server.query_text("SELECT secret AS text FROM auth_totp");
    assert!(sealed.starts_with("2026:"), "{sealed}");
    let mut dump = Vec::new();
    for file in std::fs::read_dir(server.folder()).expect("the folder") {
        dump.extend(std::fs::read(file.expect("a file").path()).expect("it can be read"));
    }
    let holds = |text: &[u8]| dump.windows(text.len()).any(|window| window == text);
    assert!(holds(sealed.as_bytes()), "the control");
    assert!(!holds(app.totp.secret().as_bytes()));
    assert!(!holds(enrolment.field("secret").as_bytes()));
    assert!(!holds(asked.as_bytes()));
    for code in &codes {
        assert!(!holds(code.as_bytes()) && !holds(code.replace('-', "").as_bytes()));
    }

    // What is encrypted for one user is nothing for another.
    let ann = server.sign_in(ANN).await;
    enrol(&server, &ann, &clock).await;
    let user = server.id_of(ANN).await;
    server.execute(&format!(
        "UPDATE auth_totp SET secret = '{sealed}' WHERE user_id = '{user}'"
    ));
    let asked = challenge(&login(&server, ANN).await);
    let swapped = answer(&server, &asked, &app.next_code()).await;
    assert_eq!(swapped.status, 500, "{swapped:?}");
}

// security: Second factors: Keys rotate
#[tokio::test]
async fn a_factor_moves_to_the_new_key_at_its_next_use() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let node = |keys| {
        server
            .another()
            .clock(clock.as_ref().expect("one"))
            .set("second_factor", "offered")
            .set("factor_keys", keys)
    };
    let both = node(vec![key("2027", OTHER_KEY), key("2026", KEY)]).start().await;
    sign_in(&both, VIC, &app).await;
    assert!(
        server
            .query_text("SELECT secret AS text FROM auth_totp")
            .starts_with("2027:")
    );
    let alone = node(vec![key("2027", OTHER_KEY)]).start().await;
    sign_in(&alone, VIC, &app).await;
}

#[tokio::test]
async fn a_missing_key_uses_up_no_tries() {
    let (server, clock) = offering_server().await;
    let (app, _) = enrol(&server, &server.sign_in(VIC).await, &clock).await;
    let mistaken = offering(server.another().clock(clock.as_ref().expect("one")))
        .set("factor_keys", vec![key("2026", OTHER_KEY)])
        .start()
        .await;
    let asked = challenge(&login(&mistaken, VIC).await);
    for _ in 0..11 {
        let failed = answer(&mistaken, &asked, &app.code_in(0)).await;
        failed.refused(500, "internal_error");
    }
    sign_in(&server, VIC, &app).await;
}
