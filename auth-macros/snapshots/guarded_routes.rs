fn routes() -> Vec<Route> {
    {
        #[allow(clippy::absolute_paths)]
        let routes: ::std::vec::Vec<::auth_core::__private::rocket::Route> = ::std::vec![
            < ::auth_core::__private::GuardedRoutes as ::auth_core::__private::Takes < _
            >> ::route(index {}), < ::auth_core::__private::GuardedRoutes as
            ::auth_core::__private::Takes < _ >> ::route(admin::stats {})
        ];
        routes
    }
}
