//! Limits on failed sign-ins (GCRA), per account and per source.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use governor::clock::{Clock, DefaultClock};

use super::failure_limit::FailureLimit;
use crate::config::ThrottleConfig;
use crate::ids::UserId;

/// How much wider the limit for an account from all sources is than from one source. A stranger who
/// fails on purpose should not easily lock a user out.
const ACCOUNT_ALONE_FACTOR: u32 = 10;

/// The source of a request for the limits: an IPv4 address, or the /64 of an IPv6 address. One
/// customer has a whole /64 and can change addresses within it at will. `None` for clients without
/// an address, such as Rocket's local client.
pub type Source = Option<IpAddr>;

/// Counts failed sign-ins. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle(Arc<Limits<DefaultClock>>);

/// Too many failures; the next attempt is checked only after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The time to wait.
    pub retry_after: Duration,
}

impl Throttle {
    /// Limits as configured.
    pub fn new(config: ThrottleConfig) -> Throttle {
        Throttle(Arc::new(Limits::new(config, &DefaultClock::default())))
    }

    /// Whether an attempt may be checked. Charges nothing.
    ///
    /// # Errors
    ///
    /// [`Throttled`] with the longest of the waits.
    pub fn check(&self, account: &str, source: Source) -> Result<(), Throttled> {
        self.0.check(&AccountKey::of_email(account), source)
    }

    /// Whether an attempt for this user may be checked, under any of the user's e-mails. Charges
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Throttled`] with the longest of the waits.
    pub fn check_user(&self, user: &UserId, source: Source) -> Result<(), Throttled> {
        self.0.check(&AccountKey::of_user(user), source)
    }

    /// Counts a failure for the e-mail as typed, and for the user whom the application found by it.
    /// An application may know one user by many spellings.
    pub fn failed(&self, account: &str, user: Option<&UserId>, source: Source) {
        let keys = std::iter::once(AccountKey::of_email(account)).chain(user.map(AccountKey::of_user));
        self.0.failed(keys, source);
    }
}

#[derive(Debug)]
struct Limits<C: Clock> {
    account_and_source: Option<FailureLimit<(AccountKey, Source), C>>,
    account: Option<FailureLimit<AccountKey, C>>,
    source: Option<FailureLimit<Source, C>>,
}

impl<C: Clock + Clone> Limits<C> {
    fn new(config: ThrottleConfig, clock: &C) -> Limits<C> {
        Limits {
            account_and_source: FailureLimit::per_minute(config.account_per_minute, clock),
            account: FailureLimit::per_minute(config.account_per_minute.saturating_mul(ACCOUNT_ALONE_FACTOR), clock),
            source: FailureLimit::per_minute(config.source_per_minute, clock),
        }
    }

    fn check(&self, account: &AccountKey, source: Source) -> Result<(), Throttled> {
        let (account, source) = (*account, source.map(network));
        let waits = [
            self.account_and_source
                .as_ref()
                .and_then(|limit| limit.wait(&(account, source))),
            self.account.as_ref().and_then(|limit| limit.wait(&account)),
            self.source.as_ref().and_then(|limit| limit.wait(&source)),
        ];
        match waits.into_iter().flatten().max() {
            None => Ok(()),
            Some(retry_after) => Err(Throttled { retry_after }),
        }
    }

    fn failed(&self, accounts: impl IntoIterator<Item = AccountKey>, source: Source) {
        let source = source.map(network);
        for account in accounts {
            if let Some(limit) = &self.account_and_source {
                limit.charge(&(account, source));
            }
            if let Some(limit) = &self.account {
                limit.charge(&account);
            }
        }
        if let Some(limit) = &self.source {
            limit.charge(&source);
        }
    }
}

/// The throttle's key for an account: of a fixed size for an e-mail of any length, and without the
/// e-mail itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AccountKey([u8; 16]);

impl AccountKey {
    pub(super) fn of_email(email: &str) -> AccountKey {
        AccountKey::of(&["email", email])
    }

    pub(super) fn of_user(user: &UserId) -> AccountKey {
        AccountKey::of(&["user", user.as_str()])
    }

    fn of(parts: &[&str]) -> AccountKey {
        let mut key = [0; 16];
        key.copy_from_slice(&digest(&SHA256, parts.join(":").as_bytes()).as_ref()[..16]);
        AccountKey(key)
    }
}

pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use governor::clock::FakeRelativeClock;

    use super::super::failure_limit::{MAX_KEYS, MIN_SWEEP};
    use super::*;

    const HOME: Source = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const AWAY: Source = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));
    const SECOND: Duration = Duration::from_secs(1);

    impl<C: Clock + Clone> Limits<C> {
        fn ask(&self, email: &str, source: Source) -> Result<(), Throttled> {
            self.check(&AccountKey::of_email(email), source)
        }

        fn fail(&self, email: &str, source: Source) {
            self.failed([AccountKey::of_email(email)], source);
        }
    }

    fn limits(account_per_minute: u32, source_per_minute: u32) -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let config = ThrottleConfig {
            account_per_minute,
            source_per_minute,
            ..ThrottleConfig::default()
        };
        (Limits::new(config, &clock), clock)
    }

    #[test]
    fn asking_costs_nothing_and_the_burst_equals_the_figure() {
        let (limits, _) = limits(3, 0);
        for _ in 0..100 {
            assert_eq!(limits.ask("ann", HOME), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(limits.ask("ann", HOME), Ok(()));
            limits.fail("ann", HOME);
        }
        assert!(limits.ask("ann", HOME).is_err());
        assert_eq!(limits.ask("bob", HOME), Ok(()), "another account");
    }

    #[test]
    fn the_wait_is_exact_and_one_attempt_comes_back_at_its_end() {
        let (limits, clock) = limits(10, 0);
        (0..10).for_each(|_| limits.fail("ann", HOME));
        let throttled = |seconds| {
            Err(Throttled {
                retry_after: SECOND * seconds,
            })
        };
        assert_eq!(limits.ask("ann", HOME), throttled(6));
        clock.advance(SECOND * 2);
        assert_eq!(limits.ask("ann", HOME), throttled(4));
        clock.advance(SECOND * 4 - Duration::from_nanos(1));
        assert!(limits.ask("ann", HOME).is_err());
        clock.advance(Duration::from_nanos(1));
        assert_eq!(limits.ask("ann", HOME), Ok(()));
        limits.fail("ann", HOME);
        assert_eq!(limits.ask("ann", HOME), throttled(6));
        // A minute without failures, and nothing is left of them.
        clock.advance(SECOND * 60);
        for _ in 0..10 {
            assert_eq!(limits.ask("ann", HOME), Ok(()));
            limits.fail("ann", HOME);
        }
        assert!(limits.ask("ann", HOME).is_err());
    }

    #[test]
    fn the_longest_of_the_waits_is_told() {
        let (limits, _) = limits(10, 2);
        (0..2).for_each(|_| limits.fail("ann", HOME));
        assert_eq!(
            limits.ask("ann", HOME),
            Err(Throttled {
                retry_after: SECOND * 30
            }),
            "the source's, not the account's"
        );
    }

    #[test]
    fn a_stranger_does_not_easily_lock_a_person_out() {
        let (limits, _) = limits(3, 0);
        (0..10).for_each(|_| limits.fail("ann", AWAY));
        assert!(limits.ask("ann", AWAY).is_err());
        assert_eq!(limits.ask("ann", HOME), Ok(()));
        // From many sources together the wider bucket fills: 30 failures for the account alone, 10
        // of which are there.
        for host in 3..22 {
            limits.fail("ann", Some(IpAddr::from([192, 0, 2, host])));
        }
        assert_eq!(limits.ask("ann", HOME), Ok(()), "29 failures");
        limits.fail("ann", Some(IpAddr::from([192, 0, 2, 22])));
        assert!(limits.ask("ann", HOME).is_err(), "30 failures");
    }

    #[test]
    fn a_source_is_limited_over_all_accounts_and_zero_turns_a_limit_off() {
        let (by_source, _) = limits(0, 5);
        (0..5).for_each(|n| by_source.fail(&format!("user{n}"), HOME));
        assert!(by_source.ask("somebody", HOME).is_err());
        assert_eq!(by_source.ask("somebody", AWAY), Ok(()));

        let (off, _) = limits(0, 0);
        (0..1000).for_each(|_| off.fail("ann", HOME));
        assert_eq!(off.ask("ann", HOME), Ok(()));
    }

    #[test]
    fn an_ipv6_customer_is_one_source() {
        let (limits, _) = limits(0, 1);
        limits.fail("ann", "2001:db8::1".parse().ok());
        assert!(limits.ask("ann", "2001:db8::ffff".parse().ok()).is_err());
        assert_eq!(limits.ask("ann", "2001:db8:0:1::1".parse().ok()), Ok(()));
        assert!(limits.ask("ann", "::ffff:192.0.2.1".parse().ok()).is_ok());
    }

    #[test]
    fn an_ipv4_address_is_itself_in_ipv6_clothes() {
        let (limits, _) = limits(0, 1);
        limits.fail("ann", HOME);
        assert!(limits.ask("ann", "::ffff:192.0.2.1".parse().ok()).is_err());
        assert_eq!(limits.ask("ann", "::ffff:192.0.2.2".parse().ok()), Ok(()));
    }

    fn remembered<K: Hash + Eq + Clone>(limit: &Option<FailureLimit<K, FakeRelativeClock>>) -> usize {
        let limit = limit.as_ref().expect("it is on");
        limit.states.map.lock().expect("no panic while it is held").states.len()
    }

    // security: Limits: Maps of limiters are bounded and swept
    #[test]
    fn a_million_accounts_from_a_million_sources_take_bounded_memory_and_let_nobody_off() {
        let (limits, clock) = limits(10, 60);
        (0..10).for_each(|_| limits.fail("ann", HOME));
        for number in 0..1_000_000_u32 {
            // All of it within ten seconds, in which nothing is forgotten for its age.
            clock.advance(Duration::from_micros(10));
            limits.fail(
                &number.to_string(),
                Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes())),
            );
        }
        for remembered in [
            remembered(&limits.account_and_source),
            remembered(&limits.account),
            remembered(&limits.source),
        ] {
            assert!((MAX_KEYS / 2..=MAX_KEYS).contains(&remembered), "{remembered}");
        }
        clock.advance(Duration::from_micros(1));
        assert_eq!(limits.ask("ann", AWAY), Ok(()));
        assert!(limits.ask("999999", HOME).is_ok());
        assert_eq!(
            limits.ask("ann", HOME),
            Ok(()),
            "ten seconds later one attempt has come back"
        );
        limits.fail("ann", HOME);
        assert!(limits.ask("ann", HOME).is_err(), "nine failures are remembered");
    }

    // security: Limits: Maps of limiters are bounded and swept
    #[test]
    fn what_is_forgotten_is_swept() {
        let (limits, clock) = limits(10, 60);
        for round in 0..20 {
            for number in 0..1000 {
                limits.fail(&format!("{round} {number}"), Some(IpAddr::from([10, round, 0, 1])));
            }
            // A single failure matters for six seconds.
            clock.advance(SECOND * 6);
        }
        for remembered in [remembered(&limits.account), remembered(&limits.account_and_source)] {
            assert!(remembered <= 2 * MIN_SWEEP, "{remembered} of 20000");
        }
    }

    #[test]
    fn a_user_is_one_account_under_every_email() {
        let (limits, _) = limits(3, 0);
        let olga = UserId::new("42").expect("an id");
        let keys = |email: &str| [AccountKey::of_email(email), AccountKey::of_user(&olga)];
        (0..3).for_each(|n| limits.failed(keys(&format!("olga+{n}@example.org")), HOME));
        assert!(limits.check(&AccountKey::of_user(&olga), HOME).is_err());
        assert_eq!(limits.check(&AccountKey::of_user(&olga), AWAY), Ok(()));
        assert_eq!(limits.ask("olga+9@example.org", HOME), Ok(()));
        assert_eq!(limits.ask("42", HOME), Ok(()), "an id is no e-mail");
    }
}
