//! The guide: one page for each task, in reading order. Each takes about five minutes.
//!
//! Start with the [quickstart]. The repository has the same pages in `docs/guide`, beside the
//! reference pages and design notes.

macro_rules! pages {
    ($($module:ident $name:literal)*) => {
        $(
            #[doc = auth_macros::guide_page!($name)]
            pub mod $module {}
        )*
    };
}

pages! {
    quickstart "quickstart"
    roles_and_rules "roles-and-rules"
    policies "policies"
    organisations "organisations"
    testing "testing"
    sessions "sessions"
    browsers_and_apps "browsers-and-apps"
    http_api "http-api"
    accounts "accounts"
    second_factor "second-factor"
    configuration "configuration"
    deployment "deployment"
    postgresql "postgresql"
    services_and_containers "services-and-containers"
    back_up "back-up"
    observability "observability"
    other_services "other-services"
    coming_from_elsewhere "coming-from-elsewhere"
}
