#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for stats {
    type Roles = AppRole;
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Rule(
        ::auth_core::macro_support::Rule::Any(
            ::auth_core::macro_support::Terms::of(
                &[
                    ::auth_core::macro_support::role::<
                        AppRole,
                    >(<AppRole>::Admin, <AppRole>::Admin as ::core::primitive::i128),
                    ::auth_core::macro_support::role::<
                        AppRole,
                    >(<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
                ],
            ),
        ),
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
