//! Whether a client wants a page or JSON.

use rocket::http::{Accept, MediaType};
use rocket::request::Request;

/// A longer `Accept` is not read: no client needs it, and parsing takes time.
const MAX_ACCEPT_BYTES: usize = 1024;

/// Whether the client prefers `text/html` to JSON (RFC 9110 §12.5.1): by weight, then by the more exact name, then by order.
pub(super) fn prefers_html(request: &Request<'_>) -> bool {
    let values: Vec<&str> = request.headers().get("Accept").collect();
    // Several headers are one list (RFC 9110 §5.3).
    let list = values.join(", ");
    list.len() <= MAX_ACCEPT_BYTES && list.parse().is_ok_and(|accept| is_for_html(&accept))
}

fn is_for_html(accept: &Accept) -> bool {
    let Some(html) = Liking::of(&MediaType::HTML, accept) else {
        return false;
    };
    let Some(json) = Liking::of(&MediaType::JSON, accept) else {
        return html.weight > 0.0;
    };
    if html.weight != json.weight {
        return html.weight > json.weight;
    }
    // What matches both equally, such as `*/*`, says nothing: the answer is JSON.
    html.weight > 0.0 && (html.exactness, json.position) > (json.exactness, html.position)
}

/// What a list says of one media type: by the most exact of the ranges that match it.
struct Liking {
    weight: f32,
    /// 0 for `*/*`, 1 for `text/*`, 2 for the type itself.
    exactness: u8,
    position: usize,
}

impl Liking {
    fn of(media: &MediaType, accept: &Accept) -> Option<Liking> {
        let likings = accept.iter().enumerate().filter_map(|(position, range)| {
            let exactness = match (range.top().as_str(), range.sub().as_str()) {
                ("*", "*") => 0,
                (top, "*") if media.top() == top => 1,
                (top, sub) if media.top() == top && media.sub() == sub => 2,
                _ => return None,
            };
            Some(Liking {
                weight: range.weight_or(1.0),
                exactness,
                position,
            })
        });
        // Of equally exact ranges the first.
        likings.reduce(|best, next| if next.exactness > best.exactness { next } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_preferred_by_weight_then_by_exactness_then_by_order() {
        for (accept, html) in [
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/html;level=1", true),
            ("text/html;charset=utf-8;q=0.1", true),
            ("text/vnd.turbo-stream.html, text/html, application/xhtml+xml", true),
            ("text/x-component, text/html", true),
            ("image/avif, image/webp, text/html;q=0.5", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                true,
            ),
            ("text/html, */*", true),
            ("*/*, text/html", true),
            ("text/html, application/json", true),
            ("application/json;q=0.9, text/html", true),
            ("text/*", true),
            ("text/*, application/*", true),
            ("text/html, application/json;q=0", true),
            ("application/json, text/html", false),
            ("text/html;q=0.5, application/json", false),
            ("text/html;q=0.5, */*", false),
            ("text/html;q=0", false),
            ("text/html;q=0, */*;q=0.1", false),
            ("text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", false),
            ("application/json, text/*", false),
            ("application/json, */*", false),
            ("*/*", false),
            ("application/*", false),
            ("image/png", false),
            ("text/plain", false),
            ("text/htmlx", false),
        ] {
            let list: Accept = accept.parse().expect("a list of ranges");
            assert_eq!(is_for_html(&list), html, "{accept}");
        }
    }
}
