struct Editor<'r>(&'r User<AppRole>);
#[automatically_derived]
impl ::auth_core::__private::AccessRule for Editor<'static> {
    const ROLES: ::core::option::Option<::auth_core::__private::RoleEnum> = ::core::option::Option::Some(
        ::auth_core::__private::RoleEnum::of::<AppRole>(),
    );
    const DECISION: ::auth_core::__private::Decision = ::auth_core::__private::Decision::Rule(
        ::auth_core::__private::role::<
            AppRole,
        >(<AppRole>::Editor, <AppRole>::Editor as ::core::primitive::i128),
    );
}
#[automatically_derived]
impl ::auth_core::__private::GuardStruct for Editor<'static> {}
#[automatically_derived]
impl<'r> ::auth_core::__private::rocket::request::FromRequest<'r> for Editor<'r> {
    type Error = ::auth_core::__private::AuthError;
    fn from_request<'__q, '__f>(
        request: &'r ::auth_core::__private::rocket::Request<'__q>,
    ) -> ::auth_core::__private::GuardFuture<'__f, Self>
    where
        'r: '__f,
        '__q: '__f,
        Self: '__f,
    {
        ::std::boxed::Box::pin(async move {
            if let ::core::result::Result::Err(outcome) = ::auth_core::__private::authorize::<
                Editor<'static>,
                Self,
            >(request)
                .await
            {
                return outcome;
            }
            let __field0 = match ::auth_core::__private::field::<
                _,
                _,
                Self,
            >(
                <&'r User<
                    AppRole,
                > as ::auth_core::__private::rocket::request::FromRequest<
                    'r,
                >>::from_request(request)
                    .await,
            ) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(outcome) => return outcome,
            };
            ::auth_core::__private::rocket::request::Outcome::Success(Editor {
                0: __field0,
            })
        })
    }
}
#[automatically_derived]
impl ::auth_core::__private::rocket::Sentinel for Editor<'_> {
    fn abort(
        rocket: &::auth_core::__private::rocket::Rocket<
            ::auth_core::__private::rocket::Ignite,
        >,
    ) -> ::core::primitive::bool {
        if {
            let sentry = ::auth_core::__private::rocket::sentinel::resolve!(
                & 'static User < AppRole >
            );
            if sentry.specialized {
                (sentry.abort)(rocket)
            } else {
                false
                    || {
                        let sentry = ::auth_core::__private::rocket::sentinel::resolve!(
                            User < AppRole >
                        );
                        if sentry.specialized {
                            (sentry.abort)(rocket)
                        } else {
                            false
                                || {
                                    let sentry = ::auth_core::__private::rocket::sentinel::resolve!(
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
        ::auth_core::__private::abort_launch::<Editor<'static>>(rocket)
    }
}
