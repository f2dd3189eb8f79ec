//! Limits on failed sign-ins (GCRA), per account and per source.
//!
//! Only failures count, so a limiter must be asked without being charged. `governor` keeps its state in a store that the
//! caller may bring: two limiters share one map here, and the one that asks throws away what it computed.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::config::ThrottleConfig;

/// The most keys one limiter remembers; at this many, those whose failures no longer matter go, then all.
const MAX_KEYS: usize = 100_000;

/// How much wider the limit for an account from anywhere is than from one source: a stranger who fails on purpose should
/// not easily lock a person out.
const ACCOUNT_ALONE_FACTOR: u32 = 10;

/// Where a request comes from, as far as limits are concerned: an IPv4 address, or the /64 of an IPv6 address, which is what
/// one customer has. `None` for clients without an address, such as Rocket's local client.
pub type Source = Option<IpAddr>;

/// Counts failed sign-ins. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttle(Arc<Limits>);

#[derive(Debug)]
struct Limits {
    account_and_source: Option<FailureLimit<(String, Source)>>,
    account: Option<FailureLimit<String>>,
    source: Option<FailureLimit<Source>>,
}

/// Too many failures; the next attempt is looked at after this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// How long to wait.
    pub retry_after: Duration,
}

impl Throttle {
    /// Limits as configured.
    pub fn new(config: ThrottleConfig) -> Throttle {
        Throttle(Arc::new(Limits {
            account_and_source: FailureLimit::per_minute(config.account_per_minute),
            account: FailureLimit::per_minute(config.account_per_minute.saturating_mul(ACCOUNT_ALONE_FACTOR)),
            source: FailureLimit::per_minute(config.source_per_minute),
        }))
    }

    /// Whether an attempt may be looked at. Charges nothing.
    ///
    /// # Errors
    ///
    /// [`Throttled`] with the longest of the waits.
    pub fn check(&self, account: &str, source: Source) -> Result<(), Throttled> {
        let source = source.map(network);
        let waits = [
            self.0
                .account_and_source
                .as_ref()
                .and_then(|limit| limit.wait(&(account.to_owned(), source))),
            self.0
                .account
                .as_ref()
                .and_then(|limit| limit.wait(&account.to_owned())),
            self.0.source.as_ref().and_then(|limit| limit.wait(&source)),
        ];
        match waits.into_iter().flatten().max() {
            None => Ok(()),
            Some(retry_after) => Err(Throttled { retry_after }),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, account: &str, source: Source) {
        let source = source.map(network);
        if let Some(limit) = &self.0.account_and_source {
            limit.charge(&(account.to_owned(), source));
        }
        if let Some(limit) = &self.0.account {
            limit.charge(&account.to_owned());
        }
        if let Some(limit) = &self.0.source {
            limit.charge(&source);
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// One limit: `charge` counts, `wait` only asks.
#[derive(Debug)]
struct FailureLimit<K: Hash + Eq + Clone> {
    charging: RateLimiter<K, Charging<K>, DefaultClock>,
    asking: RateLimiter<K, Asking<K>, DefaultClock>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> FailureLimit<K> {
    /// The burst equals the figure; `None` for 0, which turns the limit off.
    fn per_minute(figure: u32) -> Option<FailureLimit<K>> {
        let quota = Quota::per_minute(NonZeroU32::new(figure)?);
        let clock = DefaultClock::default();
        let states = States {
            map: Arc::default(),
            full_after: quota.burst_size_replenished_in(),
        };
        Some(FailureLimit {
            charging: RateLimiter::new(quota, Charging(states.clone()), clock.clone()),
            asking: RateLimiter::new(quota, Asking(states), clock.clone()),
            clock,
        })
    }

    fn wait(&self, key: &K) -> Option<Duration> {
        let refused: NotUntil<_> = self.asking.check_key(key).err()?;
        Some(refused.wait_time_from(self.clock.now()))
    }

    fn charge(&self, key: &K) {
        // A charge that is refused found the limit reached: nothing to add.
        let _: Result<(), NotUntil<_>> = self.charging.check_key(key);
    }
}

/// The state of every key: the time at which its failures are forgotten.
#[derive(Clone, Debug)]
struct States<K> {
    map: Arc<Mutex<HashMap<K, Nanos>>>,
    full_after: Duration,
}

impl<K: Hash + Eq + Clone> States<K> {
    fn get(&self, key: &K) -> Option<Nanos> {
        self.map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .copied()
    }
}

#[derive(Debug)]
struct Charging<K>(States<K>);

#[derive(Debug)]
struct Asking<K>(States<K>);

impl<K: Hash + Eq + Clone> StateStore for Charging<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut map = self.0.map.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, forgotten_at) = measure(map.get(key).copied())?;
        if map.len() >= MAX_KEYS && !map.contains_key(key) {
            // The new key's state lies at least one step after now, and no more than the whole burst after it.
            let now = forgotten_at.saturating_sub(self.0.full_after.into());
            map.retain(|_, state| *state > now);
            if map.len() >= MAX_KEYS {
                map.clear();
            }
        }
        map.insert(key.clone(), forgotten_at);
        Ok(answer)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Asking<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        measure(self.0.get(key)).map(|(answer, _)| answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Source = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const AWAY: Source = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    fn throttle(account_per_minute: u32, source_per_minute: u32) -> Throttle {
        Throttle::new(ThrottleConfig {
            account_per_minute,
            source_per_minute,
        })
    }

    #[test]
    fn asking_costs_nothing_and_the_burst_equals_the_figure() {
        let throttle = throttle(3, 0);
        for _ in 0..100 {
            assert_eq!(throttle.check("ann", HOME), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(throttle.check("ann", HOME), Ok(()));
            throttle.failed("ann", HOME);
        }
        let wait = throttle
            .check("ann", HOME)
            .expect_err("the burst is used up")
            .retry_after;
        assert!(
            wait > Duration::from_secs(10) && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
        assert_eq!(throttle.check("bob", HOME), Ok(()), "another account");
    }

    #[test]
    fn a_stranger_does_not_easily_lock_a_person_out() {
        let throttle = throttle(3, 0);
        (0..10).for_each(|_| throttle.failed("ann", AWAY));
        assert!(throttle.check("ann", AWAY).is_err());
        assert_eq!(throttle.check("ann", HOME), Ok(()));
        // From many sources together the wider bucket fills: 30 failures for the account alone.
        for host in 3..40 {
            throttle.failed("ann", Some(IpAddr::from([192, 0, 2, host])));
        }
        assert!(throttle.check("ann", HOME).is_err());
    }

    #[test]
    fn a_source_is_limited_over_all_accounts_and_zero_turns_a_limit_off() {
        let by_source = throttle(0, 5);
        (0..5).for_each(|n| by_source.failed(&format!("user{n}"), HOME));
        assert!(by_source.check("somebody", HOME).is_err());
        assert_eq!(by_source.check("somebody", AWAY), Ok(()));

        let off = throttle(0, 0);
        (0..1000).for_each(|_| off.failed("ann", HOME));
        assert_eq!(off.check("ann", HOME), Ok(()));
    }

    #[test]
    fn an_ipv6_customer_is_one_source() {
        let throttle = throttle(0, 1);
        throttle.failed("ann", "2001:db8::1".parse().ok());
        assert!(throttle.check("ann", "2001:db8::ffff".parse().ok()).is_err());
        assert_eq!(throttle.check("ann", "2001:db8:0:1::1".parse().ok()), Ok(()));
        assert!(throttle.check("ann", "::ffff:192.0.2.1".parse().ok()).is_ok());
    }
}
