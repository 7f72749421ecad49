//! What parent and child see of each other.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use shmcore::process::{Child, ForkError, fork_child};
use shmcore::{Shared, ShmSafe, create_shared, create_shared_init, create_shared_slice, create_shared_with};

use crate::facts::wait_until;

#[derive(ShmSafe)]
#[repr(C)]
struct Bar {
    a: AtomicI32,
    b: AtomicI32,
}

fn must_succeed(child: &Child) {
    let status = child.wait().expect("the child can be waited for");
    assert!(status.success(), "the child failed: {status}");
}

pub(crate) fn child_sees_the_value_at_the_same_address() {
    let value = create_shared_with([3_u64, 5, 8]).expect("created");
    let address = std::ptr::from_ref(&*value).addr();
    let child = fork_child(|| {
        assert_eq!(std::ptr::from_ref(&*value).addr(), address);
        assert_eq!(*value, [3, 5, 8]);
    });
    must_succeed(&child.expect("forked"));
}

pub(crate) fn parent_sees_writes_of_child() {
    let bars = create_shared::<[Bar; 30]>().expect("created");
    let child = fork_child(|| {
        bars[1].a.store(2, Relaxed);
        bars[1].b.store(3, Relaxed);
    });
    must_succeed(&child.expect("forked"));
    assert_eq!((bars[1].a.load(Relaxed), bars[1].b.load(Relaxed)), (2, 3));
}

pub(crate) fn value_survives_a_killed_child() {
    let count = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        count.store(1, Relaxed);
        wait_until(|| false);
    })
    .expect("forked");
    wait_until(|| count.load(Relaxed) == 1);
    assert_eq!(child.try_wait().expect("asked"), None);
    child.kill().expect("killed");
    assert_eq!(child.wait().expect("waited for").signal(), Some(9));
    child.kill().expect("killing the dead is no error");
    assert_eq!(count.fetch_add(1, Relaxed), 1);
}

pub(crate) fn value_survives_the_handles_of_its_creator() {
    let turn = create_shared::<AtomicU32>().expect("created");
    let value = create_shared_with(41_u64).expect("created");
    let grandchild = fork_child(|| {
        wait_until(|| turn.load(Relaxed) == 1);
        assert_eq!(*value, 41);
    })
    .expect("forked");
    drop(value);
    turn.store(1, Relaxed);
    must_succeed(&grandchild);
}

pub(crate) fn handles_dropped_in_child_leave_the_parents_alone() {
    let value = create_shared_with(7_u64).expect("created");
    let kept = value.clone();
    let child = fork_child(move || {
        // The only ones that this process can reach: its mapping goes, and no other.
        drop(value);
    });
    must_succeed(&child.expect("forked"));
    assert_eq!(*kept, 7);
}

pub(crate) fn each_process_has_a_container_of_its_own_over_the_same_elements() {
    let bars = create_shared_slice::<Bar>(10).expect("created");
    let child = fork_child(|| {
        let mine: HashMap<usize, Shared<Bar>> = bars.elements().enumerate().collect();
        for (key, bar) in &mine {
            bar.a.store(i32::try_from(*key).expect("a small number"), Relaxed);
        }
    });
    let mine: BTreeMap<usize, Shared<Bar>> = bars.elements().enumerate().collect();
    drop(bars);
    must_succeed(&child.expect("forked"));
    for (key, bar) in &mine {
        assert_eq!(usize::try_from(bar.a.load(Relaxed)), Ok(*key));
    }
}

pub(crate) fn result_of_the_closure_is_the_exit_code() {
    let code = |child: Result<Child, ForkError>| child.expect("forked").wait().expect("waited for").code();
    assert_eq!(code(fork_child(|| ())), Some(0));
    assert_eq!(code(fork_child(|| ExitCode::from(255))), Some(255));
    assert_eq!(code(fork_child(|| Err::<(), _>("this line on standard error is expected"))), Some(1));
    assert_eq!(code(fork_child(|| Ok::<(), String>(()))), Some(0));
    assert_eq!(code(fork_child(|| std::process::exit(4))), Some(4));
    let panicking = fork_child(|| {
        std::panic::set_hook(Box::new(|_| ()));
        panic!("in the child")
    });
    assert_eq!(code(panicking), Some(101));
}

pub(crate) fn status_can_be_asked_again() {
    let child = fork_child(|| ExitCode::from(9)).expect("forked");
    let status = child.wait().expect("waited for");
    assert_eq!(child.wait().expect("known"), status);
    assert_eq!(child.try_wait().expect("known"), Some(status));
    assert_ne!(child.id(), std::process::id());
}

pub(crate) fn buffered_output_is_written_once() {
    print!("before, ");
    let child = fork_child(|| println!("child")).expect("forked");
    must_succeed(&child);
    println!("parent");
    std::io::stdout().flush().expect("written");
}

pub(crate) fn another_thread_forbids_the_fork() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || stopped.recv());
    let error = fork_child(|| ()).expect_err("refused");
    assert!(matches!(error, ForkError::OtherThreads { threads: 2 }), "{error:?}");
    assert!(error.to_string().contains("2 threads"), "{error}");
    drop(stop);
    assert!(thread.join().expect("the thread ends").is_err());
    must_succeed(&fork_child(|| ()).expect("one thread is left"));
}

pub(crate) fn joined_threads_do_not_forbid_the_fork() {
    for _ in 0..300 {
        std::thread::spawn(|| ()).join().expect("the thread ends");
        must_succeed(&fork_child(|| ()).expect("the thread was joined"));
    }
}

pub(crate) fn exclusive_borrow_forbids_the_fork() {
    let mut refused = false;
    let value = create_shared_init::<u64>(|value| {
        let error = fork_child(|| ()).expect_err("refused");
        refused = matches!(error, ForkError::ExclusiveBorrow { count: 1 });
        *value = 5;
    });
    assert!(refused);
    assert_eq!(*value.expect("created"), 5);
    must_succeed(&fork_child(|| ()).expect("the borrow has ended"));
}

pub(crate) fn contended_counter_is_exact() {
    const TIMES: u64 = 250_000;
    let count = create_shared::<AtomicU64>().expect("created");
    let add = || (0..TIMES).for_each(|_| _ = count.fetch_add(1, Relaxed));
    let children: Vec<_> = (0..3).map(|_| fork_child(add).expect("forked")).collect();
    add();
    children.iter().for_each(must_succeed);
    assert_eq!(count.load(Relaxed), 4 * TIMES);
}
