#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for report {
    type Roles = AppRole;
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
                    let user = ::auth_core::macro_support::policy_user::<
                        AppRole,
                    >(request)?;
                    let argument0 = ::auth_core::macro_support::segment::<
                        i32,
                    >(request, 1usize)?;
                    let argument1 = ::auth_core::macro_support::segments::<
                        PathBuf,
                    >(request, 2usize)?;
                    ::auth_core::macro_support::PolicyAnswer::answer(
                        owns_report(&user, argument0, argument1, request).await,
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
#[doc(hidden)]
#[allow(nonstandard_style)]
struct report {}
#[automatically_derived]
impl report {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::guarded_route::<
            report,
        >("report", __unguarded_report {}.into_info())
    }
}
#[doc(hidden)]
#[allow(unused_imports)]
use ::auth_core::macro_support::a_handler_runs_only_for_a_request as report;
#[doc(hidden)]
#[allow(unused_imports)]
pub use rocket_uri_macro___unguarded_report as rocket_uri_macro_report;
#[get("/reports/<id>/<path..>")]
fn __unguarded_report(id: i32, path: PathBuf) -> String {
    render(id, path)
}
