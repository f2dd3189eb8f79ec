#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for layout {
    const DECISION: ::auth_core::macro_support::Decision = {
        const _: () = {
            ::core::assert!(
                ! < AppRole as ::auth_core::macro_support::Role >
                ::INCLUDES[::auth_core::macro_support::RoleTerm::of:: < AppRole > ({
                const ROLE : AppRole = < AppRole > ::Editor; ROLE as
                ::core::primitive::i128 }).bit() as ::core::primitive::usize]
                .contains_bit(::auth_core::macro_support::RoleTerm::of:: < AppRole > ({
                const ROLE : AppRole = < AppRole > ::Viewer; ROLE as
                ::core::primitive::i128 }).bit()),
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
                            >({
                                const ROLE: AppRole = <AppRole>::Editor;
                                ROLE as ::core::primitive::i128
                            }),
                        ),
                        ::auth_core::macro_support::Rule::Not(
                            &::auth_core::macro_support::Rule::Role(
                                ::auth_core::macro_support::RoleTerm::of::<
                                    AppRole,
                                >({
                                    const ROLE: AppRole = <AppRole>::Viewer;
                                    ROLE as ::core::primitive::i128
                                }),
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
#[get("/layout")]
fn layout(__authorized: ::auth_core::macro_support::Authorized<layout>) {}
