//! Which processes live, as the others see it.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use shmcore::process::{Child, Token, fork_child};
use shmcore::{Shared, ShmOptions, create_shared, open_shared, unlink};

use crate::facts::wait_until;
use crate::place::Place;

/// Where processes leave their tokens.
type Tokens = [AtomicU64; 2];

/// Writes the token of this process, which shares the region from then on.
fn announce(tokens: &Shared<Tokens>, place: usize) {
    let token = Token::current().expect("drawn");
    assert!(tokens.is_alive(token).expect("asked"), "a process sees itself");
    tokens[place].store(token.to_bits(), Relaxed);
}

fn announced(tokens: &Shared<Tokens>, place: usize) -> Token {
    wait_until(|| tokens[place].load(Relaxed) != 0);
    Token::from_bits(tokens[place].load(Relaxed)).expect("a token")
}

/// A child that announces itself and then waits to be killed.
fn waiting_child(tokens: &Shared<Tokens>, place: usize) -> Child {
    let child = fork_child(|| {
        announce(tokens, place);
        wait_until(|| false);
    });
    child.expect("forked")
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("a pid")
}

fn is_alive(tokens: &Shared<Tokens>, token: Token) -> bool {
    tokens.is_alive(token).expect("asked")
}

pub(crate) fn killed_child_is_dead_before_it_is_waited_for() {
    let tokens = create_shared::<Tokens>().expect("created");
    let child = waiting_child(&tokens, 0);
    let token = announced(&tokens, 0);
    assert_eq!(token.pid(), child.id());
    assert!(is_alive(&tokens, token));
    child.kill().expect("killed");
    // Waits for the zombie, and leaves it one.
    waitid(WaitId::Pid(pid(&child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).expect("it ends");
    assert!(!is_alive(&tokens, token));
    child.wait().expect("waited for");
    assert!(!is_alive(&tokens, token));
}

pub(crate) fn peers_are_those_that_live() {
    let place = Place::new();
    let peers_of = |tokens: &Shared<Tokens>| {
        let mut pids: Vec<u32> = tokens.peers().expect("asked").iter().map(|peer| peer.pid()).collect();
        pids.sort_unstable();
        pids
    };
    let anonymous = create_shared::<Tokens>().expect("created");
    let named = ShmOptions::new("peers").create_shared::<Tokens>().expect("created");
    assert!(named.has_name().expect("asked") && !anonymous.has_name().expect("asked"));
    for tokens in [&anonymous, &named] {
        assert!(peers_of(tokens).is_empty());
        let children = [0, 1].map(|place| waiting_child(tokens, place));
        let mut pids = children.each_ref().map(Child::id);
        pids.sort_unstable();
        for place in 0..2 {
            let peer = announced(tokens, place);
            let peers = tokens.peers().expect("asked");
            assert!(peers.contains(&peer), "{peer:?} of {peers:?}");
        }
        assert_eq!(peers_of(tokens), pids);
        kill_process(pid(&children[1]), Signal::STOP).expect("stopped");
        children[0].kill().expect("killed");
        children[0].wait().expect("waited for");
        assert_eq!(peers_of(tokens), [children[1].id()], "also one that is stopped");
        let grandchild = fork_child(|| {
            announce(tokens, 0);
            assert_eq!(peers_of(tokens).len(), 2, "the parent and the one that is stopped");
        });
        assert!(grandchild.expect("forked").wait().expect("waited for").success());
        children[1].kill().expect("killed");
        children[1].wait().expect("waited for");
        assert!(peers_of(tokens).is_empty());
    }
    unlink("peers").expect("unlinked");
    assert!(!named.has_name().expect("asked"));
    let new = ShmOptions::new("peers").create_shared::<Tokens>().expect("created");
    assert!(new.has_name().expect("asked") && !named.has_name().expect("asked"));
    assert_eq!(place.names(), ["peers"]);
}

pub(crate) fn stopped_child_lives() {
    let tokens = create_shared::<Tokens>().expect("created");
    let child = waiting_child(&tokens, 0);
    let token = announced(&tokens, 0);
    kill_process(pid(&child), Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid(&child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
    for _ in 0..100 {
        assert!(is_alive(&tokens, token));
    }
    child.kill().expect("killed");
    child.wait().expect("waited for");
    assert!(!is_alive(&tokens, token));
}

pub(crate) fn forked_child_has_a_token_of_its_own() {
    let tokens = create_shared::<Tokens>().expect("created");
    let mine = Token::current().expect("drawn");
    let child = waiting_child(&tokens, 0);
    let its = announced(&tokens, 0);
    assert_ne!(mine, its);
    assert_eq!(Token::current().expect("known"), mine);
    assert!(is_alive(&tokens, mine) && is_alive(&tokens, its));
    child.kill().expect("killed");
    child.wait().expect("waited for");
}

/// The child has inherited the parent's descriptors: they must not keep the parent alive.
pub(crate) fn parent_is_dead_while_its_child_lives() {
    let tokens = create_shared::<Tokens>().expect("created");
    let go = create_shared::<AtomicU64>().expect("created");
    let parent = fork_child(|| {
        announce(&tokens, 0);
        // Never waited for: it outlives this process.
        fork_child(|| {
            announce(&tokens, 1);
            wait_until(|| go.load(Relaxed) == 1);
        })
        .expect("forked");
    });
    parent.expect("forked").wait().expect("waited for");
    let (parent, child) = (announced(&tokens, 0), announced(&tokens, 1));
    assert!(!is_alive(&tokens, parent));
    assert!(is_alive(&tokens, child));
    go.store(1, Relaxed);
    wait_until(|| !is_alive(&tokens, child));
}

/// A process that maps a region itself, forks, and dies: its child, which has the mapping from it, must see that.
fn mapper_is_dead_while_its_child_lives(map: impl Fn() -> Shared<Tokens>) {
    let report = create_shared::<Tokens>().expect("created");
    let mapper = fork_child(|| {
        let tokens = map();
        announce(&tokens, 0);
        let mapper = announced(&tokens, 0);
        let child = fork_child(|| {
            assert!(is_alive(&tokens, mapper));
            report[0].store(1, Relaxed);
            wait_until(|| !is_alive(&tokens, mapper));
            report[0].store(2, Relaxed);
        });
        child.expect("forked");
        wait_until(|| report[0].load(Relaxed) == 1);
    });
    assert!(mapper.expect("forked").wait().expect("waited for").success());
    wait_until(|| report[0].load(Relaxed) == 2);
}

pub(crate) fn creator_is_dead_while_its_child_lives() {
    mapper_is_dead_while_its_child_lives(|| create_shared().expect("created"));
}

pub(crate) fn attacher_is_dead_while_its_child_lives() {
    let _place = Place::new();
    mapper_is_dead_while_its_child_lives(|| {
        // The mapping of the creation is gone by the time at which it attaches.
        drop(ShmOptions::new("tokens").create_shared::<Tokens>().expect("created"));
        open_shared("tokens").expect("opened")
    });
}

pub(crate) fn program_started_by_a_process_does_not_keep_it_alive() {
    let tokens = create_shared::<Tokens>().expect("created");
    let child = fork_child(|| {
        announce(&tokens, 0);
        let mut sleep = Command::new("sleep").arg("60").spawn().expect("started");
        tokens[1].store(u64::from(sleep.id()), Relaxed);
        sleep.wait().expect("waited for");
    });
    let child = child.expect("forked");
    wait_until(|| tokens[1].load(Relaxed) != 0);
    let token = announced(&tokens, 0);
    assert!(is_alive(&tokens, token));
    child.kill().expect("killed");
    child.wait().expect("waited for");
    assert!(!is_alive(&tokens, token));
    let sleep = i32::try_from(tokens[1].load(Relaxed)).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(sleep, Signal::KILL).expect("it was alive all the time");
}

pub(crate) fn process_that_becomes_another_program_is_dead() {
    use std::os::unix::process::CommandExt;
    let tokens = create_shared::<Tokens>().expect("created");
    let child = fork_child(|| {
        announce(&tokens, 0);
        // It returns only if it fails.
        let error = Command::new("sleep").arg("60").exec();
        panic!("{error}");
    });
    let child = child.expect("forked");
    let token = announced(&tokens, 0);
    wait_until(|| !is_alive(&tokens, token));
    assert_eq!(child.try_wait().expect("asked"), None, "the program runs");
    child.kill().expect("killed");
    child.wait().expect("waited for");
}

pub(crate) fn process_without_handles_is_dead_to_the_region() {
    let _place = Place::new();
    let tokens = ShmOptions::new("tokens").create_shared::<Tokens>().expect("created");
    let go = create_shared::<AtomicU64>().expect("created");
    let child = fork_child(move || {
        drop(tokens);
        let tokens = open_shared::<Tokens>("tokens").expect("opened");
        announce(&tokens, 0);
        wait_until(|| go.load(Relaxed) == 1);
        drop(tokens);
        go.store(2, Relaxed);
        wait_until(|| go.load(Relaxed) == 3);
    });
    // The closure, and with it this process's handles, is gone here.
    let child = child.expect("forked");
    let tokens = open_shared::<Tokens>("tokens").expect("opened");
    let token = announced(&tokens, 0);
    assert!(is_alive(&tokens, token));
    child.kill().expect("killed");
    child.wait().expect("waited for");
    assert!(!is_alive(&tokens, token));
}

pub(crate) fn thousand_deaths_leave_no_trace() {
    let tokens = create_shared::<Tokens>().expect("created");
    let first = Token::current().expect("drawn");
    for _ in 0..1000 {
        tokens[0].store(0, Relaxed);
        let child = waiting_child(&tokens, 0);
        let token = announced(&tokens, 0);
        child.kill().expect("killed");
        child.wait().expect("waited for");
        assert!(!is_alive(&tokens, token));
    }
    assert!(is_alive(&tokens, first));
}

pub(crate) fn process_in_another_pid_namespace_is_judged_rightly() {
    let tokens = create_shared::<Tokens>().expect("created");
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child"]);
    command.arg(std::env::current_exe().expect("known")).arg("liveness::namespaced_peer");
    tokens.inherit_to(&mut command, "TOKENS").expect("prepared");
    let Ok(mut unshare) = command.spawn() else {
        println!("SKIPPED: there is no program `unshare`");
        return;
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while tokens[0].load(Relaxed) == 0 {
        if unshare.try_wait().expect("asked").is_some() {
            println!("SKIPPED: this process may not make a pid namespace");
            return;
        }
        assert!(std::time::Instant::now() < deadline, "the peer did not announce itself");
        std::thread::yield_now();
    }
    let token = announced(&tokens, 0);
    assert_eq!(token.pid(), 1, "the peer is the first process of its namespace");
    assert!(is_alive(&tokens, token));
    unshare.kill().expect("killed");
    unshare.wait().expect("waited for");
    // `--kill-child`: the peer dies with it.
    wait_until(|| !is_alive(&tokens, token));
}

/// The other side of the scenario above.
pub(crate) fn namespaced_peer() {
    let tokens = Shared::<Tokens>::inherited("TOKENS").expect("inherited");
    announce(&tokens, 0);
    wait_until(|| false);
}
