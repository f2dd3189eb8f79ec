//! The JSON routes. Signing up, signing in, a new password and the like are routes of the library.

use std::time::Duration;

use auth_core::session::{ListedAccount, SessionError, Ticket};
use auth_core::{Auth, AuthError, TimedForm, User, Within, authenticated, guarded_routes, require_role};
use rocket::form::FromForm;
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{Route, State, delete, get, post};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::DbError;
use crate::orgs::{Issue, Member, Org, Orgs};
use crate::roles::{AppRole, OrgRole};

/// For how long an invitation is good.
const INVITATION: Duration = Duration::from_secs(5 * 24 * 3600);

/// A database that does not answer is a 503.
type Answer<T> = Result<T, Status>;

fn away(error: DbError) -> Status {
    rocket::error!("a query failed: {error}");
    Status::ServiceUnavailable
}

/// The most characters of a name or a title.
const LONGEST: usize = 200;

#[derive(Deserialize)]
struct NewOrg {
    name: String,
}

/// Makes an organisation, which the caller owns.
#[authenticated]
#[post("/orgs", data = "<new>")]
async fn create(orgs: &State<Orgs>, user: &User<AppRole>, new: Json<NewOrg>) -> Answer<(Status, Json<Org>)> {
    let org = orgs.create(line(&new.name)?, user.id()).await.map_err(away)?;
    Ok((Status::Created, Json(org)))
}

/// The caller's organisations.
#[authenticated]
#[get("/orgs")]
async fn mine(orgs: &State<Orgs>, user: &User<AppRole>) -> Answer<Json<Vec<Org>>> {
    orgs.of_user(user.id()).await.map(Json).map_err(away)
}

#[require_role(any(AppRole::Staff, OrgRole::Member in org))]
#[get("/orgs/<org>/members")]
async fn members(orgs: &State<Orgs>, org: Within<OrgRole>) -> Answer<Json<Vec<Member>>> {
    orgs.members(&org).await.map(Json).map_err(away)
}

#[require_role(OrgRole::Owner in org)]
#[delete("/orgs/<org>/members/<user>")]
async fn remove(orgs: &State<Orgs>, org: Within<OrgRole>, user: &str) -> Answer<Status> {
    found(orgs.remove(&org, user).await)
}

/// An invitation to an organisation: what its ticket carries.
#[derive(Serialize, Deserialize)]
struct JoinOrg {
    org: Uuid,
}

impl Ticket for JoinOrg {
    const PURPOSE: &'static str = "join_org";
}

#[derive(Serialize)]
struct Invitation {
    link: String,
}

/// Makes a link, which the owner hands to the person who is invited. It works once, within five
/// days.
#[require_role(OrgRole::Owner in org)]
#[post("/orgs/<org>/invitations")]
async fn invite(auth: &State<Auth>, org: Within<OrgRole>) -> Result<(Status, Json<Invitation>), AuthError> {
    let ticket = auth
        .tickets()
        .issue(&JoinOrg { org: org.into_id() }, INVITATION)
        .await?;
    let site = auth.config().public_url.as_deref().ok_or(SessionError::NoPublicUrl)?;
    let link = format!("{site}/join#ticket={}", ticket.expose());
    Ok((Status::Created, Json(Invitation { link })))
}

#[derive(FromForm)]
struct Accepted<'r> {
    ticket: &'r str,
}

/// Joins the organisation of an invitation. The body is a form that `TimedForm` reads: Rocket logs
/// a body that it cannot read, and the ticket would stand in the log.
#[authenticated]
#[post("/invitations/accept", data = "<accepted>")]
async fn accept(
    auth: &State<Auth>,
    orgs: &State<Orgs>,
    user: &User<AppRole>,
    accepted: TimedForm<Accepted<'_>>,
) -> Answer<Json<JoinOrg>> {
    let redeemed = auth.tickets().redeem::<JoinOrg>(accepted.ticket).await;
    let joined = redeemed.map_err(|error| match error {
        SessionError::InvalidTicket => Status::Gone,
        error => {
            rocket::error!("an invitation cannot be read: {error}");
            Status::ServiceUnavailable
        }
    })?;
    if !orgs.join(joined.org, user.id()).await.map_err(away)? {
        return Err(Status::Gone);
    }
    Ok(Json(joined))
}

#[require_role(OrgRole::Member in org)]
#[get("/orgs/<org>/issues")]
async fn issues(orgs: &State<Orgs>, org: Within<OrgRole>) -> Answer<Json<Vec<Issue>>> {
    orgs.issues(&org).await.map(Json).map_err(away)
}

#[derive(Deserialize)]
struct NewIssue {
    title: String,
}

#[require_role(OrgRole::Member in org)]
#[post("/orgs/<org>/issues", data = "<new>")]
async fn report(
    orgs: &State<Orgs>,
    user: &User<AppRole>,
    org: Within<OrgRole>,
    new: Json<NewIssue>,
) -> Answer<(Status, Json<Issue>)> {
    let issue = orgs.report(&org, user.id(), line(&new.title)?).await.map_err(away)?;
    Ok((Status::Created, Json(issue)))
}

/// Deletes an issue. That needs a sign-in within the hour.
#[require_role(OrgRole::Owner in org, fresh = "1h")]
#[delete("/orgs/<org>/issues/<issue>")]
async fn delete_issue(orgs: &State<Orgs>, org: Within<OrgRole>, issue: Uuid) -> Answer<Status> {
    found(orgs.delete_issue(&org, issue).await)
}

/// An account as staff sees it.
#[derive(Serialize)]
struct Customer {
    id: String,
    email: String,
    disabled: bool,
}

#[require_role(AppRole::Staff)]
#[get("/customers?<after>")]
async fn customers(auth: &State<Auth>, after: Option<&str>) -> Result<Json<Vec<Customer>>, AuthError> {
    let page = auth.accounts().list(after, 100).await?;
    let customer = |account: ListedAccount| Customer {
        id: account.id.to_string(),
        email: account.email,
        disabled: account.disabled,
    };
    Ok(Json(page.into_iter().map(customer).collect()))
}

/// One line of text: not empty, not too long.
fn line(text: &str) -> Answer<&str> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST && !text.contains(char::is_control);
    if fits {
        Ok(text)
    } else {
        Err(Status::UnprocessableEntity)
    }
}

fn found(found: Result<bool, DbError>) -> Answer<Status> {
    match found.map_err(away)? {
        true => Ok(Status::NoContent),
        false => Err(Status::NotFound),
    }
}

pub fn routes() -> Vec<Route> {
    guarded_routes![
        create,
        mine,
        members,
        remove,
        invite,
        accept,
        issues,
        report,
        delete_issue,
        customers
    ]
}
