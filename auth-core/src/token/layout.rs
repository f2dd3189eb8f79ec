//! The claims of an access token in the very text that we write, recognised without parsing it.
//!
//! What a ring signs, this library has written, in one layout. Most tokens are compared with it; whatever differs is left to
//! the parser, so that claims added by a later version, in another order or with escapes, are read as ever. Both read the
//! same; `tests/tokens` holds them against each other.

use std::borrow::Cow;

use uuid::fmt::Hyphenated;

use super::TokenIssuer;
use super::claims::AccessText;
use crate::role::{RoleSet, RoleTable};

/// How our claims begin, up to the text of `sub`.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    opening: String,
}

impl Layout {
    pub(super) fn of(token_issuer: &TokenIssuer) -> Layout {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let (iss, aud) = (text(&token_issuer.issuer), text(&token_issuer.audience));
        Layout {
            opening: format!(r#"{{"iss":{iss},"aud":{aud},"sub":""#),
        }
    }

    /// What the claims say, if they are in this layout, and so from and for our [`TokenIssuer`].
    pub(super) fn read<'a>(&self, claims: &'a str, roles: &RoleTable) -> Option<AccessText<'a>> {
        if !is_plain(claims) {
            return None;
        }
        let (sub, rest) = claims.strip_prefix(self.opening.as_str())?.split_once('"')?;
        let (sid, rest) = id(rest.strip_prefix(r#","sid":"#)?)?;
        let (jti, rest) = id(rest.strip_prefix(r#","jti":"#)?)?;
        let (epoch, rest) = number(rest.strip_prefix(r#","epoch":"#)?)?;
        let (roles_version, rest) = number(rest.strip_prefix(r#","rv":"#)?)?;
        let (names, rest) = rest.strip_prefix(r#","roles":["#)?.split_once(']')?;
        let (iat, rest) = number(rest.strip_prefix(r#","iat":"#)?)?;
        let (exp, rest) = number(rest.strip_prefix(r#","exp":"#)?)?;
        let (auth_time, rest) = number(rest.strip_prefix(r#","auth_time":"#)?)?;
        let read = AccessText {
            sub: Cow::Borrowed(sub),
            sid: Cow::Borrowed(sid),
            jti: Cow::Borrowed(jti),
            epoch,
            roles_version,
            roles: set(names, roles)?,
            iat,
            exp,
            auth_time,
        };
        (rest == "}").then_some(read)
    }
}

/// Whether no character is escaped and none has to be (RFC 8259 §7), so that every text ends at the next quotation mark.
fn is_plain(claims: &str) -> bool {
    // To the end in any case: the compiler makes something much faster of that.
    claims
        .bytes()
        .fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'\\'))
}

/// The text of the UUID's length that `text` begins with, and what follows it.
fn id(text: &str) -> Option<(&str, &str)> {
    let (id, rest) = text.strip_prefix('"')?.split_at_checked(Hyphenated::LENGTH)?;
    let rest = rest.strip_prefix('"').filter(|_| !id.contains('"'))?;
    Some((id, rest))
}

/// The whole number that `text` begins with, and what follows it: no sign, no zero in front, and no more digits than fit.
fn number(text: &str) -> Option<(i64, &str)> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let (digits, rest) = text.split_at(text.bytes().take_while(is_digit).count());
    let fits = (1..=18).contains(&digits.len());
    if !fits || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    let value = digits
        .bytes()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some((value, rest))
}

/// The roles in what stands between the brackets.
fn set(names: &str, roles: &RoleTable) -> Option<RoleSet> {
    let mut set = RoleSet::EMPTY;
    let mut rest = Some(names).filter(|names| !names.is_empty());
    while let Some(names) = rest {
        let (name, after) = names.strip_prefix('"')?.split_once('"')?;
        set = roles.bit(name).map_or(set, |bit| set.with_bit(bit));
        rest = if after.is_empty() {
            None
        } else {
            Some(after.strip_prefix(',')?)
        };
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::super::claims;
    use super::*;

    #[derive(crate::Role, Clone, Copy)]
    enum TestRole {
        Admin,
        Viewer,
    }

    fn token_issuer() -> TokenIssuer {
        TokenIssuer {
            issuer: "iss".to_owned(),
            audience: "aud".to_owned(),
        }
    }

    fn written(roles: &str) -> String {
        format!(
            r#"{{"iss":"iss","aud":"aud","sub":"ann","sid":"0195f3a0-6d3c-4c8e-9b1f-2f6f0c1d2e3f","jti":"{}","epoch":2,"rv":11,"roles":[{roles}],"iat":1700000000,"exp":1700000900,"auth_time":0}}"#,
            "7d1c0be4-9a3f-4286-a0c4-b9d8a7135f62",
        )
    }

    #[test]
    fn what_we_write_is_read_without_the_parser() {
        let (layout, table) = (Layout::of(&token_issuer()), RoleTable::of::<TestRole>());
        for (names, bits) in [("", 0), (r#""viewer""#, 2), (r#""admin","gone","viewer""#, 3)] {
            let claims = written(names);
            let read = layout.read(&claims, &table).expect("our own text");
            assert_eq!((read.roles, read.auth_time), (RoleSet::from_bits(bits), 0));
            assert_eq!(Some(read), claims::access(&claims, &token_issuer(), &table).ok());
        }
    }

    /// At every place something is put in, put instead, or taken away.
    #[test]
    fn whatever_is_read_without_the_parser_the_parser_reads_alike() {
        let (layout, table) = (Layout::of(&token_issuer()), RoleTable::of::<TestRole>());
        let pieces = [
            "\"",
            ",",
            ":",
            "]",
            "}",
            "[",
            "{",
            " ",
            "0",
            "1",
            "9",
            "-",
            "+",
            ".",
            "e",
            "a",
            "\\",
            "\n",
            "\u{7f}",
            "é",
            "\\\"",
            "\",\"",
            "\"]",
            ",\"nbf\":1",
            ",\"exp\":1",
            "00000000000",
            "null",
        ];
        let (mut read, mut left) = (0, 0);
        for names in ["", r#""admin""#, r#""admin","viewer""#] {
            let claims = written(names);
            for at in 0..claims.len() {
                let (before, after) = claims.split_at(at);
                let rest = &after[1..];
                let changed = pieces
                    .iter()
                    .flat_map(|piece| [format!("{before}{piece}{after}"), format!("{before}{piece}{rest}")]);
                for changed in changed.chain([format!("{before}{rest}"), before.to_owned()]) {
                    match layout.read(&changed, &table) {
                        Some(ours) => {
                            let parsed = claims::access(&changed, &token_issuer(), &table);
                            assert_eq!(Some(ours), parsed.ok(), "{changed}");
                            read += 1;
                        }
                        None => left += 1,
                    }
                }
            }
        }
        assert!(read > 1000 && left > 1000, "{read} read, {left} left");
    }
}
