//! The desk: the users themselves, by state, cookies and guards.

use auth::{User, authenticated, require_role};
use rocket::http::{CookieJar, Status};
use rocket::serde::Serialize;
use rocket::serde::json::Json;
use rocket::{State, get};

use crate::roles::{ClubRole, LatelySignedInTreasurer, Visit};
use crate::users::Users;

/// Who is signed in.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
pub(crate) struct Me {
    id: String,
    member: bool,
    roles: Vec<&'static str>,
}

/// 12: state, an error of its own, and the user.
#[authenticated]
#[get("/me")]
pub(crate) async fn me(user: &User<ClubRole>, users: &State<Users>) -> Result<Json<Me>, Status> {
    let member = users.is_member(user.id()).await;
    let roles = user.roles().map(auth::Role::name).collect();
    Ok(Json(Me {
        id: user.id().to_string(),
        member: member.map_err(|_| Status::ServiceUnavailable)?,
        roles,
    }))
}

/// 13: a guard struct with named fields, and cookies.
#[authenticated]
#[get("/visit")]
pub(super) fn visit(visit: Visit, jar: &CookieJar<'_>) -> String {
    let theme = jar.get("theme").map_or("none", |cookie| cookie.value());
    let from = visit
        .from
        .map_or_else(|| String::from("nowhere"), |from| from.to_string());
    format!("{} from {from}, theme {theme}", visit.user.id())
}

/// 14: a guard without a value, and attributes on both sides.
#[allow(clippy::must_use_candidate)]
#[require_role(ClubRole::Treasurer)]
#[doc(hidden)]
#[get("/balance")]
#[must_use]
pub(crate) fn balance(_lately: LatelySignedInTreasurer) -> &'static str {
    "in the black"
}

/// 15: a name that is a keyword, as handler and as parameter.
#[require_role(not(ClubRole::Treasurer))]
#[get("/type/<type>?<match>")]
pub(crate) fn r#type(r#type: Option<&str>, r#match: bool) -> Option<String> {
    r#type.map(|text| format!("{text} {match}"))
}

/// Cards: a module in a module.
pub(crate) mod cards {
    use rocket::serde::json::Json;

    use crate::roles::{self, ClubRole};

    /// 16: a policy by its path, with a path parameter.
    #[auth::require_role(any(ClubRole::Librarian, roles::own_card(card)))]
    #[rocket::get("/cards/<card>")]
    pub(crate) fn card(card: i32) -> String {
        format!("card {card}")
    }

    /// 17: the rule calls the policy before query and body are read.
    #[auth::require_role(all(roles::own_card(card), roles::still_here()))]
    #[rocket::patch("/cards/<card>?<loud>", data = "<note>")]
    pub(crate) async fn note(card: i32, loud: Option<bool>, note: Json<String>) -> String {
        format!("card {card}: {} {}", note.into_inner(), loud.unwrap_or(false))
    }

    /// 18: a librarian deletes a card only after a recent sign-in.
    #[auth::require_role(ClubRole::Librarian, fresh = "1h 30m")]
    #[rocket::delete("/cards/<card>")]
    pub(crate) fn give_back(card: i32) -> rocket::response::status::NoContent {
        let _ = card;
        rocket::response::status::NoContent
    }

    /// 19: a method of the rarer sort.
    #[auth::public("says what may be asked, not who may ask it")]
    #[rocket::options("/cards")]
    pub(crate) fn options() -> (rocket::http::Status, &'static str) {
        (rocket::http::Status::Ok, "GET, PATCH, DELETE")
    }
}
