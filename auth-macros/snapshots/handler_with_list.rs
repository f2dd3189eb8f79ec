#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for stats {
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Rule(
        ::auth_core::macro_support::Rule::Any(
            ::auth_core::macro_support::Terms::of(
                &[
                    ::auth_core::macro_support::Rule::Role(
                        ::auth_core::macro_support::RoleTerm::of::<
                            AppRole,
                        >(<AppRole>::Admin, <AppRole>::Admin as ::core::primitive::i128),
                    ),
                    ::auth_core::macro_support::Rule::Role(
                        ::auth_core::macro_support::RoleTerm::of::<
                            AppRole,
                        >(
                            <AppRole>::Editor,
                            <AppRole>::Editor as ::core::primitive::i128,
                        ),
                    ),
                ],
            ),
        ),
    );
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
}
#[allow(dead_code, non_camel_case_types)]
type __authorized_for_stats = ::auth_core::macro_support::Authorized<stats>;
#[get("/stats?<page>")]
pub async fn stats(
    __authorized: __authorized_for_stats,
    page: u32,
    user: &User<AppRole>,
) -> Json<Stats> {
    load(page, user).await
}
