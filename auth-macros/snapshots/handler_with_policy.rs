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
    pub fn into_route(self) -> ::auth_core::__private::rocket::Route {
        ::auth_core::__private::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for report {
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
                    ::auth_core::__private::Rule::Policy(
                        ::auth_core::__private::PolicyTerm::new(
                            0u32,
                            "owns_report(id, path)",
                        ),
                    ),
                ],
            ),
        ),
    );
    const MFA: ::core::primitive::bool = true;
    const FRESH: ::core::option::Option<::core::primitive::u32> = ::core::option::Option::Some(
        300u32,
    );
    fn policy<'__r>(
        index: ::core::primitive::u32,
        request: &'__r ::auth_core::__private::rocket::Request<'_>,
    ) -> ::auth_core::__private::PolicyFuture<'__r> {
        match index {
            0u32 => {
                ::std::boxed::Box::pin(async move {
                    let user = &::auth_core::__private::policy_user::<AppRole>(request)?;
                    let argument0 = ::auth_core::__private::segment::<
                        i32,
                    >(request, 1usize)?;
                    let argument1 = ::auth_core::__private::segments::<
                        PathBuf,
                    >(request, 2usize)?;
                    let policy = owns_report;
                    ::auth_core::__private::PolicyAnswer::answer(
                        policy(
                                user,
                                argument0,
                                argument1,
                                ::auth_core::__private::context(request)?,
                            )
                            .await,
                        request,
                    )
                })
            }
            _ => {
                ::std::boxed::Box::pin(
                    ::core::future::ready(
                        ::core::result::Result::Ok(
                            ::auth_core::__private::PolicyReply::No,
                        ),
                    ),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for report {
    const NAME: &'static ::core::primitive::str = "report";
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        __route_report_acf64008 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_report_acf64008 as rocket_uri_macro_report;
