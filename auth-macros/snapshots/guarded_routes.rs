fn routes() -> Vec<Route> {
    {
        #[allow(clippy::absolute_paths)]
        let routes: ::std::vec::Vec<::auth_core::macro_support::rocket::Route> = ::std::vec![
            < ::auth_core::macro_support::List as ::auth_core::macro_support::Takes < _
            >> ::route(index {}), < ::auth_core::macro_support::List as
            ::auth_core::macro_support::Takes < _ >> ::route(admin::stats {})
        ];
        routes
    }
}
