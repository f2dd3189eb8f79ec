//! One limit on failures, and the bounded memory behind it.
//!
//! Only failures count, so a check must not charge the limiter. `governor` keeps its state in a
//! store that the caller may bring. Two limiters share one map here, and the one that only checks
//! discards its new state.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{NotUntil, Quota, RateLimiter};

/// The most keys one limiter remembers: about ten megabytes. A failure counts for a minute and
/// costs a hash. A machine with a hundred cores does not compute half as many in that time. A
/// request for a mail counts for an hour and costs no hash: above the most keys, those with the
/// fewest requests go first.
pub(super) const MAX_KEYS: usize = 100_000;

/// With fewer keys than this there is nothing to sweep.
pub(super) const MIN_SWEEP: usize = 1024;

/// One limit: `charge` counts, `wait` only reads.
#[derive(Debug)]
pub(super) struct FailureLimit<K: Hash + Eq + Clone, C: Clock> {
    charging: RateLimiter<K, ChargingStore<K>, C, NoOpMiddleware<C::Instant>>,
    asking: RateLimiter<K, AskingStore<K>, C, NoOpMiddleware<C::Instant>>,
    #[cfg(test)]
    pub(super) states: SharedStates<K>,
    clock: C,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> FailureLimit<K, C> {
    /// The burst equals the figure; `None` for 0, which turns the limit off.
    pub(super) fn per_minute(figure: u32, clock: &C) -> Option<FailureLimit<K, C>> {
        Some(FailureLimit::of(Quota::per_minute(NonZeroU32::new(figure)?), clock))
    }

    /// The same for an hour.
    pub(super) fn per_hour(figure: u32, clock: &C) -> Option<FailureLimit<K, C>> {
        Some(FailureLimit::of(Quota::per_hour(NonZeroU32::new(figure)?), clock))
    }

    fn of(quota: Quota, clock: &C) -> FailureLimit<K, C> {
        let states = SharedStates {
            map: Arc::new(Mutex::new(FailureStates {
                states: HashMap::new(),
                sweep_at: MIN_SWEEP,
            })),
            step: quota.replenish_interval(),
        };
        FailureLimit {
            charging: RateLimiter::new(quota, ChargingStore(states.clone()), clock.clone()),
            asking: RateLimiter::new(quota, AskingStore(states.clone()), clock.clone()),
            #[cfg(test)]
            states,
            clock: clock.clone(),
        }
    }

    pub(super) fn wait(&self, key: &K) -> Option<Duration> {
        let refused: NotUntil<_> = self.asking.check_key(key).err()?;
        Some(refused.wait_time_from(self.clock.now()))
    }

    pub(super) fn charge(&self, key: &K) {
        // A charge that is refused found the limit reached: nothing to add.
        let _: Result<(), NotUntil<_>> = self.charging.check_key(key);
    }
}

/// The state of every key.
#[derive(Clone, Debug)]
pub(super) struct SharedStates<K> {
    pub(super) map: Arc<Mutex<FailureStates<K>>>,
    /// For how long a single failure matters.
    step: Duration,
}

#[derive(Debug)]
pub(super) struct FailureStates<K> {
    /// The time at which a key's failures are forgotten.
    pub(super) states: HashMap<K, Nanos>,
    /// At this many keys the forgotten ones go: twice as many as there were after the last time.
    sweep_at: usize,
}

impl<K: Hash + Eq + Clone> FailureStates<K> {
    fn insert(&mut self, key: &K, forgotten_at: Nanos, now: Nanos) {
        if self.states.len() >= self.sweep_at && !self.states.contains_key(key) {
            self.states.retain(|_, state| *state > now);
            if self.states.len() >= MAX_KEYS {
                self.forget_the_lesser_half();
            }
            self.sweep_at = (self.states.len() * 2).clamp(MIN_SWEEP, MAX_KEYS);
        }
        self.states.insert(key.clone(), forgotten_at);
    }

    /// Forgets the keys with the fewest failures, which would expire first. So a flood of new keys
    /// does not free the old ones.
    fn forget_the_lesser_half(&mut self) {
        let mut ends: Vec<Nanos> = self.states.values().copied().collect();
        let middle = ends.len() / 2;
        let (_, median, _) = ends.select_nth_unstable(middle);
        self.states.retain(|_, state| *state > *median);
    }
}

#[derive(Debug)]
struct ChargingStore<K>(SharedStates<K>);

#[derive(Debug)]
struct AskingStore<K>(SharedStates<K>);

impl<K: Hash + Eq + Clone> StateStore for ChargingStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut map = self.0.map.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, forgotten_at) = measure(map.states.get(key).copied())?;
        // Exactly now for a new key, and only new ones make the map grow.
        let now = forgotten_at.saturating_sub(self.0.step.into());
        map.insert(key, forgotten_at, now);
        Ok(answer)
    }
}

impl<K: Hash + Eq + Clone> StateStore for AskingStore<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let map = self.0.map.lock().unwrap_or_else(PoisonError::into_inner);
        measure(map.states.get(key).copied()).map(|(answer, _)| answer)
    }
}
