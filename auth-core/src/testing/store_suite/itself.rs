//! The store itself.

use super::Harness;
use super::arrange::sign_in;

/// For `/health`.
pub async fn a_store_answers_when_it_is_asked_whether_it_does(harness: &dyn Harness) {
    harness.store().ping().await.expect("the store answers");
}

/// A query by time uses the store's own time.
pub async fn the_time_is_the_one_that_sessions_are_made_at(harness: &dyn Harness) {
    let time = || async { harness.store().now().await.expect("the store answers") };
    let before = time().await;
    let ann = sign_in(harness).await;
    assert!((before..=time().await).contains(&ann.session.created_at));
}
