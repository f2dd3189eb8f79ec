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
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for layout {
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::macro_support::Decision = {
        const _: () = {
            ::auth_core::macro_support::refuse_included::<
                AppRole,
            >(
                (<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
                (<AppRole>::Viewer, <AppRole>::Viewer as ::core::primitive::i128),
                "nobody can pass: whoever has `AppRole::Editor` has `AppRole::Viewer` too, which is refused; remove one",
            );
        };
        ::auth_core::macro_support::Decision::Rule(
            ::auth_core::macro_support::Rule::All(
                ::auth_core::macro_support::Terms::of(
                    &[
                        ::auth_core::macro_support::role::<
                            AppRole,
                        >(
                            <AppRole>::Editor,
                            <AppRole>::Editor as ::core::primitive::i128,
                        ),
                        ::auth_core::macro_support::Rule::Not(
                            &::auth_core::macro_support::role::<
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
impl ::auth_core::macro_support::DecidedHandler for layout {
    const NAME: &'static ::core::primitive::str = "layout";
    fn route_info(self) -> ::auth_core::macro_support::rocket::route::StaticInfo {
        __route_layout_52c672a2 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_layout_52c672a2 as rocket_uri_macro_layout;
