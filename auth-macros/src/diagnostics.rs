//! Mistakes found while a macro runs: collected, then all reported in one compile.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes of one macro call.
///
/// Messages are lower case, put code in backticks, say what to write instead and end without a full
/// stop.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// Records a mistake and points at all of `tokens`.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(tokens, message));
    }

    /// Records a mistake at `span`, where there are no tokens to point at.
    pub(crate) fn error_at(&mut self, span: Span, message: impl Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// The value of `result`, or its error recorded.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    /// How many mistakes there are so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Forgets all but the first `count` mistakes, which one that is more to the point takes the
    /// place of.
    pub(crate) fn forget_from(&mut self, count: usize) {
        self.errors.truncate(count);
    }

    /// One `compile_error!` per mistake, in the order of the source; valid where an item and where
    /// a statement may stand.
    pub(crate) fn into_compile_errors(mut self) -> TokenStream {
        self.errors.sort_by_key(|error| {
            // The compiler's own span, which knows its place; it exists wherever a macro runs.
            let span = error.span().unwrap();
            (span.line(), span.column())
        });
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    /// The messages, for the unit tests of the parts that write them.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}
