#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for health {
    type Roles = ();
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::None;
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Public {
        reason: "health check",
    };
}
#[get("/health")]
fn health() -> &'static str {
    "ok"
}
