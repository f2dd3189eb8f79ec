#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for stats {
    type Roles = AppRole;
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
#[doc(hidden)]
#[allow(nonstandard_style)]
pub struct stats {}
#[automatically_derived]
impl stats {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::guarded_route::<
            stats,
        >("stats", __unguarded_stats {}.into_info())
    }
}
#[doc(hidden)]
#[allow(unused_imports)]
pub use ::auth_core::macro_support::a_handler_runs_only_for_a_request as stats;
#[doc(hidden)]
#[allow(unused_imports)]
pub use rocket_uri_macro___unguarded_stats as rocket_uri_macro_stats;
#[get("/stats?<page>")]
async fn __unguarded_stats(page: u32, user: &User<AppRole>) -> Json<Stats> {
    load(page, user).await
}
