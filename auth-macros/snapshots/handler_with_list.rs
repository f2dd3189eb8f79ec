#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for stats {
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Rule(
        ::auth_core::macro_support::Rule::Any(
            ::auth_core::macro_support::Terms::of(
                &[
                    ::auth_core::macro_support::Rule::Role(
                        ::auth_core::macro_support::RoleTerm::of::<
                            AppRole,
                        >({
                            const ROLE: AppRole = <AppRole>::Admin;
                            ROLE as ::core::primitive::i128
                        }),
                    ),
                    ::auth_core::macro_support::Rule::Role(
                        ::auth_core::macro_support::RoleTerm::of::<
                            AppRole,
                        >({
                            const ROLE: AppRole = <AppRole>::Editor;
                            ROLE as ::core::primitive::i128
                        }),
                    ),
                ],
            ),
        ),
    );
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
}
#[get("/stats?<page>")]
pub async fn stats(
    __authorized: ::auth_core::macro_support::Authorized<stats>,
    page: u32,
    user: &User<AppRole>,
) -> Json<Stats> {
    load(page, user).await
}
