fn report(id: i32, path: PathBuf) -> String {
    render(id, path)
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
#[get("/reports/<id>/<path..>")]
fn __route_report_acf64008(id: i32, path: PathBuf) -> String {
    report(id, path)
}
#[doc(hidden)]
#[allow(nonstandard_style)]
struct report {}
#[automatically_derived]
impl report {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for report {
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
                    ::auth_core::macro_support::Rule::Policy(
                        ::auth_core::macro_support::PolicyTerm::new(
                            0u32,
                            "owns_report(id, path)",
                        ),
                    ),
                ],
            ),
        ),
    );
    const FRESH: ::core::option::Option<::core::primitive::u32> = ::core::option::Option::Some(
        300u32,
    );
    fn policy<'__r>(
        index: ::core::primitive::u32,
        request: &'__r ::auth_core::macro_support::rocket::Request<'_>,
    ) -> ::auth_core::macro_support::PolicyFuture<'__r> {
        match index {
            0u32 => {
                ::std::boxed::Box::pin(async move {
                    let user = &::auth_core::macro_support::policy_user::<
                        AppRole,
                    >(request)?;
                    let argument0 = ::auth_core::macro_support::segment::<
                        i32,
                    >(request, 1usize)?;
                    let argument1 = ::auth_core::macro_support::segments::<
                        PathBuf,
                    >(request, 2usize)?;
                    let policy = owns_report;
                    ::auth_core::macro_support::PolicyAnswer::answer(
                        policy(user, argument0, argument1, request).await,
                    )
                })
            }
            _ => {
                ::std::boxed::Box::pin(
                    ::core::future::ready(::core::result::Result::Ok(false)),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::auth_core::macro_support::DecidedHandler for report {
    const NAME: &'static ::core::primitive::str = "report";
    fn route_info(self) -> ::auth_core::macro_support::rocket::route::StaticInfo {
        __route_report_acf64008 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_report_acf64008 as rocket_uri_macro_report;
