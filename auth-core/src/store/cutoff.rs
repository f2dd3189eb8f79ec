//! When a cut-off is.

use crate::clock::Timestamp;

/// The time to which a cut-off is set at `now`, where the one before was at `previous`.
///
/// Access tokens count in seconds and are stale when issued before the cut-off rounded up, hence
/// - never a whole second: what was issued in this very millisecond must be stale, too;
/// - always a later second than the one before, rounded up: tokens issued since the one before carry that second. So it
///   does not move back either when the clock does.
///
/// On PostgreSQL the function `auth_cut_off_after` says the same, on Redis `cut_off.lua`.
pub(in crate::store) fn cut_off_after(now: Timestamp, previous: Option<Timestamp>) -> Timestamp {
    let now = now.millis();
    let inside_a_second = if now % 1000 == 0 { now.saturating_add(1) } else { now };
    let after_previous = previous.map_or(i64::MIN, |previous| {
        Timestamp::from_secs(previous.secs_up()).millis().saturating_add(1)
    });
    Timestamp::from_millis(inside_a_second.max(after_previous))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_inside_a_second_and_after_the_second_of_the_one_before() {
        for (now, previous, at) in [
            (5_000, None, 5_001),
            (5_001, None, 5_001),
            (5_999, Some(4_001), 5_999),
            (5_999, Some(5_001), 6_001),
            (5_999, Some(6_001), 7_001),
            (2_000, Some(5_500), 6_001),
        ] {
            let set_to = cut_off_after(Timestamp::from_millis(now), previous.map(Timestamp::from_millis));
            assert_eq!(set_to.millis(), at, "{now}, {previous:?}");
        }
    }
}
