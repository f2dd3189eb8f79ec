//! Limits on mails, per address and per source: every request counts, whether a mail is sent or
//! not.

use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock, DefaultClock};

use super::failure_limit::FailureLimit;
use super::throttle::{AccountKey, Source, Throttled, network};
use crate::config::ThrottleConfig;

/// Counts requests for mails. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct MailLimits(Arc<Mutex<Limits<DefaultClock>>>);

#[derive(Debug)]
struct Limits<C: Clock> {
    address: Option<FailureLimit<AccountKey, C>>,
    source: Option<FailureLimit<Source, C>>,
}

impl MailLimits {
    pub(super) fn new(config: ThrottleConfig) -> MailLimits {
        MailLimits(Arc::new(Mutex::new(Limits::new(config, &DefaultClock::default()))))
    }

    /// Whether a request for a mail to `address` would pass. Counts nothing.
    pub(super) fn check(&self, address: &str, source: Source) -> Result<(), Throttled> {
        let limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        limits.check(&AccountKey::of_email(address), source.map(network))
    }

    /// Counts a request for a mail to `address`, unless there were too many.
    pub(super) fn charge(&self, address: &str, source: Source) -> Result<(), Throttled> {
        // Held, so that of requests at once no more pass than of requests in a row.
        let limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        limits.charge(address, source)
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn new(config: ThrottleConfig, clock: &C) -> Limits<C> {
        Limits {
            address: FailureLimit::per_hour(config.mails_per_address, clock),
            source: FailureLimit::per_hour(config.mails_per_source, clock),
        }
    }

    fn check(&self, address: &AccountKey, source: Source) -> Result<(), Throttled> {
        let waits = [
            self.address.as_ref().and_then(|limit| limit.wait(address)),
            self.source.as_ref().and_then(|limit| limit.wait(&source)),
        ];
        match waits.into_iter().flatten().max() {
            Some(retry_after) => Err(Throttled { retry_after }),
            None => Ok(()),
        }
    }

    fn charge(&self, address: &str, source: Source) -> Result<(), Throttled> {
        let (address, source) = (AccountKey::of_email(address), source.map(network));
        self.check(&address, source)?;
        if let Some(limit) = &self.address {
            limit.charge(&address);
        }
        if let Some(limit) = &self.source {
            limit.charge(&source);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limits(mails_per_address: u32, mails_per_source: u32) -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let config = ThrottleConfig {
            mails_per_address,
            mails_per_source,
            ..ThrottleConfig::default()
        };
        (Limits::new(config, &clock), clock)
    }

    fn source(last: u8) -> Source {
        Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    #[test]
    fn an_address_gets_three_mails_an_hour_from_wherever_they_are_asked_for() {
        let (limits, clock) = limits(3, 0);
        for last in 1..=3 {
            assert_eq!(limits.charge("ann@example.com", source(last)), Ok(()));
        }
        let refused = limits.charge("ann@example.com", source(4)).expect_err("the fourth");
        assert_eq!(refused.retry_after, Duration::from_secs(20 * 60));
        assert_eq!(limits.charge("bo@example.com", source(4)), Ok(()));
        clock.advance(Duration::from_secs(20 * 60));
        assert_eq!(limits.charge("ann@example.com", source(4)), Ok(()));
        assert!(limits.charge("ann@example.com", source(4)).is_err());
    }

    #[test]
    fn a_source_asks_for_so_many_and_a_refused_request_costs_nothing() {
        let (limits, _) = limits(1, 2);
        assert_eq!(limits.charge("a@x", source(1)), Ok(()));
        assert!(limits.charge("a@x", source(1)).is_err());
        assert_eq!(limits.charge("b@x", source(1)), Ok(()));
        assert!(limits.charge("c@x", source(1)).is_err());
        assert_eq!(limits.charge("c@x", source(2)), Ok(()));
    }

    #[test]
    fn zero_turns_a_limit_off() {
        let (limits, _) = limits(0, 0);
        for _ in 0..100 {
            assert_eq!(limits.charge("a@x", source(1)), Ok(()));
        }
    }
}
