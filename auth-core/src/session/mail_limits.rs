//! Limits on mails, per address, per source, and per user who is signed in: every request counts,
//! whether a mail is sent or not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

use super::failure_limit::FailureLimit;
use super::throttle::{AccountKey, Source, Throttled, network};
use crate::config::ThrottleConfig;
use crate::ids::UserId;

/// Counts requests for mails. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct MailLimits(Arc<Mutex<Limits<DefaultClock>>>);

#[derive(Debug)]
struct Limits<C: Clock> {
    address: Option<FailureLimit<AccountKey, C>>,
    source: Option<FailureLimit<Source, C>>,
    /// A signed-in user is a source of mails too, from wherever the requests come.
    user: Option<FailureLimit<AccountKey, C>>,
}

/// What a request for a mail counts for.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) source: Source,
    /// The user who is signed in, where one has to be.
    pub(super) user: Option<&'a UserId>,
}

impl MailLimits {
    pub(super) fn new(config: ThrottleConfig) -> MailLimits {
        MailLimits(Arc::new(Mutex::new(Limits::new(config, &DefaultClock::default()))))
    }

    /// Whether a request for a mail to `address` would pass. Counts nothing.
    pub(super) fn check(&self, address: &str, asker: Asker<'_>) -> Result<(), Throttled> {
        self.limits().check(address, asker)
    }

    /// Counts a request for a mail to `address`, unless there were too many.
    pub(super) fn charge(&self, address: &str, asker: Asker<'_>) -> Result<(), Throttled> {
        self.limits().charge(address, asker)
    }

    /// Counts a change that a notice tells the user of, unless there were too many.
    pub(super) fn charge_notice(&self, user: &UserId) -> Result<(), Throttled> {
        self.limits().charge_notice(user)
    }

    /// Counts a notice of what is never refused.
    pub(super) fn count_notice(&self, user: &UserId) {
        let _: Result<(), Throttled> = self.charge_notice(user);
    }

    /// Held by each charge, so that of requests at once no more pass than of requests in a row.
    fn limits(&self) -> MutexGuard<'_, Limits<DefaultClock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn new(config: ThrottleConfig, clock: &C) -> Limits<C> {
        Limits {
            address: FailureLimit::per_hour(config.mails_per_address, clock),
            source: FailureLimit::per_hour(config.mails_per_source, clock),
            user: FailureLimit::per_hour(config.mails_per_source, clock),
        }
    }

    fn check(&self, address: &str, asker: Asker<'_>) -> Result<(), Throttled> {
        let (address, source) = (AccountKey::of_email(address), asker.source.map(network));
        let waits = [
            self.address.as_ref().and_then(|limit| limit.wait(&address)),
            self.source.as_ref().and_then(|limit| limit.wait(&source)),
            asker.user.and_then(|user| self.wait_of_user(user)),
        ];
        match waits.into_iter().flatten().max() {
            Some(retry_after) => Err(Throttled { retry_after }),
            None => Ok(()),
        }
    }

    fn charge(&self, address: &str, asker: Asker<'_>) -> Result<(), Throttled> {
        self.check(address, asker)?;
        if let Some(limit) = &self.address {
            limit.charge(&AccountKey::of_email(address));
        }
        if let Some(limit) = &self.source {
            limit.charge(&asker.source.map(network));
        }
        if let (Some(limit), Some(user)) = (&self.user, asker.user) {
            limit.charge(&AccountKey::of_user(user));
        }
        Ok(())
    }

    /// Neither for the address nor for the source: what others ask for must not keep a user from
    /// changing a factor.
    fn charge_notice(&self, user: &UserId) -> Result<(), Throttled> {
        if let Some(retry_after) = self.wait_of_user(user) {
            return Err(Throttled { retry_after });
        }
        if let Some(limit) = &self.user {
            limit.charge(&AccountKey::of_user(user));
        }
        Ok(())
    }

    fn wait_of_user(&self, user: &UserId) -> Option<Duration> {
        self.user.as_ref()?.wait(&AccountKey::of_user(user))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

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

    fn source(last: u8) -> Asker<'static> {
        Asker {
            source: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))),
            user: None,
        }
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
    fn a_user_causes_as_many_as_a_source_from_wherever_the_requests_come() {
        let (limits, clock) = limits(9, 2);
        let [ann, bo] = ["1", "2"].map(|id| UserId::new(id).expect("an id"));
        let by = |user, last| Asker {
            user: Some(user),
            ..source(last)
        };
        assert_eq!(limits.charge_notice(&ann), Ok(()));
        assert_eq!(limits.charge("a@x", by(&ann, 1)), Ok(()));
        let refused = limits.charge_notice(&ann).expect_err("the third");
        assert_eq!(refused.retry_after, Duration::from_secs(30 * 60));
        assert!(limits.charge("a@x", by(&ann, 2)).is_err());
        // The source and the address are free for others, and so is another user.
        assert_eq!(limits.charge("a@x", by(&bo, 1)), Ok(()));
        clock.advance(Duration::from_secs(30 * 60));
        assert_eq!(limits.charge_notice(&ann), Ok(()));
        // Others have used up the limit of the source.
        assert!(limits.charge("a@x", source(1)).is_ok());
        assert!(limits.charge("a@x", source(1)).is_err());
        clock.advance(Duration::from_secs(30 * 60));
        assert_eq!(limits.charge_notice(&ann), Ok(()));
    }

    #[test]
    fn zero_turns_a_limit_off() {
        let (limits, _) = limits(0, 0);
        for _ in 0..100 {
            assert_eq!(limits.charge("a@x", source(1)), Ok(()));
            assert_eq!(limits.charge_notice(&UserId::new("1").expect("an id")), Ok(()));
        }
    }
}
