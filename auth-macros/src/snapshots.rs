//! What the macros write, as a person would: each expansion is kept in `snapshots/`, and a change
//! of one shows in review.
//!
//! After a change: `BLESS=1 cargo test -p auth-macros --lib snapshots`, then read the difference.

use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use crate::driver;
use crate::parse::Word;

fn support() -> TokenStream {
    quote!(::auth_core::__private)
}

fn decision(word: Word, arguments: TokenStream, item: TokenStream) -> TokenStream {
    driver::decision(&support(), word, arguments, item)
}

/// The item as the two attributes of ours that it may carry leave it: `#[outside_impl { … }]` with
/// its arguments in its place, `#[after_route { … }]` with its arguments after it.
fn expanded(mut item: syn::Item) -> Vec<syn::Item> {
    match &mut item {
        syn::Item::Struct(marker) => match take(&mut marker.attrs, "outside_impl") {
            Some(items) => items.into_iter().flat_map(expanded).collect(),
            None => vec![item],
        },
        syn::Item::Fn(function) => {
            let added = take(&mut function.attrs, "after_route");
            std::iter::once(item).chain(added.into_iter().flatten()).collect()
        }
        _ => vec![item],
    }
}

/// The items in the arguments of the attribute of this name, which is taken away.
fn take(attributes: &mut Vec<syn::Attribute>, name: &str) -> Option<Vec<syn::Item>> {
    let is_it = |attribute: &syn::Attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident == name)
    };
    let attribute = attributes.remove(attributes.iter().position(is_it)?);
    let list = attribute.meta.require_list().expect("it has arguments");
    let file: syn::File = syn::parse2(list.tokens.clone()).expect("its arguments are items");
    Some(file.items)
}

/// Holds items against `snapshots/<name>.rs`.
#[track_caller]
fn matches(name: &str, items: TokenStream) {
    let mut file: syn::File = syn::parse2(items).expect("the macro writes items");
    file.items = file.items.into_iter().flat_map(expanded).collect();
    let text = prettyplease::unparse(&file);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(format!("{name}.rs"));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &text).expect("the snapshot is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "snapshots/{name}.rs is stale: see src/snapshots.rs");
}

#[test]
fn a_handler_with_a_list() {
    let item = quote! {
        #[get("/stats?<page>")]
        pub async fn stats(page: u32, user: &User<AppRole>) -> Json<Stats> {
            load(page, user).await
        }
    };
    let arguments = quote!(AppRole::Admin, AppRole::Editor);
    matches("handler_with_list", decision(Word::RequireRole, arguments, item));
}

#[test]
fn a_handler_with_a_policy_and_an_option() {
    let item = quote! {
        #[get("/reports/<id>/<path..>")]
        fn report(id: i32, path: PathBuf) -> String {
            render(id, path)
        }
    };
    let arguments = quote!(any(AppRole::Admin, owns_report(id, path)), mfa, fresh = "5m");
    matches("handler_with_policy", decision(Word::RequireRole, arguments, item));
}

#[test]
fn a_handler_with_a_proof_and_a_plain_scope() {
    let item = quote! {
        #[delete("/orgs/<org>/teams/<team>")]
        async fn remove(org: Within<OrgRole>, team: TeamId) -> Status {
            teams().remove(&org, team).await
        }
    };
    let arguments = quote!(any(
        AppRole::Admin,
        all(OrgRole::Member in org, not(OrgRole::Owner in org), TeamRole::Lead in team)
    ));
    matches("handler_with_scopes", decision(Word::RequireRole, arguments, item));
}

#[test]
fn an_enum_of_roles_within_a_scope() {
    let item = quote! {
        #[role(within = OrgId)]
        enum OrgRole {
            #[role(includes(Member))]
            Owner,
            Member,
        }
    };
    matches("scoped_role_enum", driver::role(&support(), item));
}

#[test]
fn a_handler_with_roles_that_all_must_hold() {
    let item = quote! {
        #[get("/layout")]
        fn layout() {}
    };
    let arguments = quote!(all(AppRole::Editor, not(AppRole::Viewer)));
    matches("handler_with_all", decision(Word::RequireRole, arguments, item));
}

#[test]
fn a_guard_struct_with_a_lifetime() {
    let item = quote! {
        struct Editor<'r>(&'r User<AppRole>);
    };
    matches(
        "guard_struct",
        decision(Word::RequireRole, quote!(AppRole::Editor), item),
    );
}

#[test]
fn a_handler_that_a_guard_decides() {
    let item = quote! {
        #[get("/builds")]
        fn builds(robot: Robot<'_>) {}
    };
    matches("guarded_by", decision(Word::GuardedBy, quote!(Robot<'_>), item));
}

#[test]
fn a_public_handler() {
    let item = quote! {
        #[get("/health")]
        fn health() -> &'static str {
            "ok"
        }
    };
    matches("public", decision(Word::Public, quote!("health check"), item));
}

#[test]
fn an_enum_of_roles() {
    let item = quote! {
        enum AppRole {
            #[role(includes(Editor))]
            Admin,
            Editor,
        }
    };
    matches("role_enum", driver::role(&support(), item));
}

#[test]
fn a_list_of_routes() {
    let routes = driver::guarded_routes(&support(), quote!(index, admin::stats,));
    matches("guarded_routes", quote!(fn routes() -> Vec<Route> #routes));
}
