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
    pub fn into_route(self) -> ::auth_core::__private::rocket::Route {
        ::auth_core::__private::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for stats {
    const ROLES: ::core::option::Option<::auth_core::__private::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::__private::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::__private::Decision = ::auth_core::__private::Decision::Rule(
        ::auth_core::__private::Rule::Any(
            ::auth_core::__private::Terms::of(
                &[
                    ::auth_core::__private::role::<
                        AppRole,
                    >(<AppRole>::Admin, <AppRole>::Admin as ::core::primitive::i128),
                    ::auth_core::__private::role::<
                        AppRole,
                    >(<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
                ],
            ),
        ),
    );
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for stats {
    const NAME: &'static ::core::primitive::str = "stats";
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        __route_stats_4b4d3221 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_stats_4b4d3221 as rocket_uri_macro_stats;
