//! One thread writes: what is waiting is committed together, and answered after the commit.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::open::DatabaseFile;
use crate::clock::{Clock, Timestamp};
use crate::store::{OpenError, StoreError};

/// How many jobs may wait; one more is refused at once.
const QUEUE: usize = 4096;
/// How many jobs one transaction carries at most, so that the first of them does not wait for ever.
const BATCH: usize = 256;
/// How long to wait before trying to take the write lock again. SQLite's own wait grows to 100 ms
/// between two tries. A busy process releases the lock for microseconds, so those tries could miss
/// it for seconds.
const LOCK_POLL: Duration = Duration::from_millis(1);

/// The way to the thread that owns the only connection that writes.
///
/// A batch is one transaction begun with the write lock. Each job in it has its own savepoint: a
/// job that fails or panics leaves its neighbours alone. When the transaction itself fails, every
/// job in the batch gets an error and the connection is opened anew. The thread ends when the last
/// handle is dropped, after it has done the waiting jobs.
pub(super) struct Writer {
    queue: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
    wait: Duration,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(
        file: DatabaseFile,
        clock: Arc<dyn Clock>,
        wait: Duration,
        busy: Duration,
    ) -> Result<Writer, OpenError> {
        let conn = Some(connect(&file, busy)?);
        let (queue, messages) = sync_channel(QUEUE);
        let worker = Worker {
            file,
            busy,
            clock,
            conn,
        };
        let thread = thread::Builder::new()
            .name("auth-sqlite-writer".to_owned())
            .spawn(move || worker.run(&messages))
            .map_err(OpenError::Thread)?;
        Ok(Writer {
            queue,
            thread: Mutex::new(Some(thread)),
            wait,
        })
    }

    /// Does `work` in a transaction and answers when it is committed.
    ///
    /// The work gets the time that the writer read while it held the write lock. So two processes
    /// that share the file agree on the order of what they write. The work must not begin a
    /// transaction of its own. What it changed is undone when it fails. When the caller gives up
    /// before the work began, it is not done at all.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection, Timestamp) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work: Some(work),
            result: None,
            reply,
        });
        self.queue
            .try_send(Message::Job(job))
            .map_err(|refused| match refused {
                TrySendError::Full(_) => StoreError::Timeout,
                TrySendError::Disconnected(_) => StoreError::Closed,
            })?;
        match tokio::time::timeout(self.wait, answer).await {
            Ok(answered) => answered.unwrap_or(Err(StoreError::Closed)),
            Err(_) => Err(StoreError::Timeout),
        }
    }

    /// Whether the thread is there.
    pub(super) fn is_running(&self) -> bool {
        self.thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Lets the thread do what is waiting, ends it and waits for that. Blocks.
    pub(super) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // An error of either kind means that the thread is gone, as intended.
            let _ = self.queue.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

enum Message {
    Job(Box<dyn Job>),
    Stop,
}

/// A write and the caller that waits for its result, with their types erased.
trait Job: Send {
    /// Whether the caller has stopped waiting.
    fn is_abandoned(&self) -> bool;

    /// Does the work and keeps its result. After an error the caller must undo everything that the
    /// work changed.
    fn perform(&mut self, conn: &mut SqliteConnection, clock: &dyn Clock) -> Result<(), Undo>;

    /// Says that the work was undone because of `error`.
    fn fail(&mut self, error: StoreError);

    /// Sends the result to the caller.
    fn answer(self: Box<Self>);
}

/// What a job changed must be undone; the job knows why.
struct Undo;

struct Write<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&mut SqliteConnection, Timestamp) -> Result<T, StoreError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn perform(&mut self, conn: &mut SqliteConnection, clock: &dyn Clock) -> Result<(), Undo> {
        let Some(work) = self.work.take() else { return Ok(()) };
        // Unwind safety: after a panic the savepoint undoes the work's changes to the database. If
        // it cannot, the connection is replaced.
        let result = catch_unwind(AssertUnwindSafe(|| work(conn, clock.now())));
        let result = result.unwrap_or_else(|_| Err(StoreError::Database("a write panicked".into())));
        let outcome = result.as_ref().map(|_| ()).map_err(|_| Undo);
        self.result = Some(result);
        outcome
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        // A caller that is gone by now needs no answer.
        let _ = self.reply.send(self.result.unwrap_or(Err(StoreError::Closed)));
    }
}

/// What the thread owns.
struct Worker {
    file: DatabaseFile,
    busy: Duration,
    clock: Arc<dyn Clock>,
    /// `None` after a failure, until the next batch.
    conn: Option<SqliteConnection>,
}

impl Worker {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut jobs = Vec::with_capacity(BATCH);
        loop {
            let next = collect(messages, &mut jobs);
            if !jobs.is_empty() {
                self.commit(&mut jobs);
            }
            jobs.drain(..).for_each(Job::answer);
            if next.is_break() {
                return;
            }
        }
    }

    /// Carries out the batch; afterwards each job holds its result.
    fn commit(&mut self, jobs: &mut [Box<dyn Job>]) {
        let clock = Arc::clone(&self.clock);
        let busy = self.busy;
        let done = self.connection().and_then(|conn| transact(conn, jobs, &*clock, busy));
        if let Err(displaced) = self.file.place().check() {
            // What was written goes with the file. The connection stays: the file may come back.
            jobs.iter_mut().for_each(|job| job.fail(displaced.into()));
            return;
        }
        if let Err(failure) = done {
            // Dropping the connection rolls back the open transaction, and the next batch gets a
            // new one.
            self.conn = None;
            self.file.place().closed();
            tracing::error!(jobs = jobs.len(), error = %failure, "SQLite transaction failed; nothing of it was kept");
            let cause = failure.to_string();
            jobs.iter_mut()
                .for_each(|job| job.fail(StoreError::Database(cause.as_str().into())));
        }
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, BatchError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => {
                let conn = connect(&self.file, self.busy).map_err(BatchError::Open)?;
                tracing::info!("SQLite connection opened again");
                conn
            }
        };
        Ok(self.conn.insert(conn))
    }
}

/// Why a whole batch failed.
#[derive(Debug, thiserror::Error)]
enum BatchError {
    #[error(transparent)]
    Open(OpenError),
    #[error("the transaction could not be begun: {0}")]
    Begin(diesel::result::Error),
    #[error("the transaction broke: {0}")]
    Savepoint(diesel::result::Error),
    #[error("the transaction could not be committed: {0}")]
    Commit(diesel::result::Error),
}

fn connect(file: &DatabaseFile, busy: Duration) -> Result<SqliteConnection, OpenError> {
    let failed = |source| OpenError::Database {
        database: file.name(),
        source,
    };
    // Before anything is set in a file that may be another by now.
    file.place().check().map_err(|error| failed(error.into()))?;
    let mut conn = file.connect(busy)?;
    // A read makes SQLite open everything that it keeps beside the file. From here on `begin` does
    // the waiting for locks.
    let set = conn.batch_execute("SELECT count(*) FROM sqlite_master; PRAGMA busy_timeout = 0");
    set.map_err(|error| failed(error.into()))?;
    file.place().opened().map_err(|error| failed(error.into()))?;
    Ok(conn)
}

/// Waits for a job and takes what else is there.
fn collect(messages: &Receiver<Message>, jobs: &mut Vec<Box<dyn Job>>) -> ControlFlow<()> {
    let Ok(first) = messages.recv() else {
        return ControlFlow::Break(());
    };
    for message in std::iter::once(first).chain(messages.try_iter()) {
        match message {
            Message::Job(job) => jobs.push(job),
            Message::Stop => return ControlFlow::Break(()),
        }
        if jobs.len() == BATCH {
            break;
        }
    }
    ControlFlow::Continue(())
}

fn transact(
    conn: &mut SqliteConnection,
    jobs: &mut [Box<dyn Job>],
    clock: &dyn Clock,
    busy: Duration,
) -> Result<(), BatchError> {
    begin(conn, busy).map_err(BatchError::Begin)?;
    for job in jobs.iter_mut().filter(|job| !job.is_abandoned()) {
        // Inside a transaction these three are SAVEPOINT, RELEASE and ROLLBACK TO.
        AnsiTransactionManager::begin_transaction(conn).map_err(BatchError::Savepoint)?;
        match job.perform(conn, clock) {
            Ok(()) => AnsiTransactionManager::commit_transaction(conn),
            // SQLite itself ends the whole transaction on some errors, such as a full disk. Then
            // there is no savepoint to go back to and this fails, so no caller gets a success.
            Err(Undo) => AnsiTransactionManager::rollback_transaction(conn),
        }
        .map_err(BatchError::Savepoint)?;
    }
    AnsiTransactionManager::commit_transaction(conn).map_err(BatchError::Commit)
}

/// Begins a transaction that holds the write lock; waits for another process to release it, but not
/// longer than `busy`.
fn begin(conn: &mut SqliteConnection, busy: Duration) -> QueryResult<()> {
    let deadline = Instant::now() + busy;
    loop {
        // IMMEDIATE takes the lock now. A lock taken later could find that another process wrote in
        // between.
        match AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE") {
            Err(error) if is_locked(&error) && Instant::now() < deadline => thread::sleep(LOCK_POLL),
            done => return done,
        }
    }
}

/// SQLite has a code for this, which Diesel keeps to itself.
fn is_locked(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.message() == "database is locked")
}

#[cfg(test)]
mod tests;
