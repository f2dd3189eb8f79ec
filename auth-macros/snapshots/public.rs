#[get("/health")]
fn health() -> &'static str {
    "ok"
}
#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for health {
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Public {
        reason: "health check",
    };
}
#[automatically_derived]
impl ::auth_core::macro_support::DecidedHandler for health {
    const NAME: &'static ::core::primitive::str = "health";
    fn route_info(self) -> ::auth_core::macro_support::rocket::route::StaticInfo {
        self.into_info()
    }
}
