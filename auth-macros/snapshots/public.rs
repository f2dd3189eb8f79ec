#[get("/health")]
fn health() -> &'static str {
    "ok"
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for health {
    const DECISION: ::auth_core::__private::Decision = ::auth_core::__private::Decision::Public {
        reason: "health check",
    };
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for health {
    const NAME: &'static ::core::primitive::str = "health";
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        self.into_info()
    }
}
