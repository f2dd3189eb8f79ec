//! Tokens a step or two away from a good one, the same ones in every run.

use serde_json::{Map, Value, json};

use crate::support::{Forger, texts};

/// Numbers that look random and are the same for the same seed (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// Where mutants come from.
pub struct Parent<'t> {
    pub token: &'t str,
    /// Makes good signatures over bad contents.
    pub forger: &'t Forger,
    pub now: i64,
}

impl Parent<'_> {
    /// The next mutant.
    pub fn mutant(&self, dice: &mut Dice) -> String {
        match dice.below(8) {
            0 => self.flipped(dice),
            1 => self.cut(dice),
            2 => self.respelled(dice),
            3 => self.with_header(dice),
            4 => self.with_damaged_payload(dice),
            _ => self.with_claims(dice),
        }
    }

    /// One to three bits of the text.
    fn flipped(&self, dice: &mut Dice) -> String {
        let mut bytes = self.token.as_bytes().to_vec();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(7);
        }
        String::from_utf8(bytes).expect("seven bits are ASCII")
    }

    /// Without its end, its beginning, a piece of its middle, or with a piece twice.
    fn cut(&self, dice: &mut Dice) -> String {
        let token = self.token;
        let (one, other) = (dice.below(token.len()), dice.below(token.len()));
        let (from, to) = (one.min(other), one.max(other));
        match dice.below(4) {
            0 => token[..to].to_owned(),
            1 => token[from..].to_owned(),
            2 => format!("{}{}", &token[..from], &token[to..]),
            _ => format!("{}{}", &token[..to], &token[from..]),
        }
    }

    /// The same bytes in another spelling, or with something around them.
    fn respelled(&self, dice: &mut Dice) -> String {
        let token = self.token;
        let at = dice.below(token.len());
        let put = *dice.pick(&["=", ".", " ", "\n", "\0", "+", "/", "A", "%3D", "ä"]);
        match dice.below(4) {
            0 => format!("{token}{put}"),
            1 => format!("{put}{token}"),
            2 => format!("{}{put}{}", &token[..at], &token[at..]),
            _ => {
                let last = token.len() - 1;
                let other = *dice.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
                format!("{}{}", &token[..last], char::from(other))
            }
        }
    }

    /// Another header, well signed.
    fn with_header(&self, dice: &mut Dice) -> String {
        let (header, payload) = texts(self.token);
        let mut members: Map<String, Value> = serde_json::from_str(&header).expect("our headers are objects");
        let names = [
            "alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5u", "cty", "zip", "enc", "nonce",
        ];
        let values = [
            json!("none"),
            json!("HS256"),
            json!("HS384"),
            json!("EdDSA"),
            json!("ES256"),
            json!("RS256"),
            json!("JWT"),
            json!("at+jwt"),
            json!("rt+jwt"),
            json!(""),
            json!(null),
            json!(1),
            json!(["b64"]),
            json!({}),
            json!(false),
        ];
        let name = *dice.pick(&names);
        let header = match dice.below(5) {
            0 => {
                members.remove(*dice.pick(&["alg", "typ", "kid"]));
                Value::Object(members).to_string()
            }
            1 | 2 => {
                members.insert(name.to_owned(), dice.pick(&values).clone());
                Value::Object(members).to_string()
            }
            3 => header.replacen('{', &format!("{{\"{name}\":{},", dice.pick(&values)), 1),
            // The same members, in the order of the alphabet, or with a blank.
            _ => [
                Value::Object(members).to_string(),
                format!("{header} "),
                header.replace(':', ": "),
            ][dice.below(3)]
            .clone(),
        };
        self.forger.sign(header.as_bytes(), payload.as_bytes())
    }

    /// A payload with changed bytes, well signed.
    fn with_damaged_payload(&self, dice: &mut Dice) -> String {
        let (header, payload) = texts(self.token);
        let mut bytes = payload.into_bytes();
        match dice.below(4) {
            0 => bytes.truncate(dice.below(bytes.len())),
            1 => bytes.insert(dice.below(bytes.len()), *dice.pick(b" \t\n{}[],:\"0-.\\e\xff")),
            2 => {
                let at = dice.below(bytes.len());
                bytes.remove(at);
            }
            _ => {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
        }
        self.forger.sign(header.as_bytes(), &bytes)
    }

    /// Other claims, well signed.
    fn with_claims(&self, dice: &mut Dice) -> String {
        let (header, payload) = texts(self.token);
        let mut claims: Map<String, Value> = serde_json::from_str(&payload).expect("our claims are an object");
        let names: Vec<String> = claims.keys().cloned().collect();
        for _ in 0..=dice.below(2) {
            let name = dice.pick(&names).clone();
            match dice.below(4) {
                0 => drop(claims.remove(&name)),
                1 => drop(claims.insert("added".to_owned(), self.value(dice))),
                _ => drop(claims.insert(name, self.value(dice))),
            }
        }
        let text = Value::Object(claims.clone()).to_string();
        let payload = match dice.below(12) {
            0 => Value::Array(claims.into_iter().map(|(_, value)| value).collect()).to_string(),
            1 => format!("[{text}]"),
            2 => format!(" {text}"),
            3 => format!("{text}{text}"),
            4 => {
                let twice = format!("{{\"{}\":{},", dice.pick(&names), self.value(dice));
                text.replacen('{', &twice, 1)
            }
            _ => text,
        };
        self.forger.sign(header.as_bytes(), payload.as_bytes())
    }

    fn value(&self, dice: &mut Dice) -> Value {
        let now = self.now;
        let values = [
            json!(now),
            json!(now - 1),
            json!(now + 600),
            json!(now + 890),
            json!(now + 10_000),
            json!(now - 100_000),
            json!(now as f64 + 600.5),
            json!((now + 600).to_string()),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(0),
            json!(-1),
            json!(1.0),
            json!("iss"),
            json!("aud"),
            json!("u1"),
            json!("u2"),
            json!(["iss"]),
            json!(["aud", "other"]),
            json!([]),
            json!(["viewer"]),
            json!(["admin", "viewer"]),
            json!([1]),
            json!([[]]),
            json!(null),
            json!(true),
            json!({}),
            json!({ "iss": "iss" }),
            json!(""),
            json!("\u{0}"),
            json!("é"),
            json!("0b8f6d0e-3f0a-4a53-9a0c-0d6f7f2b1c11"),
            json!("AAECAwQFBgcICQoLDA0ODw"),
            json!("x".repeat(300)),
        ];
        dice.pick(&values).clone()
    }
}
