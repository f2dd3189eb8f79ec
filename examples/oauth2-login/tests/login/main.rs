//! The whole way to a provider and back, between two servers on loopback.

mod provider;
mod stage;

use jsonwebtoken::get_current_timestamp;
use oauth2_login::{Provider, Settings};
use rocket::figment::providers::{Format, Toml};
use rocket::http::Status;
use serde_json::{Value, json};
use tempfile::TempDir;

use provider::Key;
use stage::{Answer, Browser, Stage, figment, settings};

/// The answer signs no user in, and its page says so.
#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 403, "{why}: {}", answer.text);
    assert!(!answer.signs_in(), "{why}: {:?}", answer.set_cookies);
    assert!(answer.text.contains("You were not signed in."), "{why}");
}

#[track_caller]
fn assert_signed_in(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.signs_in(), "{:?}", answer.set_cookies);
}

/// The value of `name` in an address.
fn query<'p>(path: &'p str, name: &str) -> &'p str {
    let mut pairs = path.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name).expect("it is there").1
}

/// Who is signed in after the whole way.
async fn signed_in(browser: &Browser) -> String {
    let mut done = browser.sign_in().await;
    // On a busy machine the sign-in may time out with 502 or 503. Then the test begins again.
    for _ in 0..4 {
        if matches!(done.status, 502 | 503) {
            done = browser.sign_in().await;
        }
    }
    assert_signed_in(&done);
    let (status, text) = browser.home().await;
    assert_eq!(status, 200, "{text}");
    text
}

#[rocket::async_test]
async fn a_user_who_comes_back_from_the_provider_has_a_session_and_sees_the_guarded_page() {
    let stage = Stage::set().await;
    let browser = stage.browser();
    assert_eq!(browser.home().await.0, 401);

    let done = browser.sign_in().await;
    assert_signed_in(&done);
    for name in ["refresh_token=", "access_token="] {
        let ours = |cookie: &&String| cookie.starts_with(name) && cookie.contains("HttpOnly; SameSite=Strict");
        assert_eq!(
            done.set_cookies.iter().filter(ours).count(),
            1,
            "{:?}",
            done.set_cookies
        );
    }
    // To one place of our own, by a page: a redirect would leave `SameSite=Strict` cookies at home.
    assert!(
        done.text.contains(r#"http-equiv="refresh" content="0; url=/">"#),
        "{}",
        done.text
    );

    let (status, text) = browser.home().await;
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("signed in as "), "{text}");
    assert_eq!(browser.back("/drafts").await.status, 403, "a new user is a guest");
}

#[rocket::async_test]
async fn a_subject_is_the_same_user_each_time_and_another_subject_another_whatever_its_e_mail() {
    let stage = Stage::set().await;
    let alice = signed_in(&stage.browser()).await;
    assert_eq!(signed_in(&stage.browser()).await, alice);
    // The provider's e-mail stays "alice@example.com".
    stage
        .provider
        .mood(|mood| drop(mood.claims.insert("sub".to_owned(), json!("mallory"))));
    assert_ne!(signed_in(&stage.browser()).await, alice);
    assert_eq!(stage.provider.keys_read(), 1, "keys are kept");
}

#[rocket::async_test]
async fn of_many_first_sign_ins_at_once_one_makes_the_user() {
    let stage = Stage::set().await;
    let browsers: Vec<Browser> = (0..8).map(|_| stage.browser()).collect();
    let users = rocket::futures::future::join_all(browsers.iter().map(signed_in)).await;
    assert_eq!(users, vec![users[0].clone(); browsers.len()]);
}

#[rocket::async_test]
async fn what_the_table_of_users_says_counts_and_not_that_the_provider_knows_them() {
    let stage = Stage::set().await;
    let alice = signed_in(&stage.browser()).await;
    stage.sql("UPDATE users SET roles = 'editor'");
    let browser = stage.browser();
    assert_eq!(signed_in(&browser).await, alice);
    assert_eq!(browser.back("/drafts").await.status, 200);
    stage.sql("UPDATE users SET disabled = 1");
    assert_refused(&stage.browser().sign_in().await, "a disabled user");
}

#[rocket::async_test]
async fn a_state_that_is_missing_or_another_signs_nobody_in_and_ends_nothing() {
    let stage = Stage::set().await;
    let browser = stage.browser();
    let back = browser.there().await;
    let (code, state) = (query(&back, "code"), query(&back, "state"));
    for (path, why) in [
        (format!("/login/callback?code={code}"), "no state"),
        (format!("/login/callback?code={code}&state="), "an empty state"),
        (format!("/login/callback?code={code}&state={state}A"), "another state"),
        ("/login/callback".to_owned(), "nothing at all"),
    ] {
        assert_refused(&browser.back(&path).await, why);
    }
    assert_signed_in(&browser.back(&back).await);
}

#[rocket::async_test]
async fn a_link_from_another_browsers_sign_in_signs_nobody_in() {
    let stage = Stage::set().await;
    let (mallory, alice) = (stage.browser(), stage.browser());
    let link = mallory.there().await;
    assert_refused(&alice.back(&link).await, "a browser that began nothing");
    let _own = alice.there().await;
    assert_refused(&alice.back(&link).await, "a browser that began something else");
    assert_eq!(alice.home().await.0, 401);
}

#[rocket::async_test]
async fn a_code_of_another_browser_is_worth_nothing() {
    let stage = Stage::set().await;
    let (mallory, alice) = (stage.browser(), stage.browser());
    let stolen = alice.there().await;
    let own = mallory.there().await;
    let mixed = own.replace(query(&own, "code"), query(&stolen, "code"));
    assert_ne!(mixed, own);
    // The provider requires the text from which the challenge of that code was made.
    assert_refused(&mallory.back(&mixed).await, "a stolen code");
    assert_eq!(mallory.home().await.0, 401);
}

#[rocket::async_test]
async fn the_way_back_is_good_once() {
    let stage = Stage::set().await;
    let browser = stage.browser();
    let back = browser.there().await;
    let done = browser.back(&back).await;
    assert_signed_in(&done);
    let removed = |cookie: &String| cookie.starts_with("login=;") && cookie.contains("Max-Age=0");
    assert!(done.set_cookies.iter().any(removed), "{:?}", done.set_cookies);
    assert_refused(&browser.back(&back).await, "a second time");
}

#[rocket::async_test]
async fn an_id_token_for_others_of_others_expired_or_of_another_sign_in_signs_nobody_in() {
    let stage = Stage::set().await;
    let now = get_current_timestamp();
    for (name, value) in [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["app", "another"])),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("azp", json!("another")),
        ("iss", json!("https://another.example")),
        ("iss", json!([stage.issuer, "https://another.example"])),
        ("iss", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("iat", json!(now + 600)),
        ("iat", Value::Null),
        ("nbf", json!(now + 600)),
        ("sub", json!(7)),
        ("sub", Value::Null),
    ] {
        let why = format!("{name} {value}");
        stage.provider.mood(|mood| {
            mood.claims.clear();
            mood.claims.insert(name.to_owned(), value);
        });
        let browser = stage.browser();
        assert_refused(&browser.sign_in().await, &why);
        assert_eq!(browser.home().await.0, 401, "{why}");
    }
    // As some providers write it.
    stage.provider.mood(|mood| {
        mood.claims.clear();
        mood.claims.insert("aud".to_owned(), json!(["app"]));
        mood.claims.insert("azp".to_owned(), json!("app"));
    });
    signed_in(&stage.browser()).await;
}

#[rocket::async_test]
async fn an_id_token_that_another_key_signed_signs_nobody_in() {
    let stage = Stage::set().await;
    let mut own = None;
    stage.provider.mood(|mood| own = Some(mood.signs.clone()));
    let own = own.expect("a key");
    for (key, why) in [
        (Key::new("first"), "a key of the same name"),
        (Key::new("unheard-of"), "a key that is not published"),
        (Key::new("first").unnamed(), "a key without a name"),
        (own.as_secret(), "the public key, taken for a secret"),
    ] {
        stage.provider.mood(|mood| mood.signs = key);
        assert_refused(&stage.browser().sign_in().await, why);
    }
    stage.provider.mood(|mood| mood.signs = own.unnamed());
    signed_in(&stage.browser()).await;
}

#[rocket::async_test]
async fn a_key_that_the_provider_begins_to_use_is_found() {
    let stage = Stage::set().await;
    let alice = signed_in(&stage.browser()).await;
    let next = Key::new("second");
    stage
        .provider
        .mood(|mood| (mood.signs, mood.publishes) = (next.clone(), next));
    assert_eq!(signed_in(&stage.browser()).await, alice);
    assert_eq!(stage.provider.keys_read(), 2);
}

#[rocket::async_test]
async fn an_error_of_the_provider_is_answered_by_a_page_and_never_by_a_session() {
    let stage = Stage::set().await;
    for (error, status) in [
        ("access_denied", 403),
        ("invalid_scope", 403),
        ("server_error", 502),
        ("temporarily_unavailable", 502),
    ] {
        stage.provider.mood(|mood| mood.error = Some(error));
        let browser = stage.browser();
        let answer = browser.sign_in().await;
        assert_eq!(answer.status, status, "{error}");
        assert!(!answer.signs_in(), "{error}");
        assert!(
            answer.text.contains(r#"<a href="/login">Try again</a>"#),
            "{error}: {}",
            answer.text
        );
        assert!(
            !answer.text.contains("so") && !answer.text.contains(error),
            "{}",
            answer.text
        );
        assert_eq!(browser.home().await.0, 401, "{error}");
    }
    // Both an error and a code is neither.
    stage.provider.mood(|mood| mood.back = "&code=code-0".to_owned());
    assert!(!stage.browser().sign_in().await.signs_in());
}

#[rocket::async_test]
async fn a_token_endpoint_out_of_order_is_a_bad_gateway() {
    let stage = Stage::set().await;
    for status in [Status::InternalServerError, Status::NotFound, Status::PermanentRedirect] {
        stage.provider.mood(|mood| mood.token_status = Some(status));
        let answer = stage.browser().sign_in().await;
        assert_eq!(answer.status, 502, "{status}: {}", answer.text);
        assert!(!answer.signs_in(), "{status}");
    }
}

#[rocket::async_test]
async fn an_answer_that_names_another_issuer_signs_nobody_in() {
    let stage = Stage::set().await;
    stage
        .provider
        .mood(|mood| mood.back = "&iss=https://another.example".to_owned());
    assert_refused(&stage.browser().sign_in().await, "a mix-up (RFC 9207)");
}

#[rocket::async_test]
async fn over_https_the_cookie_belongs_to_this_host_alone_and_comes_once() {
    let stage = Stage::seen_as(Some("https://app.example")).await;
    let browser = stage.browser();
    // No TLS here: the cookie is carried by hand.
    let attempt = |cookies: &[String]| {
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        let (pair, attributes) = cookies[0].split_once("; ").expect("attributes");
        assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600");
        pair.strip_prefix("__Host-login=")
            .expect("the strongest prefix")
            .to_owned()
    };
    let (_, others) = browser.start().await;
    let other = attempt(&others);
    let (away, cookies) = browser.start().await;
    let own = attempt(&cookies);
    let back = browser.at_provider(&away).await;
    for (cookies, why) in [
        (format!("login={own}"), "a name without the prefix"),
        (format!("%5F%5FHost-login={own}"), "a name that only looks the same"),
        (format!("__Host-login={own}; __Host-login={other}"), "two of them"),
        (format!("__Host-login={other}"), "another one"),
        (format!("__Host-login={}", own.replace('.', "")), "one without parts"),
        ("__Host-login=".to_owned(), "an empty one"),
    ] {
        assert_refused(&browser.back_with(&back, &cookies).await, why);
    }
    let done = browser
        .back_with(&back, &format!("theme=dark; __Host-login={own}"))
        .await;
    assert_signed_in(&done);
    let removed = |cookie: &String| {
        cookie.starts_with("__Host-login=;") && cookie.contains("Secure; Path=/") && cookie.contains("Max-Age=0")
    };
    assert!(done.set_cookies.iter().any(removed), "{:?}", done.set_cookies);
}

#[test]
fn the_settings_beside_this_example_are_whole_but_for_the_secret() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Rocket.toml");
    let figment = figment(0).merge(Toml::file_exact(file).nested());
    let missing = figment
        .extract_inner::<Settings>("login")
        .expect_err("the secret is not there");
    assert!(missing.to_string().contains("client_secret"), "{missing}");
    let whole = figment.merge(("login.client_secret", "from the environment"));
    let settings: Settings = whole.extract_inner("login").expect("the rest is there");
    assert!(settings.check().is_ok());
}

#[test]
fn settings_that_would_let_others_read_along_or_sign_do_not_start_and_secrets_are_not_told() {
    let folder = TempDir::new().expect("a folder");
    let good = settings(0, "https://accounts.example", "https://app.example", &folder);
    let good: Settings = good.extract_inner("login").expect("settings");
    assert!(!format!("{good:?}").contains(provider::CLIENT_SECRET));
    assert!(Provider::new(good.clone()).is_ok());

    let wrong = |change: &dyn Fn(&mut Settings)| {
        let mut settings = good.clone();
        change(&mut settings);
        Provider::new(settings).err().expect("it is refused").to_string()
    };
    for address in [
        "http://app.example/login/callback",
        "app.example",
        "javascript:alert(1)",
        "http://127.0.0.1.example/",
    ] {
        let said = wrong(&|settings| settings.redirect_uri = address.to_owned());
        assert!(said.starts_with("login.redirect_uri must be"), "{said}");
    }
    let said = wrong(&|settings| settings.jwks_uri = "http://accounts.example/jwks".to_owned());
    assert!(said.starts_with("login.jwks_uri must be"), "{said}");
    let said = wrong(&|settings| settings.algorithm = jsonwebtoken::Algorithm::HS256);
    assert!(said.starts_with("login.algorithm must be"), "{said}");

    let unquoted = figment(0).merge(("login.client_secret", 81_726_354));
    let said = oauth2_login::app(unquoted).expect_err("it is refused").to_string();
    assert!(said.contains("must be text") && !said.contains("81726354"), "{said}");
}
