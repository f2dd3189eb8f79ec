//! What the demo weighs on a disk: `cargo build --release -p rocket-app && cargo run -p bench --bin size`.

use std::path::Path;

use bench::Failed;
use bench::goal::Figures;
use bench::goal::Goal::AtMost;

fn main() -> Result<(), Failed> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        |target| Path::new(&target).to_owned(),
    );
    let bytes = std::fs::metadata(target.join("release/rocket-app"))?.len();
    let mut figures = Figures::default();
    figures.print(
        "MiB of the released demo",
        bytes as f64 / f64::from(1 << 20),
        AtMost(15.0),
    );
    figures.end()
}
