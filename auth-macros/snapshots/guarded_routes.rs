fn routes() -> Vec<Route> {
    {
        let routes: ::std::vec::Vec<::auth_core::macro_support::rocket::Route> = ::std::vec![
            ::auth_core::macro_support::guarded(index {}, | handler | handler
            .into_route()), ::auth_core::macro_support::guarded(admin::stats {}, |
            handler | handler.into_route())
        ];
        routes
    }
}
