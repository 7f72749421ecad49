//! What the derive costs at compile time.

use std::path::Path;

use crate::Context;
use crate::derives::{STRUCTS, compile_times};
use crate::options::Pace;
use crate::peers::{NO_DERIVE, SERDE, SHMCORE};
use crate::table::{Cell, Figure, Row, Table};

const ROUNDS: usize = 9;

pub(crate) fn table(context: &Context) -> Table {
    let shmcore = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two folders above");
    // A round takes ten seconds.
    let rounds = if context.pace == Pace::Full { ROUNDS } else { 1 };
    let times = compile_times(&context.folder.join("derive_cost"), shmcore, rounds);
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let times = times.map(|times| {
        times.iter().map(|time| time.as_secs_f64() * 1e9 / STRUCTS as f64).collect::<Vec<f64>>()
    });
    let [without, serialize, shm_safe] = &times;
    let cell = |times: &[f64]| Cell::Figure(Figure::new(times, shm_safe));
    let cells = vec![(SHMCORE, cell(shm_safe)), (SERDE, cell(serialize)), (NO_DERIVE, cell(without))];
    Table {
        found: None,
        name: "derive",
        title: "What the derive costs at compile time",
        fairness: "`cargo check` of a crate of 500 structs with ten fields each, by their number: `#[derive(ShmSafe)]`, serde's \
            `#[derive(Serialize)]`, and none. The dependencies were compiled before.",
        rows: vec![Row { name: "a struct with 10 fields".to_owned(), cells }],
    }
}
