//! Handlers that are called as the functions that they are.

use auth_core::{authenticated, public, require_role};
use rocket::State;
use rocket::serde::json::Json;

use crate::guards::Counter;
use crate::roles::AppRole; // auth_core

#[authenticated]
#[get("/double/<number>")]
pub(crate) fn double(number: u32) -> String {
    (number * 2).to_string()
}

/// One handler is the other under a second address.
#[require_role(AppRole::Admin)]
#[post("/double/<number>")]
pub(crate) fn double_post(number: u32) -> String {
    double(number)
}

#[authenticated]
#[get("/text/<text>")]
pub(crate) async fn text(text: &str) -> &str {
    text
}

#[authenticated]
#[put("/text/<text>")]
pub(crate) async fn text_put(text: &str) -> &str {
    self::text(text).await
}

#[authenticated]
#[delete("/text/<name>")]
pub(crate) async fn text_delete<'r>(name: &'r str, counter: &State<Counter>) -> Result<&'r str, String> {
    if name.is_empty() {
        return Err(crate::calls::text_put("empty").await.to_owned());
    }
    counter.count();
    Ok(text_put(name).await)
}

/// Recursion.
#[authenticated]
#[get("/factorial/<number>")]
pub(crate) fn factorial(number: u64) -> String {
    if number < 2 {
        return "1".to_owned();
    }
    let rest: u64 = factorial(number - 1).parse().unwrap_or(0);
    (number * rest).to_string()
}

#[authenticated]
#[get("/countdown/<number>")]
pub(crate) async fn countdown(number: u8) -> String {
    match number {
        0 => "0".to_owned(),
        number => format!("{number} {}", Box::pin(countdown(number - 1)).await),
    }
}

#[authenticated]
#[get("/even/<number>")]
pub(crate) fn even(number: u32) -> Json<bool> {
    if number == 0 { Json(true) } else { odd(number - 1) }
}

#[authenticated]
#[get("/odd/<number>")]
pub(crate) fn odd(number: u32) -> Json<bool> {
    if number == 0 { Json(false) } else { even(number - 1) }
}

/// Handlers as values: of iterators, of arrays, of pointers, of constants.
#[authenticated]
#[get("/values")]
pub(crate) fn values() -> String {
    const ONE: fn(u32) -> String = double;
    static BOTH: [fn(u32) -> String; 2] = [double, double_post];
    let mapped: Vec<String> = (1..4).map(double).collect();
    let option = Some(4).map(double_post).unwrap_or_default();
    let applied = BOTH.iter().map(|handler| handler(5)).collect::<String>();
    let generic = apply(double, 6);
    let boxed: Box<dyn Fn(u32) -> String> = Box::new(double);
    format!("{mapped:?} {option} {applied} {generic} {} {}", ONE(7), boxed(8))
}

fn apply<T, R>(handler: impl Fn(T) -> R, value: T) -> R {
    handler(value)
}

async fn apply_async<T, F: std::future::Future<Output = R> + Send, R>(handler: impl Fn(T) -> F, value: T) -> R {
    handler(value).await
}

#[authenticated]
#[get("/values/async")]
pub(crate) async fn values_async() -> String {
    let one = apply_async(countdown, 2).await;
    let (two, three) = rocket::tokio::join!(countdown(1), text("three"));
    let spawned = rocket::tokio::spawn(countdown(3)).await.unwrap_or_default();
    format!("{one} {two} {three} {spawned}")
}

#[public("calls what is not public")]
#[get("/through")]
pub(crate) async fn through(counter: &State<Counter>) -> String {
    let other = elsewhere::index();
    let deep = elsewhere::nested::deep(3);
    let index = crate::methods::index();
    let text = text_delete("x", counter).await.unwrap_or_default();
    let again = crate::nested::inner::again();
    format!(
        "{other} {deep} {index} {text} {again} {}",
        crate::unmounted::called_only()
    )
}

#[authenticated]
#[get("/names")]
pub(crate) fn type_names() -> String {
    use std::any::type_name_of_val;
    [
        type_name_of_val(&double),
        type_name_of_val(&text),
        type_name_of_val(&crate::methods::index),
        type_name_of_val(&elsewhere::nested::deep),
        type_name_of_val(&type_names),
    ]
    .join(" ")
}

/// A handler is told where it is called.
#[authenticated]
#[get("/place")]
#[track_caller]
pub(crate) fn place() -> String {
    std::panic::Location::caller().file().len().min(1).to_string()
}

#[authenticated]
#[get("/module")]
pub(crate) fn module() -> String {
    format!("{} {} {}", module_path!(), line!(), column!())
}

/// Its function can be computed where the compiler runs.
#[authenticated]
#[get("/const")]
pub(crate) const fn constant() -> &'static str {
    "constant"
}

pub(crate) const CONSTANT: &str = constant();

pub(crate) fn routes() -> Vec<rocket::Route> {
    auth_core::guarded_routes![
        double,
        double_post,
        text,
        text_put,
        text_delete,
        factorial,
        countdown,
        even,
        odd,
        values,
        values_async,
        through,
        type_names,
        place,
        module,
        constant,
    ]
}
