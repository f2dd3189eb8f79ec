/// The name a role has in tokens and JSON: its variant in `snake_case`.
///
/// A word begins at a capital after a small letter or digit, and at the last capital of a row of them:
/// `HTTPAdmin` is `http_admin`.
pub(crate) fn snake_case(variant: &str) -> String {
    let letters: Vec<char> = variant.chars().collect();
    let mut name = String::with_capacity(variant.len() + 4);
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                *before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn a_role_is_named_by_its_variant_in_snake_case() {
        let cases = [
            ("Admin", "admin"),
            ("ReportEditor", "report_editor"),
            ("HTTPAdmin", "http_admin"),
            ("AdminHTTP", "admin_http"),
            ("OAuth", "o_auth"),
            ("Level2Admin", "level2_admin"),
            ("A", "a"),
            ("AB", "ab"),
            ("Already_Split", "already_split"),
            ("Überprüfer", "überprüfer"),
        ];
        for (variant, name) in cases {
            assert_eq!(snake_case(variant), name, "of {variant}");
        }
    }
}
