//! Raw `Cookie` headers: which values the two cookies have, and which of several tokens counts.
//!
//! The input is text; each line is one header. `$A` and `$B` stand for good refresh tokens, `$X` for an expired one; `$J`
//! and `$K` for good access tokens, `$Y` for an expired one.

use std::sync::OnceLock;

use auth_core::__internal::{KeyRing, TokenType, fuzzing};
use auth_core::{AuthError, Config};
use rocket::http::Header;
use serde_json::{Value, json};

use super::server::{ACCESS_SECRET, KID, NOW, REFRESH_SECRET, server};

struct Tokens {
    refresh: [String; 2],
    expired_refresh: String,
    access: [String; 2],
    expired_access: String,
}

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let tokens = tokens();
    let headers: Vec<String> = fill_in(text, tokens).lines().map(str::to_owned).collect();
    let mut request = server().client.post("/api/auth/refresh");
    for header in &headers {
        request.add_header(Header::new("Cookie", header.clone()));
    }
    let request = request.inner();

    let secure = &server().config;
    let mut plain = secure.clone();
    plain.cookie.secure = Some(false);
    let names: [(&Config, &str, &str); 2] = [
        (secure, "__Host-refresh_token", "__Host-access_token"),
        (&plain, "refresh_token", "access_token"),
    ];
    for (config, refresh, access) in names {
        let code = |refused: AuthError| refused.code();
        assert_eq!(
            fuzzing::refresh_cookie_values(config, request).map_err(code),
            few(values(&headers, refresh))
        );
        assert_eq!(
            fuzzing::access_cookie_values(config, request).map_err(code),
            few(values(&headers, access))
        );
    }

    let found = fuzzing::refresh_token(request).map_err(|refused| refused.code());
    let given = values(&headers, "__Host-refresh_token");
    let expected = one_of(&given, |token| tokens.refresh.iter().any(|good| good == token));
    assert_eq!(found, expected, "the refresh token of {headers:?}");

    let given = values(&headers, "__Host-access_token");
    let expected = match one_of(&given, |token| tokens.access.iter().any(|good| good == token)) {
        Ok(None) => Err("missing_token"),
        Ok(Some(token)) if token == tokens.expired_access => Err("token_expired"),
        Ok(Some(token)) if !tokens.access.iter().any(|good| good == token) => Err("invalid_token"),
        Ok(Some(_)) => Ok(()),
        Err(code) => Err(code),
    };
    let found = fuzzing::identity(request).as_ref().map(|_| ()).map_err(AuthError::code);
    assert_eq!(found, expected, "the identity of {headers:?}");
}

/// The different values of the cookie `name`, read letter by letter. RFC 6265 §5.4 writes `; `
/// between pairs; a blank or tab around a name or a value belongs to neither.
fn values<'h>(headers: &'h [String], name: &str) -> Vec<&'h str> {
    let blank = |letter: char| letter == ' ' || letter == '\t';
    let mut found: Vec<&str> = Vec::new();
    for header in headers {
        let mut start = 0;
        let ends = header.match_indices(';').map(|(at, _)| at).chain([header.len()]);
        for end in ends {
            let pair = &header[start..end];
            start = end + 1;
            let Some(equals) = pair.find('=') else { continue };
            let (left, right) = (&pair[..equals], &pair[equals + 1..]);
            let value = right.trim_start_matches(blank).trim_end_matches(blank);
            let is_it = left.trim_start_matches(blank).trim_end_matches(blank).as_bytes() == name.as_bytes();
            if is_it && !value.is_empty() && !found.contains(&value) {
                found.push(value);
            }
        }
    }
    found
}

/// More than four values are not looked at.
fn few(values: Vec<&str>) -> Result<Vec<&str>, &'static str> {
    if values.len() > 4 {
        return Err("several_credentials");
    }
    Ok(values)
}

/// What a cookie that may come several times gives: of several values the good one, if it is one.
fn one_of<'v>(values: &[&'v str], is_good: impl Fn(&str) -> bool) -> Result<Option<&'v str>, &'static str> {
    if values.len() > 4 {
        return Err("several_credentials");
    }
    let good: Vec<&'v str> = values.iter().copied().filter(|value| is_good(value)).collect();
    // No token has a blank in it, or a letter that is not ASCII.
    let is_changed = |value: &&str| value.chars().any(|letter| !letter.is_ascii_graphic());
    match (values.len(), good.len()) {
        (0, _) => Ok(None),
        (_, 0) if values.iter().any(is_changed) => Err("unreadable_credentials"),
        (1, _) => Ok(Some(values[0])),
        (_, 0) => Err("invalid_token"),
        (_, 1) => Ok(Some(good[0])),
        _ => Err("several_credentials"),
    }
}

fn fill_in(text: &str, tokens: &Tokens) -> String {
    // What a header cannot hold never reaches the library.
    let text: String = text
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .collect();
    [
        ("$A", &tokens.refresh[0]),
        ("$B", &tokens.refresh[1]),
        ("$X", &tokens.expired_refresh),
        ("$J", &tokens.access[0]),
        ("$K", &tokens.access[1]),
        ("$Y", &tokens.expired_access),
    ]
    .into_iter()
    .fold(text, |text, (name, token)| text.replace(name, token))
}

fn tokens() -> &'static Tokens {
    static TOKENS: OnceLock<Tokens> = OnceLock::new();
    TOKENS.get_or_init(|| {
        let ring = |token_type, secret| KeyRing::hs256(token_type, Some(KID), secret).expect("a ring");
        let refresh = ring(TokenType::Refresh, REFRESH_SECRET);
        let access = ring(TokenType::Access, ACCESS_SECRET);
        let config = &server().config;
        let claims = |more: Value| {
            let mut claims = json!({
                "iss": config.issuer, "aud": config.audience, "sub": "ann", "jti": "j",
                "sid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "iat": NOW, "exp": NOW + 600,
            });
            let object = claims.as_object_mut().expect("an object");
            object.extend(more.as_object().expect("an object").clone());
            claims
        };
        let k = "AAAAAAAAAAAAAAAAAAAAAA";
        let refresh_token = |more: Value| refresh.sign(&more).expect("signed");
        let access_token = |more: Value| access.sign(&more).expect("signed");
        Tokens {
            refresh: [1, 2].map(|seq| refresh_token(claims(json!({ "seq": seq, "k": k })))),
            expired_refresh: refresh_token(claims(json!({ "seq": 1, "k": k, "exp": NOW }))),
            access: ["a", "b"].map(|jti| access_token(claims(json!({ "roles": [], "auth_time": NOW, "jti": jti })))),
            expired_access: access_token(claims(json!({
                "roles": [], "auth_time": NOW, "iat": NOW - 600, "exp": NOW,
            }))),
        }
    })
}
