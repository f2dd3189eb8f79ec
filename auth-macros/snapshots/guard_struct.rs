struct Editor<'r>(&'r User<AppRole>);
#[automatically_derived]
impl ::auth_core::macro_support::AccessRule for Editor<'static> {
    const ROLES: ::core::option::Option<::auth_core::macro_support::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::macro_support::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::macro_support::Decision = ::auth_core::macro_support::Decision::Rule(
        ::auth_core::macro_support::role::<
            AppRole,
        >(<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
    );
}
#[automatically_derived]
impl ::auth_core::macro_support::GuardStruct for Editor<'static> {}
#[automatically_derived]
impl<'r> ::auth_core::macro_support::rocket::request::FromRequest<'r> for Editor<'r> {
    type Error = ::auth_core::macro_support::AuthError;
    fn from_request<'__q, '__f>(
        request: &'r ::auth_core::macro_support::rocket::Request<'__q>,
    ) -> ::auth_core::macro_support::GuardFuture<'__f, Self>
    where
        'r: '__f,
        '__q: '__f,
        Self: '__f,
    {
        ::std::boxed::Box::pin(async move {
            if let ::core::result::Result::Err(outcome) = ::auth_core::macro_support::authorize::<
                Editor<'static>,
                Self,
            >(request)
                .await
            {
                return outcome;
            }
            let __field0 = match ::auth_core::macro_support::field::<
                _,
                _,
                Self,
            >(
                <&'r User<
                    AppRole,
                > as ::auth_core::macro_support::rocket::request::FromRequest<
                    'r,
                >>::from_request(request)
                    .await,
            ) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(outcome) => return outcome,
            };
            ::auth_core::macro_support::rocket::request::Outcome::Success(Editor {
                0: __field0,
            })
        })
    }
}
#[automatically_derived]
impl ::auth_core::macro_support::rocket::Sentinel for Editor<'_> {
    fn abort(
        rocket: &::auth_core::macro_support::rocket::Rocket<
            ::auth_core::macro_support::rocket::Ignite,
        >,
    ) -> ::core::primitive::bool {
        if {
            let sentry = ::auth_core::macro_support::rocket::sentinel::resolve!(
                & 'static User < AppRole >
            );
            if sentry.specialized {
                (sentry.abort)(rocket)
            } else {
                false
                    || {
                        let sentry = ::auth_core::macro_support::rocket::sentinel::resolve!(
                            User < AppRole >
                        );
                        if sentry.specialized {
                            (sentry.abort)(rocket)
                        } else {
                            false
                                || {
                                    let sentry = ::auth_core::macro_support::rocket::sentinel::resolve!(
                                        AppRole
                                    );
                                    if sentry.specialized {
                                        (sentry.abort)(rocket)
                                    } else {
                                        false
                                    }
                                }
                        }
                    }
            }
        } {
            return true;
        }
        ::auth_core::macro_support::abort_launch::<Editor<'static>>(rocket)
    }
}
