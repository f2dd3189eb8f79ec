//! The endpoints of second factors: mounted only where `auth.second_factor` turns them on, so that
//! they answer 404 elsewhere.

use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{Route, State, delete, get, post};
use serde::{Deserialize, Serialize};

use super::authenticate::LoginCookies;
use super::endpoints::{Body, Peer};
use super::error::AuthError;
use super::guard::SignedIn;
use super::responses::{Delivery, Tokens};
use super::state::AuthState;
use crate::config::SecondFactor;
use crate::secret::SecretString;
use crate::{authenticated, guarded_routes, public};

/// The endpoints of second factors, as the fairing mounts them at `auth.mount`.
pub fn factor_endpoints(second_factor: &SecondFactor) -> Vec<Route> {
    if !second_factor.is_on() {
        return Vec::new();
    }
    guarded_routes![
        login_factor,
        factors,
        factors_totp,
        factors_totp_confirm,
        factors_totp_remove,
        factors_recovery
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChallengeBody {
    challenge: SecretString,
    code: SecretString,
    #[serde(default)]
    delivery: Delivery,
}

#[public("a challenge is its own credential")]
#[post("/login/factor", data = "<body>")]
async fn login_factor(
    state: &State<AuthState>,
    peer: Peer,
    cookies: LoginCookies<'_>,
    body: Body<ChallengeBody>,
) -> Result<Tokens, AuthError> {
    let ChallengeBody {
        challenge,
        code,
        delivery,
    } = body.0;
    let replaced = cookies.0.one().ok().flatten();
    let pair = state
        .auth
        .login_with_factor(challenge.expose(), &code, &peer.0, replaced)
        .await?;
    Ok(Tokens::new(state, pair, delivery))
}

/// What a user has, as the user sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FactorsView {
    totp: Option<TotpView>,
    recovery_codes: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TotpView {
    created_at: String,
}

#[authenticated]
#[get("/factors")]
async fn factors(state: &State<AuthState>, who: SignedIn) -> Result<Json<FactorsView>, AuthError> {
    let status = state.auth.factors().status(&who.0).await?;
    let totp = status.totp.map(|created_at| TotpView {
        created_at: created_at.to_string(),
    });
    Ok(Json(FactorsView {
        totp,
        recovery_codes: status.recovery_codes,
    }))
}

#[derive(Serialize)]
struct EnrolmentView {
    secret: String,
    uri: String,
    qr: String,
}

// The age of the sign-in is judged by the verb, here and below.
#[authenticated]
#[post("/factors/totp")]
async fn factors_totp(state: &State<AuthState>, who: SignedIn) -> Result<Json<EnrolmentView>, AuthError> {
    let enrolment = state.auth.factors().start_totp(&who.0).await?;
    Ok(Json(EnrolmentView {
        secret: enrolment.secret.expose().to_owned(),
        uri: enrolment.uri.expose().to_owned(),
        qr: enrolment.qr.expose().to_owned(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    code: SecretString,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecoveryCodesView {
    recovery_codes: Vec<String>,
}

impl RecoveryCodesView {
    fn of(codes: &[SecretString]) -> Json<RecoveryCodesView> {
        let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Json(RecoveryCodesView { recovery_codes })
    }
}

#[authenticated]
#[post("/factors/totp/confirm", data = "<body>")]
async fn factors_totp_confirm(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
    body: Body<CodeBody>,
) -> Result<Json<RecoveryCodesView>, AuthError> {
    let codes = state.auth.factors().confirm_totp(&who.0, &body.0.code, &peer.0).await?;
    Ok(RecoveryCodesView::of(&codes))
}

#[authenticated]
#[delete("/factors/totp")]
async fn factors_totp_remove(state: &State<AuthState>, peer: Peer, who: SignedIn) -> Result<Status, AuthError> {
    state.auth.factors().remove_totp(&who.0, &peer.0).await?;
    Ok(Status::NoContent)
}

#[authenticated]
#[post("/factors/recovery")]
async fn factors_recovery(
    state: &State<AuthState>,
    peer: Peer,
    who: SignedIn,
) -> Result<Json<RecoveryCodesView>, AuthError> {
    let codes = state.auth.factors().replace_recovery_codes(&who.0, &peer.0).await?;
    Ok(RecoveryCodesView::of(&codes))
}
