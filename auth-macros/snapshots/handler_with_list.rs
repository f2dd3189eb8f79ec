pub async fn stats(page: u32, user: &User<AppRole>) -> Json<Stats> {
    load(page, user).await
}
#[doc(hidden)]
#[allow(
    deprecated,
    nonstandard_style,
    future_incompatible,
    rust_2018_idioms,
    single_use_lifetimes,
    unused_lifetimes,
    unused_qualifications,
    impl_trait_redundant_captures,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction
)]
#[get("/stats?<page>")]
async fn __route_stats_4b4d3221(page: u32, user: &User<AppRole>) -> Json<Stats> {
    stats(page, user).await
}
#[doc(hidden)]
#[allow(nonstandard_style)]
pub struct stats {}
#[automatically_derived]
impl stats {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for stats {
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Rule(
        ::auth_core::macro_support::Rule::Any(
            ::auth_core::macro_support::Terms::of(
                &[
                    ::auth_core::macro_support::role::<
                        AppRole,
                    >(<AppRole>::Admin, <AppRole>::Admin as ::core::primitive::i128),
                    ::auth_core::macro_support::role::<
                        AppRole,
                    >(<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
                ],
            ),
        ),
    );
}
#[automatically_derived]
impl ::auth_core::macro_support::DecidedHandler for stats {
    const NAME: &'static ::core::primitive::str = "stats";
    fn route_info(self) -> ::auth_core::macro_support::rocket::route::StaticInfo {
        __route_stats_4b4d3221 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_stats_4b4d3221 as rocket_uri_macro_stats;
