fn layout() {}
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
#[get("/layout")]
fn __route_layout_52c672a2() {
    layout()
}
#[doc(hidden)]
#[allow(nonstandard_style)]
struct layout {}
#[automatically_derived]
impl layout {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::__private::rocket::Route {
        ::auth_core::__private::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for layout {
    const ROLES: ::core::option::Option<::auth_core::__private::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::__private::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::__private::Decision = {
        const _: () = {
            ::auth_core::__private::refuse_included::<
                AppRole,
            >(
                (<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
                (<AppRole>::Viewer, <AppRole>::Viewer as ::core::primitive::i128),
                "no user can pass: `AppRole::Editor` includes `AppRole::Viewer`, which the rule refuses; remove `not(AppRole::Viewer)`",
            );
        };
        ::auth_core::__private::Decision::Rule(
            ::auth_core::__private::Rule::All(
                ::auth_core::__private::Terms::of(
                    &[
                        ::auth_core::__private::role::<
                            AppRole,
                        >(
                            <AppRole>::Editor,
                            <AppRole>::Editor as ::core::primitive::i128,
                        ),
                        ::auth_core::__private::Rule::Not(
                            &::auth_core::__private::role::<
                                AppRole,
                            >(
                                <AppRole>::Viewer,
                                <AppRole>::Viewer as ::core::primitive::i128,
                            ),
                        ),
                    ],
                ),
            ),
        )
    };
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for layout {
    const NAME: &'static ::core::primitive::str = "layout";
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        __route_layout_52c672a2 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_layout_52c672a2 as rocket_uri_macro_layout;
