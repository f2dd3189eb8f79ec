//! How old this program is at least: no clock can be right that says an earlier time.

use crate::clock::Timestamp;

/// When this version was made, 2026-11-01, in seconds since the epoch; raised with each release.
const RELEASED: i64 = 1_793_491_200;

/// No server can run before it was built: a clock with an earlier time is wrong, and every token
/// with its time would be.
///
/// A reproducible build must not read the clock. Its operators set `SOURCE_DATE_EPOCH` instead
/// (<https://reproducible-builds.org/specs/source-date-epoch/>); cargo rebuilds when it changes.
/// Without it, or with one that is earlier or no number, the time of the release counts.
pub(super) const EARLIEST: Timestamp = earliest(option_env!("SOURCE_DATE_EPOCH"));

const fn earliest(source_date_epoch: Option<&str>) -> Timestamp {
    // `str::parse` is not const yet.
    let built = match source_date_epoch {
        Some(text) => match i64::from_str_radix(text, 10) {
            Ok(secs) => secs,
            Err(_) => RELEASED,
        },
        None => RELEASED,
    };
    Timestamp::from_secs(if built > RELEASED { built } else { RELEASED })
}

#[cfg(test)]
mod tests {
    use super::*;

    // security: Launch: a clock before the build
    #[test]
    fn the_build_is_dated_by_source_date_epoch_but_never_before_the_release() {
        for (given, secs) in [
            (None, RELEASED),
            (Some(""), RELEASED),
            (Some("soon"), RELEASED),
            (Some("0"), RELEASED),
            (Some("-5"), RELEASED),
            (Some("99999999999999999999"), RELEASED),
            (Some("1900000000"), 1_900_000_000),
        ] {
            assert_eq!(earliest(given), Timestamp::from_secs(secs), "{given:?}");
        }
    }
}
