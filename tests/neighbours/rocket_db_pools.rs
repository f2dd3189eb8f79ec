//! `rocket_db_pools`: a connection in a guarded handler, and one in a policy.

use auth_core::{Auth, Role, User, guarded_routes, require_role};
use rocket::{Request, get, launch};
use rocket_db_pools::{Connection, Database, deadpool_postgres};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Admin,
}

#[derive(Database)]
#[database("reports")]
struct Reports(deadpool_postgres::Pool);

async fn owns_report(user: &User<AppRole>, id: i32, request: &Request<'_>) -> Result<bool, String> {
    let pool = Reports::fetch(request.rocket()).ok_or("no pool")?;
    let client = pool.get().await.map_err(|problem| problem.to_string())?;
    let owner = client
        .query_opt("SELECT 1 FROM reports WHERE id = $1 AND owner = $2", &[&id, &user.id().as_str()])
        .await;
    owner.map(|row| row.is_some()).map_err(|problem| problem.to_string())
}

#[require_role(any(AppRole::Admin, owns_report(id)))]
#[get("/reports/<id>")]
async fn report(id: i32, reports: Connection<Reports>) -> Option<String> {
    let row = reports.query_opt("SELECT title FROM reports WHERE id = $1", &[&id]).await;
    row.ok().flatten().map(|row| row.get(0))
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .attach(Reports::init())
        .mount("/", guarded_routes![report])
}
