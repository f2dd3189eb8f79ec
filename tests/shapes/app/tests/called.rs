//! Handlers as functions, in tests.

use std::any::type_name_of_val;

use crate::guards::Counter;
use crate::{calls, elsewhere_too, methods, nested, unmounted};

#[test]
fn a_handler_is_a_function() {
    assert_eq!(methods::index(), "index");
    assert_eq!(calls::double(4), "8");
    assert_eq!(calls::double_post(4), "8");
    assert_eq!(calls::factorial(5), "120");
    assert!(calls::even(4).into_inner());
    assert_eq!(calls::CONSTANT, "constant");
    assert_eq!(nested::reexported(), "pub");
    assert_eq!(nested::inner::again(), "self deepest");
    assert_eq!(unmounted::called_only(), "called");
    assert_eq!(elsewhere_too(), "elsewhere 9");
    assert_eq!(calls::values(), r#"["2", "4", "6"] 8 1010 12 14 16"#);
}

#[test]
fn a_handler_is_a_value() {
    let texts: Vec<String> = (1..4).map(calls::double).collect();
    assert_eq!(texts, ["2", "4", "6"]);
    let pointer: fn(u64) -> String = calls::factorial;
    assert_eq!(pointer(3), "6");
    assert_eq!(type_name_of_val(&calls::double), "app::calls::double");
    assert_eq!(type_name_of_val(&nested::reexported), "app::nested::inner::public");
}

#[test]
fn a_handler_is_told_where_it_is_called() {
    assert_eq!(calls::place(), "1");
}

#[rocket::async_test]
async fn an_asynchronous_handler_is_a_function_too() {
    assert_eq!(calls::text("text").await, "text");
    assert_eq!(calls::countdown(3).await, "3 2 1 0");
    let counter = Counter::default();
    let state = <&rocket::State<Counter>>::from(&counter);
    assert_eq!(calls::text_delete("gone", state).await, Ok("gone"));
    assert_eq!(counter.count(), 1);
    let spawned = rocket::tokio::spawn(calls::countdown(1)).await;
    assert_eq!(spawned.expect("it ends"), "1 0");
}
