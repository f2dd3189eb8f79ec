fn builds(robot: Robot<'_>) {}
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
#[get("/builds")]
fn __route_builds_d3a13878(robot: Robot<'_>) {
    builds(robot)
}
#[doc(hidden)]
#[allow(nonstandard_style)]
struct builds {}
#[automatically_derived]
impl builds {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::__private::rocket::Route {
        ::auth_core::__private::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for builds {
    const DECISION: ::auth_core::__private::Decision = ::auth_core::__private::Decision::Guard(
        ::auth_core::__private::PolicyTerm::new(0, "Robot<'_>"),
    );
    fn policy<'__r>(
        _: ::core::primitive::u32,
        request: &'__r ::auth_core::__private::rocket::Request<'_>,
    ) -> ::auth_core::__private::PolicyFuture<'__r> {
        ::std::boxed::Box::pin(async move {
            match ::auth_core::__private::former_guard_reply(
                request,
                ::core::any::type_name::<Robot<'_>>(),
            ) {
                ::core::option::Option::Some(reply) => reply,
                ::core::option::Option::None => {
                    ::auth_core::__private::guard_reply(
                        request,
                        ::core::any::type_name::<Robot<'_>>(),
                        <Robot<
                            '_,
                        > as ::auth_core::__private::rocket::request::FromRequest<
                            '__r,
                        >>::from_request(request)
                            .await,
                    )
                }
            }
        })
    }
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for builds {
    const NAME: &'static ::core::primitive::str = "builds";
    const PARAMETERS: &'static [::core::option::Option<
        ::auth_core::__private::AccessPolicy,
    >] = {
        #[allow(unused_imports)]
        use ::auth_core::__private::AsksNothing as _;
        &[::auth_core::__private::Parameter::<Robot<'static>>::ASKS]
    };
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        let mut info = __route_builds_d3a13878 {}.into_info();
        info.sentinels
            .push(::auth_core::__private::rocket::sentinel::resolve!(Robot < 'static >));
        info
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_builds_d3a13878 as rocket_uri_macro_builds;
