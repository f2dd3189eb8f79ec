//! `rocket_ws`: the guard runs before the upgrade.

use auth_core::{Auth, Role, User, guarded_routes, require_role};
use rocket::{get, launch};

#[derive(Role, Clone, Copy)]
enum AppRole {
    Editor,
}

#[require_role(AppRole::Editor)]
#[get("/live")]
fn live(user: &User<AppRole>, socket: rocket_ws::WebSocket) -> rocket_ws::Stream!['static] {
    let greeting = format!("hello {}", user.id());
    rocket_ws::Stream! { socket =>
        yield rocket_ws::Message::Text(greeting);
        for await message in socket {
            yield message?;
        }
    }
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(Auth::fairing::<AppRole>())
        .mount("/", guarded_routes![live])
}
