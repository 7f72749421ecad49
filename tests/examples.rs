//! The examples, run as a reader of the README runs them, and what they print.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Runs an example to its end and returns what it printed.
#[track_caller]
fn run(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root).args(["run", "--quiet", "--example", name]);
    // The build may be in line behind another one.
    let output = shm_tests::run::output(&mut command, Duration::from_mins(10)).expect("the example ends");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}\n{stdout}{stderr}", output.status);
    stdout.into_owned()
}

#[test]
fn fork_prints_what_the_article_does() {
    let printed = run("fork");
    let addresses: Vec<&str> =
        printed.lines().filter_map(|line| line.split_once(": 0x")).map(|a| a.1).collect();
    assert_eq!(addresses.len(), 10);
    assert!(
        addresses.iter().all(|address| *address == addresses[0]),
        "one object in both processes: {printed}"
    );
    let wanted = |heading: &str, bar: &str| {
        format!("{heading}\n0: 0, 0\n1: {bar}\n2: 0, 0\nFoo: 0x…\nFoo.bar: 0x…\n---\n")
    };
    let wanted = [
        wanted("data before fork: ", "0, 0"),
        wanted("Parent read:", "0, 0"),
        wanted("Child read:", "0, 0"),
        wanted("Child wrote:", "2, 3"),
        wanted("After 1s, parent read:", "2, 3"),
    ];
    assert_eq!(printed.replace(addresses[0], "…"), wanted.concat());
}

#[test]
fn layout_mismatch_prints_the_difference() {
    let printed = run("layout_mismatch");
    assert!(printed.ends_with(
        "has another layout:\n\
         Order.quantity: u32 at offset 0 here, u32 at offset 4 in the region\n\
         Order.id: u32 at offset 4 here, u32 at offset 0 in the region\n\
         Order.price: f64 at offset 8 here, u64 at offset 8 in the region\n"
    ));
}

#[test]
fn pass_fd_shares_with_both_workers() {
    assert_eq!(
        run("pass_fd"),
        "after the heir (exit status: 0): 5 of 10\nafter the receiver (exit status: 0): 10 of 10\n"
    );
}

#[test]
fn price_board_is_read_whole_whatever_happens_to_its_writer() {
    assert_eq!(
        run("price_board"),
        "a second writer is told of the first one: true\n\
         the first writer ended by itself: false\n\
         3 readers read on without a writer\n\
         the second writer ended by itself: true\n\
         3 of 3 readers saw whole quotes only, to the end\n"
    );
}

#[test]
fn subscriber_reads_what_the_publisher_publishes() {
    let thread = thread::spawn(|| run("publisher"));
    let subscribed = run("subscriber");
    let published = thread.join().expect("the publisher succeeds");
    for update in 1..=5 {
        assert!(published.contains(&format!("published update {update}\n")), "{published}");
        let line = format!("update {update}: 1000{update}, 2000{update}, 3000{update}\n");
        assert!(subscribed.contains(&line), "{subscribed}");
    }
    assert!(subscribed.ends_with("the publisher is gone\n"), "{subscribed}");
}

#[test]
fn workers_go_on_when_one_of_them_is_killed() {
    let printed = run("workers");
    let lines: Vec<&str> = printed.lines().collect();
    let [killed, repairs, bars @ ..] = &*lines else { panic!("{printed}") };
    assert_eq!(*killed, "kill -9 the worker that holds the lock");
    assert!(
        repairs.starts_with("a worker repairs: process ")
            && repairs.ends_with(" died while it held the lock")
    );
    assert_eq!(bars, ["0: 10000, 10000", "1: 10000, 10000", "2: 10000, 10000", "3: 10000, 10000", "4: 2, 2"]);
}

#[test]
fn elements_are_shared_by_the_containers_of_several_processes() {
    assert_eq!(
        run("elements"),
        "the parent has 30 elements in a Vec\n\
         a child has 30 elements in a HashMap, and writes one\n\
         another child has 30 elements in a BTreeMap, and reads 2, 3\n\
         the parent reads 2, 4\n"
    );
}

#[test]
fn growing_container_is_filled_by_programs_that_know_its_name() {
    assert_eq!(
        run("growing"),
        "30000 bars\n\
         of writer 1: 10000, the last one is 9999\n\
         of writer 2: 10000, the last one is 9999\n\
         of writer 3: 10000, the last one is 9999\n\
         0 bytes are used when they are freed\n"
    );
}

#[test]
fn dictionary_loses_nothing_when_one_of_its_writers_is_killed() {
    assert_eq!(
        run("dictionary"),
        "the first writer ended by itself: false\n\
         300 keys with 60000 words\n\
         0 bytes are used when they are freed\n"
    );
}

#[test]
fn jobs_are_all_done_when_one_of_the_workers_is_killed() {
    assert_eq!(
        run("jobs"),
        "the first worker ended by itself: false\n\
         1000 of 1000 jobs have a result\n\
         0 bytes are used when all is freed\n"
    );
}
