//! Threads for nothing but password hashes, as many as may be hashed at once.
//!
//! Threads of their own, because their priority is lower than the rest's. A hash takes a quarter of
//! a second of a core, and other requests must not wait for it. A thread of Tokio's could not be
//! given back, since raising a priority takes a privilege.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use crate::metrics::{self, HASHES_RUNNING, HASHES_WAITING, Metric};

/// How much less important than the rest of the process these threads are: about a third. At the
/// lowest priority (19) a busy neighbour on the machine would keep all users from signing in.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Why no password was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// All permits were taken for as long as a request may wait.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The library failed, or the process is shutting down.
    #[error("the password could not be hashed")]
    Failed,
}

/// The right to hash one password. It is given back when the work is done, even if no request waits
/// for the result any more.
#[derive(Debug)]
pub struct HashPermit(#[expect(dead_code, reason = "given back when dropped")] OwnedSemaphorePermit);

/// The current load of password hashing. The gauges `auth_hashes_running` and `auth_hashes_waiting`
/// of the `metrics` facade show it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HashLoad {
    /// How many passwords may be hashed at once.
    pub permits: usize,
    /// How many are being hashed.
    pub running: usize,
    /// How many requests wait for their turn.
    pub waiting: usize,
    /// The most that were ever hashed at once.
    pub peak: usize,
    /// How many were begun since the start.
    pub begun: usize,
}

/// The threads and the permits for them. They end when this is dropped.
#[derive(Debug)]
pub(super) struct Workers {
    permits: usize,
    free: Arc<Semaphore>,
    wait: Duration,
    jobs: Sender<Job>,
    counts: Arc<Counts>,
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Debug, Default)]
struct Counts {
    running: AtomicUsize,
    waiting: AtomicUsize,
    peak: AtomicUsize,
    begun: AtomicUsize,
    /// How long one takes, in microseconds; 0 before the first.
    record_duration: AtomicUsize,
}

impl Counts {
    /// The latest counts a quarter. Of two at the same time one may be lost.
    fn record_duration(&self, latest: Duration) {
        let latest = usize::try_from(latest.as_micros()).unwrap_or(usize::MAX / 4);
        let before = self.record_duration.load(Ordering::Relaxed);
        let average = if before == 0 {
            latest
        } else {
            before / 4 * 3 + latest / 4
        };
        self.record_duration.store(average, Ordering::Relaxed);
    }
}

impl Workers {
    pub(super) fn start(permits: usize, wait: Duration) -> Result<Workers, HashError> {
        let (jobs, taken) = channel();
        let taken = Arc::new(Mutex::new(taken));
        for number in 0..permits {
            let taken = Arc::clone(&taken);
            Builder::new()
                .name(format!("auth-hash-{number}"))
                .spawn(move || work(&taken))
                .map_err(|_| HashError::Failed)?;
        }
        Ok(Workers {
            permits,
            free: Arc::new(Semaphore::new(permits)),
            wait,
            jobs,
            counts: Arc::default(),
        })
    }

    /// Waits for a permit, but not where it is plain that none is to be had in time.
    pub(super) async fn permit(&self) -> Result<HashPermit, HashError> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(HashPermit(permit));
        }
        if self.expected_wait() > self.wait {
            return Err(HashError::Busy);
        }
        let _waiting = Counted::new(&self.counts.waiting, HASHES_WAITING);
        match timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(HashPermit(permit)),
            Ok(Err(_)) => Err(HashError::Failed),
            Err(_) => Err(HashError::Busy),
        }
    }

    /// How long a request that comes now will wait, estimated from how long a hash took lately. As
    /// many requests as there are permits may always wait, so that one slow hash does not turn
    /// requests away for long.
    fn expected_wait(&self) -> Duration {
        let ahead = self.counts.waiting.load(Ordering::Relaxed);
        if ahead < self.permits {
            return Duration::ZERO;
        }
        let micros = self
            .counts
            .record_duration
            .load(Ordering::Relaxed)
            .saturating_mul(ahead)
            / self.permits;
        Duration::from_micros(micros as u64)
    }

    /// Does the work on one of the threads. The permit moves into it: a client that hangs up does
    /// not free a place for the next one.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        permit: HashPermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, HashPermit), HashError> {
        let (answer, answered) = oneshot::channel();
        let counts = Arc::clone(&self.counts);
        let job = move || {
            let done = {
                let running = Counted::new(&counts.running, HASHES_RUNNING);
                counts.peak.fetch_max(running.count, Ordering::Relaxed);
                counts.begun.fetch_add(1, Ordering::Relaxed);
                let begun = Instant::now();
                let done = work();
                counts.record_duration(begun.elapsed());
                done
            };
            // The caller may have gone; then the permit is given back here.
            let _: Result<(), (T, HashPermit)> = answer.send((done, permit));
        };
        self.jobs.send(Box::new(job)).map_err(|_| HashError::Failed)?;
        answered.await.map_err(|_| HashError::Failed)
    }

    /// The same for work that is no hash, and counts as none.
    pub(super) async fn run_aside<T: Send + 'static>(
        &self,
        permit: HashPermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, HashPermit), HashError> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            let _: Result<(), (T, HashPermit)> = answer.send((work(), permit));
        };
        self.jobs.send(Box::new(job)).map_err(|_| HashError::Failed)?;
        answered.await.map_err(|_| HashError::Failed)
    }

    pub(super) fn load(&self) -> HashLoad {
        HashLoad {
            permits: self.permits,
            running: self.counts.running.load(Ordering::Relaxed),
            waiting: self.counts.waiting.load(Ordering::Relaxed),
            peak: self.counts.peak.load(Ordering::Relaxed),
            begun: self.counts.begun.load(Ordering::Relaxed),
        }
    }
}

/// One more, until it is dropped.
struct Counted<'c> {
    counter: &'c AtomicUsize,
    gauge: Metric,
    /// How many there are with this one.
    count: usize,
}

impl<'c> Counted<'c> {
    fn new(counter: &'c AtomicUsize, gauge: Metric) -> Counted<'c> {
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        metrics::add(gauge, 1.0);
        Counted { counter, gauge, count }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
        metrics::add(self.gauge, -1.0);
    }
}

/// The life of a thread.
fn work(jobs: &Mutex<Receiver<Job>>) {
    step_back();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A panic is the caller's, who finds no answer; the thread is for the next one.
        let _: Result<(), _> = catch_unwind(AssertUnwindSafe(job));
    }
}

/// Gives this thread a lower priority. What refuses that, such as a sandbox, costs speed under a
/// flood and nothing else.
#[cfg(target_os = "linux")]
fn step_back() {
    // "Process" 0 is the calling thread, on Linux.
    let Ok(own) = rustix::process::getpriority_process(None) else {
        return;
    };
    let _: Result<(), _> = rustix::process::setpriority_process(None, own + NICENESS);
}

/// Elsewhere a priority belongs to the whole process.
#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(permits: usize) -> Arc<Workers> {
        Arc::new(Workers::start(permits, Duration::from_millis(20)).expect("threads"))
    }

    /// Work that has begun, and ends when the sender is dropped.
    async fn begin(workers: &Arc<Workers>) -> (Sender<()>, tokio::task::JoinHandle<()>) {
        let permit = workers.permit().await.expect("a permit");
        let (end, ends) = channel::<()>();
        let (begun, begins) = oneshot::channel();
        let task = {
            let workers = Arc::clone(workers);
            tokio::spawn(async move {
                let work = move || {
                    begun.send(()).expect("the test waits");
                    assert!(ends.recv().is_err());
                };
                workers.run(permit, work).await.expect("done");
            })
        };
        begins.await.expect("it begins");
        (end, task)
    }

    // security: Passwords and signing in: Hashing is bounded; the wait is 2 s at most, then 503
    #[tokio::test]
    async fn without_a_free_permit_the_answer_is_busy() {
        let workers = workers(1);
        let _held = workers.permit().await.expect("the only permit");
        assert_eq!(workers.permit().await.err(), Some(HashError::Busy));
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_keeps_its_permit_until_the_work_is_done() {
        let workers = workers(1);
        let (end, request) = begin(&workers).await;
        request.abort();
        assert!(request.await.expect_err("given up").is_cancelled());
        assert_eq!(workers.load().running, 1, "it goes on");
        assert_eq!(workers.permit().await.err(), Some(HashError::Busy));
        drop(end);
        while workers.permit().await.is_err() {}
    }

    #[tokio::test]
    async fn never_more_than_the_permits_run_at_once() {
        let workers = workers(3);
        let mut running = Vec::new();
        for _ in 0..3 {
            running.push(begin(&workers).await);
        }
        assert_eq!(workers.permit().await.err(), Some(HashError::Busy));
        let load = workers.load();
        assert_eq!((load.permits, load.running, load.waiting, load.peak), (3, 3, 0, 3));
        for (end, request) in running {
            drop(end);
            request.await.expect("done");
        }
        assert_eq!(workers.load().peak, 3);
    }

    #[tokio::test]
    async fn a_request_that_would_wait_in_vain_is_turned_away_at_once() {
        let workers = Arc::new(Workers::start(2, Duration::from_secs(3600)).expect("threads"));
        let permit = workers.permit().await.expect("a permit");
        workers.run(permit, || ()).await.expect("done");
        // Twenty minutes a hash, two at once: behind six others it is just the hour, behind seven
        // it is more.
        workers
            .counts
            .record_duration
            .store(20 * 60 * 1_000_000, Ordering::Relaxed);
        let held = [workers.permit().await, workers.permit().await];
        let waiting: Vec<_> = (0..7)
            .map(|_| {
                let workers = Arc::clone(&workers);
                tokio::spawn(async move { workers.permit().await })
            })
            .collect();
        while workers.load().waiting < 7 {
            tokio::task::yield_now().await;
        }
        assert_eq!(workers.permit().await.err(), Some(HashError::Busy));
        drop(held);
        for permit in waiting {
            permit.await.expect("no panic").expect("they had their turn");
        }
        workers.permit().await.expect("and now everybody is welcome");
    }

    #[tokio::test]
    async fn a_panic_fails_one_request_and_costs_no_thread_and_no_permit() {
        let workers = Workers::start(1, Duration::from_secs(60)).expect("threads");
        for _ in 0..2 {
            let permit = workers.permit().await.expect("a permit");
            let failed = workers.run(permit, || assert!(std::hint::black_box(false))).await;
            assert_eq!(failed.err(), Some(HashError::Failed));
        }
        let permit = workers.permit().await.expect("a permit");
        assert_eq!(workers.run(permit, || 7).await.expect("done").0, 7);
        assert_eq!(workers.load().running, 0);
    }
}
