fn routes() -> Vec<Route> {
    {
        let routes: ::std::vec::Vec<::auth_core::macro_support::rocket::Route> = ::std::vec![
            ::auth_core::macro_support::listed(index {}),
            ::auth_core::macro_support::listed(admin::stats {})
        ];
        routes
    }
}
