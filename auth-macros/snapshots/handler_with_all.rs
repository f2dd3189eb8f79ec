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
#[allow(dead_code, non_camel_case_types)]
type __authorized_for_layout = ::auth_core::macro_support::Authorized<layout>;
#[get("/layout")]
fn layout(__authorized: __authorized_for_layout) {}
