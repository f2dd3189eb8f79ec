use serde_json::{Value, json};

use super::Answer;

/// A user with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    pub email: &'static str,
    pub password: &'static str,
    pub role: &'static str,
    /// The report of which the person is the owner.
    pub report: i32,
}

/// An admin, who is an editor as well.
pub const ANN: Person = Person {
    email: "ann@example.com",
    password: "ann likes purple monkeys",
    role: "admin",
    report: 1,
};

/// An editor.
pub const ED: Person = Person {
    email: "ed@example.com",
    password: "ed draws quiet harbours",
    role: "editor",
    report: 2,
};

/// A viewer.
pub const VIC: Person = Person {
    email: "vic@example.com",
    password: "vic collects rusty keys",
    role: "viewer",
    report: 3,
};

impl Person {
    pub const ALL: [Person; 3] = [ANN, ED, VIC];

    /// What the person signs in with.
    pub fn login(self) -> Value {
        json!({ "email": self.email, "password": self.password })
    }

    /// The same, for a client that keeps the refresh token itself.
    pub fn login_with_body(self) -> Value {
        json!({ "email": self.email, "password": self.password, "delivery": "body" })
    }
}

/// What a client that keeps its tokens itself got from a sign-in or a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub access: String,
    pub refresh: String,
    pub expires_in: i64,
}

impl Session {
    /// The tokens of a 200.
    #[track_caller]
    pub fn of(answer: &Answer) -> Session {
        let body = answer.ok().json();
        assert_eq!(body["tokenType"], "Bearer", "{answer:?}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(4), "{answer:?}");
        answer.sets_no_cookie();
        Session {
            access: answer.field("accessToken"),
            refresh: answer.field("refreshToken"),
            expires_in: body["expiresIn"].as_i64().expect("whole seconds"),
        }
    }
}
