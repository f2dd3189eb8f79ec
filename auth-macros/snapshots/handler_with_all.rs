#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for layout {
    type Roles = AppRole;
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
#[doc(hidden)]
#[allow(nonstandard_style)]
struct layout {}
#[automatically_derived]
impl layout {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::macro_support::rocket::Route {
        ::auth_core::macro_support::guarded_route::<
            layout,
        >("layout", __unguarded_layout {}.into_info())
    }
}
#[doc(hidden)]
#[allow(unused_imports)]
use ::auth_core::macro_support::a_handler_runs_only_for_a_request as layout;
#[doc(hidden)]
#[allow(unused_imports)]
pub use rocket_uri_macro___unguarded_layout as rocket_uri_macro_layout;
#[get("/layout")]
fn __unguarded_layout() {}
