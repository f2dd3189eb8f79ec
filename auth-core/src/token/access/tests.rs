use super::*;
use crate::keys::TokenType;

const NAMES: &[&str] = &["admin", "viewer"];

#[derive(Clone, Copy)]
enum TestRole {
    Admin,
    Viewer,
}

impl crate::Role for TestRole {
    const ALL: &'static [TestRole] = &[TestRole::Admin, TestRole::Viewer];
    const NAMES: &'static [&'static str] = NAMES;
    const INCLUDES: &'static [RoleSet] = &[RoleSet::from_bits(1), RoleSet::from_bits(2)];
    const DISCRIMINANTS: &'static [i128] = &[0, 1];

    fn bit(self) -> u32 {
        self as u32
    }
}

fn token_issuer() -> TokenIssuer {
    TokenIssuer {
        issuer: "iss".to_owned(),
        audience: "aud".to_owned(),
    }
}

fn ring() -> KeyRing {
    KeyRing::hs256(TokenType::Access, Some("k"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0-access").expect("a ring")
}

fn tokens() -> AccessTokens {
    let roles = RoleTable::of::<TestRole>();
    AccessTokens::new(
        ring(),
        token_issuer(),
        roles,
        Duration::from_secs(900),
        Duration::from_secs(5),
    )
}

fn new_access(user: &UserId, now: Timestamp) -> NewAccess<'_> {
    NewAccess {
        user,
        session: SessionId::random(),
        counters: UserCounters {
            epoch: 3,
            roles_version: 7,
        },
        roles: RoleSet::from(TestRole::Viewer),
        auth_time: now,
        methods: AuthMethods::PASSWORD.and_second_factor(),
        now,
        session_end: now.plus(Duration::from_secs(100_000)),
        app: None,
    }
}

#[test]
fn a_token_says_what_it_was_issued_for_until_its_last_second() {
    let (user, now) = (UserId::random(), Timestamp::from_millis(1_800_000_000_999));
    let new = new_access(&user, now);
    let (token, exp) = tokens().issue(new).expect("issued");
    assert_eq!(exp, now.secs() + 900);
    let claims = tokens().verify(&token, now).expect("good");
    assert_eq!(
        (&claims.user, claims.session, claims.roles, claims.methods),
        (&user, new.session, new.roles, new.methods)
    );
    assert_eq!(
        (claims.epoch, claims.roles_version, claims.issued_at),
        (3, 7, now.secs())
    );
    let at = |secs| tokens().verify(&token, Timestamp::from_secs(secs)).map(drop);
    assert_eq!(at(exp - 1), Ok(()));
    assert_eq!(at(exp), Err(TokenError::Expired));
    assert_eq!(at(exp + 1), Err(TokenError::Expired));
    assert_eq!(at(now.secs() - 5), Ok(()), "the leeway");
    assert_eq!(at(now.secs() - 6), Err(TokenError::Invalid), "from the future");
    assert!(
        tokens()
            .verify_for_logout(&token, Timestamp::from_secs(exp + 1))
            .is_ok()
    );
}

#[test]
fn a_token_does_not_outlive_its_session() {
    let (user, now) = (UserId::random(), Timestamp::from_secs(1_800_000_000));
    let new = NewAccess {
        session_end: now.plus(Duration::from_secs(60)),
        ..new_access(&user, now)
    };
    assert_eq!(tokens().issue(new).expect("issued").1, now.secs() + 60);
    // One of a session that ends while it is issued is good for the shortest time there is.
    let new = NewAccess {
        session_end: now,
        ..new
    };
    let (token, exp) = tokens().issue(new).expect("issued");
    assert_eq!(exp, now.secs() + 1);
    assert!(tokens().verify(&token, now).is_ok());
}

// security: Tokens: All claims are required and of one JSON type
#[test]
fn claims_of_the_application_are_read_only_as_an_object_that_we_could_have_written() {
    let now = Timestamp::from_secs(1_800_000_000);
    let user = UserId::random();
    let verify = |app: serde_json::Value| {
        let claims = serde_json::json!({
            "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j", "epoch": 0,
            "rv": 0, "roles": [], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(), "app": app,
        });
        let verified = tokens().verify(&ring().sign(&claims).expect("signed"), now)?;
        verified.app::<serde_json::Value>()
    };
    let object = serde_json::json!({"tenant": "acme", "seats": 3});
    assert_eq!(verify(object.clone()), Ok(object.clone()));
    for wrong in [
        serde_json::json!(null),
        serde_json::json!([object]),
        serde_json::json!("{}"),
        serde_json::json!(1),
        serde_json::json!(true),
        serde_json::json!({"a": "x".repeat(600)}),
    ] {
        assert_eq!(verify(wrong.clone()), Err(TokenError::Invalid), "{wrong}");
    }
    let app = AppClaims::of(&object).expect("an object");
    let new = new_access(&user, now);
    let (plain, _) = tokens().issue(new).expect("issued");
    let (with, _) = tokens().issue(NewAccess { app: Some(&app), ..new }).expect("issued");
    let read = |token: &str| {
        tokens()
            .verify(token, now)
            .and_then(|claims| claims.app::<serde_json::Value>())
    };
    assert_eq!((read(&plain), read(&with)), (Err(TokenError::Invalid), Ok(object)));
}

/// Tokens from before this version carry neither counter, and are good until they expire.
#[test]
fn a_token_without_counters_counts_as_of_zero_and_one_with_half_of_them_is_refused() {
    let now = Timestamp::from_secs(1_800_000_000);
    let verify = |epoch: Option<i64>, rv: Option<i64>| {
        let mut claims = serde_json::json!({
            "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j",
            "roles": [], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(),
        });
        for (name, value) in [("epoch", epoch), ("rv", rv)] {
            if let Some(value) = value {
                claims[name] = value.into();
            }
        }
        let claims = tokens().verify(&ring().sign(&claims).expect("signed"), now);
        claims.map(|claims| (claims.epoch, claims.roles_version))
    };
    assert_eq!(verify(None, None), Ok((0, 0)));
    assert_eq!(verify(Some(1), Some(2)), Ok((1, 2)));
    for (epoch, rv) in [
        (Some(1), None),
        (None, Some(1)),
        (Some(-1), Some(0)),
        (Some(0), Some(-1)),
    ] {
        assert_eq!(verify(epoch, rv), Err(TokenError::Invalid), "{epoch:?} {rv:?}");
    }
}

// security: Tokens: All claims are required and of one JSON type
#[test]
fn claims_are_required_typed_and_from_an_object() {
    let now = Timestamp::from_secs(1_800_000_000);
    let good = serde_json::json!({
        "iss": "iss", "aud": "aud", "sub": "u", "sid": SessionId::random().to_string(), "jti": "j", "epoch": 0, "rv": 0,
        "roles": ["viewer", "a role of long ago"], "iat": now.secs(), "exp": now.secs() + 900, "auth_time": now.secs(),
    });
    let verify = |claims: &serde_json::Value| {
        let token = ring().sign(claims).expect("signed");
        tokens().verify(&token, now).map(|claims| claims.roles)
    };
    assert_eq!(verify(&good), Ok(RoleSet::from(TestRole::Viewer)));
    let object = good.as_object().expect("an object");
    for name in object.keys() {
        let mut without = object.clone();
        without.remove(name);
        assert_eq!(verify(&without.into()), Err(TokenError::Invalid), "without {name}");
        for wrong in [
            serde_json::json!(null),
            serde_json::json!({}),
            serde_json::json!([1]),
            serde_json::json!(true),
            serde_json::json!(1.5),
        ] {
            let mut mistyped = object.clone();
            mistyped.insert(name.clone(), wrong);
            assert_eq!(verify(&mistyped.into()), Err(TokenError::Invalid), "mistyped {name}");
        }
    }
    assert_eq!(
        verify(&object.values().cloned().collect()),
        Err(TokenError::Invalid),
        "an array"
    );
    for (name, value) in [
        ("exp", now.secs() + 901),
        ("exp", now.secs()),
        ("exp", i64::MAX),
        ("iat", i64::MIN),
    ] {
        let mut changed = object.clone();
        changed.insert(name.to_owned(), value.into());
        assert_eq!(verify(&changed.into()), Err(TokenError::Invalid), "{name} = {value}");
    }
}
