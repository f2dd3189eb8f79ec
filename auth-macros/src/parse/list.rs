use proc_macro2::{TokenStream, TokenTree};

/// The parts of a comma-separated list.
///
/// Each part is parsed on its own, so that a mistake in one does not hide the mistakes in the
/// others. A trailing comma is fine; a comma with nothing before it becomes a part, for its parser
/// to point at.
pub(crate) fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    for tree in tokens {
        match &tree {
            TokenTree::Punct(comma) if comma.as_char() == ',' && !part.is_empty() => {
                parts.push(std::mem::take(&mut part));
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(tree.into()),
            _ => part.extend([tree]),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// What to say about a part that [`is_comma`].
pub(crate) const STRAY_COMMA: &str = "nothing stands before this comma: remove it";

/// Whether a part is a comma with nothing before it.
pub(crate) fn is_comma(part: &TokenStream) -> bool {
    let mut trees = part.clone().into_iter();
    matches!((trees.next(), trees.next()), (Some(TokenTree::Punct(comma)), None) if comma.as_char() == ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let tokens = text.parse().unwrap_or_default();
        split(tokens).iter().map(TokenStream::to_string).collect()
    }

    #[test]
    fn a_list_is_split_at_its_own_commas_only() {
        assert_eq!(parts("a, any(b, c), d"), ["a", "any (b , c)", "d"]);
    }

    #[test]
    fn a_trailing_comma_adds_no_part() {
        assert_eq!(parts("a,"), ["a"]);
        assert_eq!(parts(""), [""; 0]);
    }

    #[test]
    fn a_comma_with_nothing_before_it_is_a_part() {
        assert_eq!(parts("a,,b"), ["a", ",", "b"]);
        assert_eq!(parts(","), [","]);
    }
}
