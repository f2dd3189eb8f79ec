use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// The threads of a server's runtime. What they cost is told by the kernel, so that a busy machine
/// changes nothing.
#[derive(Debug, Default)]
pub struct Threads(Mutex<Vec<PathBuf>>);

impl Threads {
    /// The calling thread is one of them.
    pub(super) fn count_this_one(&self) {
        let own = fs::read_link("/proc/thread-self").expect("Linux");
        let path = PathBuf::from("/proc").join(own).join("schedstat");
        self.0.lock().expect("no panic while it is held").push(path);
    }

    /// The time that they have had on a processor so far.
    pub fn cpu_time(&self) -> Duration {
        let nanos = |path: &PathBuf| {
            // A thread that has ended has no file any more.
            let text = fs::read_to_string(path).unwrap_or_default();
            text.split(' ')
                .next()
                .and_then(|first| first.parse::<u64>().ok())
                .unwrap_or(0)
        };
        Duration::from_nanos(
            self.0
                .lock()
                .expect("no panic while it is held")
                .iter()
                .map(nanos)
                .sum(),
        )
    }
}
