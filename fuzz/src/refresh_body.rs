//! The bodies of refresh, sign-in and change of password: accepted exactly when they have the one shape.
//!
//! The input is a letter, `j` for `application/json`, then the body.

use auth_core::__internal::fuzzing;
use rocket::http::{ContentType, Header};

use super::server::server;

pub fn run(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else { return };
    let is_json = *kind == b'j';
    let mut request = server().client.post("/api/auth/refresh");
    let content_type = if is_json { ContentType::JSON } else { ContentType::Form };
    request.add_header(Header::from(content_type));
    let request = request.inner();

    let fields = if is_json { object_of_texts(body) } else { None };
    let code = if is_json {
        "invalid_request"
    } else {
        "unsupported_media_type"
    };
    let field = |name: &str| {
        let fields = fields.as_deref().unwrap_or_default();
        fields
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.clone())
    };
    let only = |known: &[&str]| {
        let fields = fields.as_deref()?;
        let once = |name: &str| fields.iter().filter(|(other, _)| other == name).count() == 1;
        fields
            .iter()
            .all(|(name, _)| known.contains(&name.as_str()) && once(name))
            .then_some(())
    };

    let found = fuzzing::refresh_body(request, body).map_err(|refused| refused.code());
    let expected = only(&["refreshToken"]).map(|()| field("refreshToken"));
    // A token may be missing, but is not empty.
    let expected = expected.filter(|token| token.as_deref() != Some("")).ok_or(code);
    assert_eq!(
        found.map(|token| token.map(|token| token.expose().to_owned())),
        expected,
        "a refresh"
    );

    let found = fuzzing::login_body(request, body).map_err(|refused| refused.code());
    let expected = only(&["email", "password", "delivery"]).and_then(|()| {
        let in_body = match field("delivery").as_deref() {
            None | Some("cookie") => false,
            Some("body") => true,
            Some(_) => return None,
        };
        Some((field("email")?, field("password")?, in_body))
    });
    let found = found.map(|(email, password, in_body)| (email, password.expose().to_owned(), in_body));
    assert_eq!(found, expected.ok_or(code), "a sign-in");

    let found = fuzzing::password_body(request, body).map_err(|refused| refused.code());
    let expected = only(&["currentPassword", "newPassword"])
        .and_then(|()| Some((field("currentPassword")?, field("newPassword")?)));
    let found = found.map(|(current, new)| (current.expose().to_owned(), new.expose().to_owned()));
    assert_eq!(found, expected.ok_or(code), "a change of password");
}

/// The members of a JSON object whose values are all texts, in order and with duplicates (RFC
/// 8259). Bodies of this contract have no other form.
fn object_of_texts(body: &[u8]) -> Option<Vec<(String, String)>> {
    let mut letters = std::str::from_utf8(body).ok()?.chars().peekable();
    let rest = &mut letters;
    let mut members = Vec::new();
    sign(rest, '{')?;
    blanks(rest);
    if rest.peek() == Some(&'}') {
        rest.next();
    } else {
        loop {
            let name = text(rest)?;
            sign(rest, ':')?;
            members.push((name, text(rest)?));
            blanks(rest);
            match rest.next()? {
                ',' => {}
                '}' => break,
                _ => return None,
            }
        }
    }
    blanks(rest);
    rest.next().is_none().then_some(members)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn blanks(rest: &mut Letters<'_>) {
    while rest
        .next_if(|letter| matches!(letter, ' ' | '\t' | '\r' | '\n'))
        .is_some()
    {}
}

fn sign(rest: &mut Letters<'_>, sign: char) -> Option<()> {
    blanks(rest);
    (rest.next()? == sign).then_some(())
}

fn text(rest: &mut Letters<'_>) -> Option<String> {
    sign(rest, '"')?;
    let mut text = String::new();
    loop {
        let letter = match rest.next()? {
            '"' => return Some(text),
            '\\' => match rest.next()? {
                'u' => escaped(rest)?,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                plain @ ('"' | '\\' | '/') => plain,
                _ => return None,
            },
            letter if letter < ' ' => return None,
            letter => letter,
        };
        text.push(letter);
    }
}

/// What follows `\u`: four digits, or two such halves of a letter beyond the first plane.
fn escaped(rest: &mut Letters<'_>) -> Option<char> {
    let first = unit(rest)?;
    let code = match first {
        0xd800..0xdc00 => {
            (rest.next()? == '\\' && rest.next()? == 'u').then_some(())?;
            let second = unit(rest)?;
            (0xdc00..0xe000).contains(&second).then_some(())?;
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        }
        code => code,
    };
    char::from_u32(code)
}

fn unit(rest: &mut Letters<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit * 16 + rest.next()?.to_digit(16)?))
}
