use proc_macro2::TokenStream;
use syn::Path;

use super::list;
use crate::diagnostics::Diagnostics;

/// The handlers named in `guarded_routes![…]`; what is not a path is reported and left out.
pub(crate) fn routes(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Path> {
    let mut paths = Vec::new();
    for part in list::split(tokens) {
        match syn::parse2::<Path>(part.clone()) {
            Ok(path) => paths.push(path),
            Err(_) => diagnostics.error(
                part,
                "expected the path of a handler: write `guarded_routes![stats, admin::delete]`",
            ),
        }
    }
    paths
}
