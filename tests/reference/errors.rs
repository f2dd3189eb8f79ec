//! `errors.md`, from the one table of refusals.

use auth_core::AuthErrorKind;

use crate::page::Page;

#[test]
fn the_page_of_errors_is_the_table_of_refusals() {
    let mut page = Page::new("Errors");
    page.paragraph(
        "What the library refuses, by the field `error` of the body. [HTTP API](../guide/http-api.md) explains how a client \
         refreshes and repeats, and [Endpoints](endpoints.md) which endpoint answers with which code.",
    );
    page.table(
        ["code", "status", "sentence", "what a client should do"],
        AuthErrorKind::ALL.iter().map(|kind| {
            [
                format!("`{}`", kind.code()),
                kind.status().code.to_string(),
                kind.message().to_owned(),
                kind.advice().to_owned(),
            ]
        }),
    );
    page.paragraph(
        "Your application or Rocket may answer with a status of its own. Its code is `unauthorized`, `forbidden` or \
         `error`, or one of those above where the meaning is the same. Do as the status says.",
    );
    page.check("errors.md");
}
