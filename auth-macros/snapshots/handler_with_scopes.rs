async fn remove(org: Within<OrgRole>, team: TeamId) -> Status {
    teams().remove(&org, team).await
}
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
#[delete("/orgs/<org>/teams/<team>")]
async fn __route_remove_50c7e5f8(
    org: <OrgRole as ::auth_core::__private::ScopedRole>::Scope,
    team: TeamId,
    __within_org: ::auth_core::__private::Passed<OrgRole, 1usize>,
) -> Status {
    remove(__within_org.within(org), team).await
}
#[doc(hidden)]
#[allow(nonstandard_style)]
struct remove {}
#[automatically_derived]
impl remove {
    #[doc(hidden)]
    pub fn into_route(self) -> ::auth_core::__private::rocket::Route {
        ::auth_core::__private::unlisted(self)
    }
}
#[automatically_derived]
impl ::auth_core::__private::AccessRule for remove {
    const ROLES: ::core::option::Option<::auth_core::__private::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::__private::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::__private::Decision = {
        const _: () = {
            ::auth_core::__private::refuse_other_scope::<TeamId, TeamRole>();
        };
        const _: () = {
            ::auth_core::__private::refuse_included_in_scope::<
                OrgRole,
            >(
                (<OrgRole>::Member, <OrgRole>::Member as ::core::primitive::i128),
                (<OrgRole>::Owner, <OrgRole>::Owner as ::core::primitive::i128),
                "no user can pass: `OrgRole::Member in org` includes `OrgRole::Owner in org`, which the rule refuses; remove `not(OrgRole::Owner in org)`",
            );
        };
        ::auth_core::__private::Decision::Rule(
            ::auth_core::__private::Rule::Any(
                ::auth_core::__private::Terms::of(
                    &[
                        ::auth_core::__private::role::<
                            AppRole,
                        >(<AppRole>::Admin, <AppRole>::Admin as ::core::primitive::i128),
                        ::auth_core::__private::Rule::All(
                            ::auth_core::__private::Terms::of(
                                &[
                                    ::auth_core::__private::Rule::RoleIn(
                                        &::auth_core::__private::role_in::<
                                            OrgRole,
                                        >(
                                            <OrgRole>::Member,
                                            <OrgRole>::Member as ::core::primitive::i128,
                                            0u32,
                                            1usize,
                                            "org",
                                        ),
                                    ),
                                    ::auth_core::__private::Rule::Not(
                                        &::auth_core::__private::Rule::RoleIn(
                                            &::auth_core::__private::role_in::<
                                                OrgRole,
                                            >(
                                                <OrgRole>::Owner,
                                                <OrgRole>::Owner as ::core::primitive::i128,
                                                1u32,
                                                1usize,
                                                "org",
                                            ),
                                        ),
                                    ),
                                    ::auth_core::__private::Rule::RoleIn(
                                        &::auth_core::__private::role_in::<
                                            TeamRole,
                                        >(
                                            <TeamRole>::Lead,
                                            <TeamRole>::Lead as ::core::primitive::i128,
                                            2u32,
                                            3usize,
                                            "team",
                                        ),
                                    ),
                                ],
                            ),
                        ),
                    ],
                ),
            ),
        )
    };
}
#[automatically_derived]
impl ::auth_core::__private::DecidedHandler for remove {
    const NAME: &'static ::core::primitive::str = "remove";
    fn route_info(self) -> ::auth_core::__private::rocket::route::StaticInfo {
        __route_remove_50c7e5f8 {}.into_info()
    }
}
#[doc(hidden)]
#[allow(unused_imports, clippy::pub_use)]
pub use rocket_uri_macro___route_remove_50c7e5f8 as rocket_uri_macro_remove;
