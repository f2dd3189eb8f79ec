//! Faults that a caller of the store cannot cause: jobs that break the transaction itself.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use tokio::task::JoinHandle;

use super::*;
use crate::clock::ManualClock;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_transaction_breaks_nobody_is_told_that_anything_was_kept() {
    let scratch = Scratch::new();
    let writer = scratch.writer(Duration::from_secs(2));
    let gate = block(&writer).await;
    let good = insert(&writer, 1);
    settle().await;
    // SQLite itself rolls back like this when the disk is full.
    let breaking = spawn(&writer, |conn| Ok(conn.batch_execute("ROLLBACK")?));
    settle().await;
    let late = insert(&writer, 2);
    settle().await;
    gate.open();

    for (name, outcome) in [("good", good.await), ("breaking", breaking.await), ("late", late.await)] {
        let outcome = outcome.expect("the caller does not panic");
        assert!(matches!(outcome, Err(StoreError::Database(_))), "{name}: {outcome:?}");
    }
    assert_eq!(scratch.numbers(), Vec::<i64>::new());
    // The connection was opened anew.
    insert(&writer, 3)
        .await
        .expect("the caller does not panic")
        .expect("the next batch works");
    assert_eq!(scratch.numbers(), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_an_error_and_then_it_is_none() {
    let scratch = Scratch::new();
    let writer = scratch.writer(Duration::from_secs(2));
    insert(&writer, 1)
        .await
        .expect("the caller does not panic")
        .expect("there is room");
    // The limit belongs to the connection, so a new connection acts like a disk with free space.
    let full = spawn(&writer, |conn| {
        conn.batch_execute("PRAGMA max_page_count = 1")?;
        conn.batch_execute("CREATE TABLE filler (bytes); INSERT INTO filler VALUES (zeroblob(10000000))")?;
        Ok(())
    });
    let outcome = full.await.expect("the caller does not panic");
    assert!(
        outcome.as_ref().is_err_and(|error| error.to_string().contains("full")),
        "{outcome:?}"
    );
    insert(&writer, 2)
        .await
        .expect("the caller does not panic")
        .expect("there is room again");
    assert_eq!(scratch.numbers(), [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_half_way_leaves_no_half() {
    let scratch = Scratch::new();
    let writer = scratch.writer(Duration::from_secs(2));
    let gate = block(&writer).await;
    let before = insert(&writer, 1);
    settle().await;
    let panicking = spawn(&writer, |conn| {
        conn.batch_execute("INSERT INTO numbers VALUES (2)")?;
        panic!("on purpose, after a write");
    });
    settle().await;
    let after = insert(&writer, 3);
    settle().await;
    gate.open();
    before
        .await
        .expect("the caller does not panic")
        .expect("a neighbour is not harmed");
    let outcome = panicking.await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(StoreError::Database(_))), "{outcome:?}");
    after
        .await
        .expect("the caller does not panic")
        .expect("a neighbour is not harmed");
    assert_eq!(scratch.numbers(), [1, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_waited_too_long_is_not_done_later() {
    let scratch = Scratch::new();
    let writer = scratch.writer(Duration::from_millis(100));
    let gate = block(&writer).await;
    let outcome = insert(&writer, 1).await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(StoreError::Timeout)), "{outcome:?}");
    gate.open();
    insert(&writer, 2)
        .await
        .expect("the caller does not panic")
        .expect("the writer goes on");
    assert_eq!(scratch.numbers(), [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once() {
    let scratch = Scratch::new();
    let writer = scratch.writer(Duration::from_secs(60));
    let gate = block(&writer).await;
    // Jobs whose caller has gone take up room as well.
    while offer(&writer).is_ok() {}
    let outcome = insert(&writer, 1).await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(StoreError::Timeout)), "{outcome:?}");
    gate.open();
    while offer(&writer).is_err() {
        settle().await;
    }
    insert(&writer, 2)
        .await
        .expect("the caller does not panic")
        .expect("there is room again");
    assert_eq!(scratch.numbers(), [2]);
}

/// Puts a job into the queue and does not wait for it.
fn offer(writer: &Writer) -> Result<(), TrySendError<Message>> {
    let (reply, _) = oneshot::channel();
    let job = Write {
        work: Some(|_: &mut SqliteConnection, _| Ok(())),
        result: None,
        reply,
    };
    writer.queue.try_send(Message::Job(Box::new(job)))
}

type Outcome = JoinHandle<Result<(), StoreError>>;

fn insert(writer: &Arc<Writer>, number: i64) -> Outcome {
    spawn(writer, move |conn| {
        diesel::sql_query("INSERT INTO numbers VALUES (?)")
            .bind::<BigInt, _>(number)
            .execute(conn)?;
        Ok(())
    })
}

fn spawn<F>(writer: &Arc<Writer>, work: F) -> Outcome
where
    F: FnOnce(&mut SqliteConnection) -> Result<(), StoreError> + Send + 'static,
{
    let writer = Arc::clone(writer);
    tokio::spawn(async move { writer.run(move |conn, _| work(conn)).await })
}

/// Keeps the thread busy with a batch of one job, so that what comes now goes into the next one.
async fn block(writer: &Arc<Writer>) -> Gate {
    let gate = Gate(Arc::new(AtomicBool::new(false)));
    let waiting = Arc::clone(&gate.0);
    spawn(writer, move |_| {
        while !waiting.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    });
    settle().await;
    gate
}

struct Gate(Arc<AtomicBool>);

impl Gate {
    fn open(self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Time for a job to be in the queue.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// A database with one table of numbers, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        let directory = std::env::temp_dir().join(format!("auth-core-writer-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&directory).expect("a temporary directory");
        let scratch = Scratch(directory);
        let mut conn = scratch.file().connect(Duration::from_secs(1)).expect("it opens");
        conn.batch_execute("CREATE TABLE numbers (number INTEGER) STRICT")
            .expect("a table");
        scratch
    }

    fn file(&self) -> DatabaseFile {
        DatabaseFile::find_or_create(&self.0.join("numbers.db")).expect("it is made")
    }

    fn writer(&self, wait: Duration) -> Arc<Writer> {
        let clock = Arc::new(ManualClock::default());
        Arc::new(Writer::start(self.file(), clock, wait, Duration::from_secs(1)).expect("it starts"))
    }

    fn numbers(&self) -> Vec<i64> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let mut conn = self.file().connect(Duration::from_secs(1)).expect("it opens");
        let rows = diesel::sql_query("SELECT number FROM numbers ORDER BY number").load::<Row>(&mut conn);
        rows.expect("a query").into_iter().map(|row| row.number).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
