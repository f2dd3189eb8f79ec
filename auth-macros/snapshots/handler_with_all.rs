#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for layout {
    const DECISION: ::auth_core::macro_support::Decision = {
        const _: () = {
            ::core::assert!(
                ! < AppRole as ::auth_core::macro_support::Role >
                ::INCLUDES[::auth_core::macro_support::RoleTerm::of:: < AppRole > (<
                AppRole > ::Editor, < AppRole > ::Editor as ::core::primitive::i128)
                .bit() as ::core::primitive::usize]
                .contains_bit(::auth_core::macro_support::RoleTerm::of:: < AppRole > (<
                AppRole > ::Viewer, < AppRole > ::Viewer as ::core::primitive::i128)
                .bit()),
                "nobody can pass: whoever has `AppRole::Editor` has `AppRole::Viewer` too, which is refused; remove one"
            );
        };
        ::auth_core::macro_support::Decision::Rule(
            ::auth_core::macro_support::Rule::All(
                ::auth_core::macro_support::Terms::of(
                    &[
                        ::auth_core::macro_support::Rule::Role(
                            ::auth_core::macro_support::RoleTerm::of::<
                                AppRole,
                            >(
                                <AppRole>::Editor,
                                <AppRole>::Editor as ::core::primitive::i128,
                            ),
                        ),
                        ::auth_core::macro_support::Rule::Not(
                            &::auth_core::macro_support::Rule::Role(
                                ::auth_core::macro_support::RoleTerm::of::<
                                    AppRole,
                                >(
                                    <AppRole>::Viewer,
                                    <AppRole>::Viewer as ::core::primitive::i128,
                                ),
                            ),
                        ),
                    ],
                ),
            ),
        )
    };
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
}
#[allow(dead_code, non_camel_case_types)]
type __authorized_for_layout = ::auth_core::macro_support::Authorized<layout>;
#[get("/layout")]
fn layout(__authorized: __authorized_for_layout) {}
