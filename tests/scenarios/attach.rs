//! What attaching demands, and what it says when something is wrong.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::process::fork_child;
use shmcore::{AttachError, ShmOptions, ShmSafe, open_shared, unlink};

use crate::facts::region_descriptors;
use crate::place::Place;

#[derive(ShmSafe, Debug)]
#[repr(u8)]
enum Side {
    Buy,
    #[expect(dead_code, reason = "only laid out")]
    Sell = 5,
}

#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Leg {
    id: u32,
    side: Side,
    price: f64,
}

#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Order {
    legs: [Leg; 2],
    seen: AtomicU64,
    lot: u32,
    tag: i32,
}

fn order() -> Order {
    let leg = |id| Leg { id, side: Side::Buy, price: 1.5 };
    Order { legs: [leg(1), leg(2)], seen: AtomicU64::new(0), lot: 10, tag: -1 }
}

pub(crate) fn other_build_is_told_the_field_that_differs() {
    let _place = Place::new();
    let _order = ShmOptions::new("order").create_shared_with(order()).expect("created");
    let other_build = std::env::current_exe().expect("known").with_file_name("other_build");
    let told = |change: &str| {
        let output = Command::new(&other_build).arg(change).output().expect("run");
        assert!(output.status.success(), "{change}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(told("unchanged"), "attached\n");
    let refused = |change: &str, lines: &[&str]| {
        let told = told(change);
        let mut wanted = "region `order` has another layout:\n".to_owned();
        for line in lines {
            wanted.push_str(line);
            wanted.push('\n');
        }
        assert_eq!(told, wanted, "{change}");
    };
    refused(
        "swapped",
        &[
            "Order.tag: i32 at offset 40 here, i32 at offset 44 in the region",
            "Order.lot: u32 at offset 44 here, u32 at offset 40 in the region",
        ],
    );
    refused(
        "renamed",
        &[
            "Order.legs[_].cost: f64 at offset 8 here, absent in the region",
            "Order.legs[_].price: absent here, f64 at offset 8 in the region",
        ],
    );
    assert!(
        told("widened").contains("\nOrder.legs[_].id: u64 at offset 0 here, u32 at offset 0 in the region\n")
    );
    refused("retyped", &["Order.legs[_].price: u64 at offset 8 here, f64 at offset 8 in the region"]);
    refused("variant_added", &["Order.legs[_].side::Short: 6 here, absent in the region"]);
    refused("variant_renumbered", &["Order.legs[_].side::Sell: 6 here, 5 in the region"]);
    assert!(
        told("lengthened")
            .contains("\nOrder.legs: [Leg; 3] at offset 0 here, [Leg; 2] at offset 0 in the region\n")
    );
}

/// Run by the test of other targets, which says in the environment which program is the peer and what it must be told.
pub(crate) fn peer_for_another_target() {
    #[derive(ShmSafe)]
    #[repr(C)]
    struct Portable {
        count: AtomicU64,
        id: u32,
        tag: [u8; 4],
    }

    let _place = Place::new();
    let _order = ShmOptions::new("order").create_shared_with(order()).expect("created");
    let portable = Portable { count: AtomicU64::new(1), id: 2, tag: [3; 4] };
    let portable = ShmOptions::new("portable").create_shared_with(portable).expect("created");
    assert_eq!((portable.count.load(Relaxed), portable.id, portable.tag), (1, 2, [3; 4]));
    let peer = std::env::var_os("OTHER_BUILD").expect("given");
    let told = |change: &str| {
        let output = Command::new(&peer).arg(change).output().expect("run");
        String::from_utf8(output.stdout).expect("text")
    };
    let of_order = std::env::var("TOLD_OF_ORDER").expect("given");
    assert!(told("unchanged").starts_with(&of_order), "{}", told("unchanged"));
    assert_eq!(told("portable"), "attached\n");
}

/// The boot id is for people: the locks of an earlier boot are gone with it, so its owners read dead.
pub(crate) fn region_of_an_earlier_boot_is_attached_and_its_owners_are_dead() {
    let place = Place::new();
    let owner = ShmOptions::new("owner").create_shared::<AtomicU64>().expect("created");
    let token = shmcore::process::Token::current().expect("drawn");
    owner.store(token.to_bits(), Relaxed);
    let file = OpenOptions::new().write(true).open(place.of("owner")).expect("opened");
    file.write_all_at(&[7; 16], 32).expect("written");
    drop(owner);
    let child = fork_child(|| {
        let owner = open_shared::<AtomicU64>("owner").expect("opened");
        let token = shmcore::process::Token::from_bits(owner.load(Relaxed)).expect("a token");
        assert!(!owner.is_alive(token).expect("asked"));
    });
    assert!(child.expect("forked").wait().expect("waited for").success());
}

pub(crate) fn file_system_without_unnamed_files_is_an_error() {
    let error = ShmOptions::file("/proc/region").create_shared::<u64>().map(drop).expect_err("refused");
    assert!(matches!(error, shmcore::CreateError::Unsupported { .. }), "{error:?}");
    assert!(error.to_string().contains("O_TMPFILE"), "{error}");
}

pub(crate) fn things_planted_at_the_name_are_refused() {
    let place = Place::new();
    ShmOptions::new("real").create_shared_with(1_u64).expect("created");
    let real = place.of("real");
    let planted = |what: &str| {
        let error = open_shared::<u64>("planted").expect_err(what);
        let variant = format!("{error:?}");
        let _ = fs::remove_file(place.of("planted"));
        let _ = fs::remove_dir(place.of("planted"));
        variant.split(' ').next().unwrap_or_default().to_owned()
    };
    let at = place.of("planted");

    std::os::unix::fs::symlink(&real, &at).expect("linked");
    assert_eq!(planted("symbolic link"), "NotAFile");
    std::os::unix::fs::symlink("nowhere", &at).expect("linked");
    assert_eq!(planted("dangling link"), "NotAFile");
    fs::hard_link(&real, &at).expect("linked");
    assert_eq!(planted("hard link"), "SeveralLinks");
    rustix::fs::mknodat(rustix::fs::CWD, &at, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .expect("made");
    assert_eq!(planted("pipe"), "NotAFile");
    fs::create_dir(&at).expect("made");
    assert_eq!(planted("folder"), "NotAFile");
    let listener = UnixListener::bind(&at).expect("bound");
    assert_eq!(planted("socket"), "NotAFile");
    drop(listener);
    fs::copy(&real, &at).expect("copied");
    assert_eq!(planted("copy"), "ForeignCopy");
    File::create(&at).expect("created").set_permissions(PermissionsExt::from_mode(0o600)).expect("set");
    assert_eq!(planted("empty file"), "TooShort");
    fs::write(&at, "not a region").expect("written");
    fs::set_permissions(&at, PermissionsExt::from_mode(0o600)).expect("set");
    assert_eq!(planted("text"), "TooShort");

    for mode in [0o666, 0o640, 0o604, 0o610] {
        fs::set_permissions(&real, PermissionsExt::from_mode(mode)).expect("set");
        let error = open_shared::<u64>("real").expect_err("open to others");
        assert!(matches!(error, AttachError::OpenMode { mode: found, .. } if found == mode), "{error:?}");
    }
    fs::set_permissions(&real, PermissionsExt::from_mode(0o600)).expect("set");
    assert_eq!(*open_shared::<u64>("real").expect("opened"), 1);
    assert_eq!(place.names(), ["real"]);
}

pub(crate) fn folder_that_is_not_the_users_own_is_refused() {
    let place = Place::new();
    let folder = place.names_folder();
    fs::create_dir(&folder).expect("made");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).expect("set");
    let refused = || {
        let error = open_shared::<u64>("value").expect_err("refused");
        assert!(matches!(error, AttachError::UntrustedFolder { .. }), "{error:?}");
        let error = ShmOptions::new("value").create_shared::<u64>().expect_err("refused");
        assert!(error.to_string().contains("cannot be trusted"), "{error}");
        assert_eq!(place.names(), Vec::<String>::new());
    };
    refused();
    fs::remove_dir(&folder).expect("removed");
    let elsewhere = place.root().join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o700)).expect("set");
    std::os::unix::fs::symlink(&elsewhere, &folder).expect("linked");
    refused();

    // A path of the user's choice in a folder that anybody may write to, without the sticky bit.
    fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o777)).expect("set");
    let path = elsewhere.join("value");
    let error = ShmOptions::file(&path).create_shared::<u64>().expect_err("refused");
    assert!(error.to_string().contains("mode 0777"), "{error}");
    fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o1777)).expect("set");
    ShmOptions::file(&path).create_shared::<u64>().expect("created");
    ShmOptions::file(&path).open_shared::<u64>().expect("opened");

    if rustix::process::geteuid().is_root() {
        fs::remove_file(&folder).expect("removed");
        fs::create_dir(&folder).expect("made");
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("set");
        std::os::unix::fs::chown(&folder, Some(65534), None).expect("given away");
        refused();
        std::os::unix::fs::chown(&path, Some(65534), None).expect("given away");
        let error = ShmOptions::file(&path).open_shared::<u64>().expect_err("refused");
        assert!(matches!(error, AttachError::ForeignOwner { owner: 65534, user: 0, .. }), "{error:?}");
    } else {
        println!("SKIPPED: only root can give a folder to another user");
    }
}

pub(crate) fn value_that_is_none_is_refused_with_its_path() {
    let place = Place::new();
    ShmOptions::new("order").create_shared_with(order()).expect("created");
    let file = OpenOptions::new().read(true).write(true).open(place.of("order")).expect("opened");
    let mut offset = [0; 8];
    file.read_exact_at(&mut offset, 120).expect("read");
    let offset = u64::from_ne_bytes(offset);
    let side_of_second_leg = offset + 16 + 4;
    file.write_all_at(&[7], side_of_second_leg).expect("written");
    let error = open_shared::<Order>("order").expect_err("7 is no side");
    assert!(matches!(error, AttachError::InvalidValue { .. }), "{error:?}");
    assert!(error.to_string().contains("Order.legs[1].side: 7 is no variant of Side"), "{error}");
    file.write_all_at(&[5], side_of_second_leg).expect("written");
    open_shared::<Order>("order").expect("5 is one");
}

/// Whatever a peer writes over header and layout, attaching says what is wrong, or attaches to a value that is one.
pub(crate) fn corrupted_headers_are_errors() {
    let place = Place::new();
    ShmOptions::new("order").create_shared_with(order()).expect("created");
    let file = OpenOptions::new().read(true).write(true).open(place.of("order")).expect("opened");
    let len = usize::try_from(file.metadata().expect("known").size()).expect("small");
    let mut original = vec![0; len];
    file.read_exact_at(&mut original, 0).expect("read");
    let value_offset = u64::from_ne_bytes(original[120..128].try_into().expect("eight bytes"));
    let end = usize::try_from(value_offset).expect("small") + size_of::<Order>();

    let seed = std::env::var("SHM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed);
    println!("SHM_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut refused, mut attached) = (0, 0);
    for _ in 0..100_000 {
        let mut bytes = original[..end].to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..end);
            bytes[at] = match random.u8(0..4) {
                0 => random.u8(..),
                1 => bytes[at] ^ (1 << random.u8(0..8)),
                2 => 0xff,
                _ => bytes[at].wrapping_add(1),
            };
        }
        file.write_all_at(&bytes, 0).expect("written");
        match open_shared::<Order>("order") {
            Ok(order) => {
                attached += 1;
                assert!(matches!(order.legs[1].side, Side::Buy | Side::Sell));
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    println!("{refused} refused, {attached} attached");
    assert!(refused > 10_000 && attached > 1000);
    assert!(region_descriptors().is_empty());
    file.write_all_at(&original, 0).expect("written");
    open_shared::<Order>("order").expect("the original is right");
}

pub(crate) fn hole_punched_by_a_peer_is_an_error() {
    let place = Place::new();
    ShmOptions::new("order").create_shared_with(order()).expect("created");
    let file = OpenOptions::new().write(true).open(place.of("order")).expect("opened");
    let flags = rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE;
    rustix::fs::fallocate(&file, flags, 0, 4096).expect("punched");
    let error = open_shared::<Order>("order").expect_err("nothing is left");
    assert!(matches!(error, AttachError::BadMagic { found, .. } if found == [0; 8]), "{error:?}");
    file.set_len(100).expect("truncated");
    let error = open_shared::<Order>("order").expect_err("too short");
    assert!(matches!(error, AttachError::TooShort { len: 100, .. }), "{error:?}");
}

pub(crate) fn caller_may_answer_for_the_peers() {
    let place = Place::new();
    let path = place.root().join("open");
    ShmOptions::file(&path).mode(0o644).create_shared_with(9_u64).expect("created");
    let error = ShmOptions::file(&path).open_shared::<u64>().expect_err("open to others");
    assert!(matches!(error, AttachError::OpenMode { .. }), "{error:?}");
    #[allow(unsafe_code, reason = "only this process writes to the file")]
    // SAFETY: `open_shared_unverified` requires that writers keep to what safe code would do: nobody writes.
    let opened = unsafe { ShmOptions::file(&path).open_shared_unverified::<u64>() };
    assert_eq!(*opened.expect("opened"), 9);
    #[allow(unsafe_code, reason = "only this process writes to the file")]
    // SAFETY: as above.
    let other = unsafe { ShmOptions::file(&path).open_shared_unverified::<i64>() };
    assert!(matches!(other, Err(AttachError::LayoutMismatch { .. })));
}

/// Sixty-four processes open or create one name at once, two thousand times.
pub(crate) fn race_for_a_name_has_one_winner_a_round() {
    const PROCESSES: u64 = 64;
    const ROUNDS: u64 = 2000;

    /// Counts of one region a round; the name is used again.
    type Seen = AtomicU64;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Control {
        arrived: AtomicU64,
        created: AtomicU64,
    }

    let place = Place::new();
    let control = shmcore::create_shared::<Control>().expect("created");
    let meet = |number: u64| {
        control.arrived.fetch_add(1, Relaxed);
        crate::facts::wait_until(|| control.arrived.load(Relaxed) >= number * PROCESSES);
    };
    let compete = |process: u64| {
        for round in 0..ROUNDS {
            let (seen, opened) = ShmOptions::new("round").open_or_create_shared::<Seen>().expect("opened");
            if opened == shmcore::Opened::Created {
                control.created.fetch_add(1, Relaxed);
            }
            seen.fetch_add(1, Relaxed);
            meet(2 * round + 1);
            assert_eq!(seen.load(Relaxed), PROCESSES, "all of round {round} share one region");
            if process == round % PROCESSES {
                unlink("round").expect("unlinked");
            }
            meet(2 * round + 2);
        }
    };
    let children: Vec<_> =
        (0..PROCESSES).map(|process| fork_child(|| compete(process)).expect("forked")).collect();
    for child in children {
        let status = child.wait().expect("waited for");
        assert!(status.success(), "{status}");
    }
    assert_eq!(control.created.load(Relaxed), ROUNDS);
    assert_eq!(place.names(), Vec::<String>::new());
}

pub(crate) fn creator_killed_at_any_moment_leaves_nothing_half_made() {
    #[derive(ShmSafe)]
    #[repr(u8)]
    #[expect(dead_code, reason = "made in place; zeroes are no complete value")]
    enum Made {
        No,
        #[default]
        Yes = 3,
    }

    let place = Place::new();
    let mut random = fastrand::Rng::with_seed(0x5eed);
    let (mut with_name, mut without) = (0, 0);
    for _ in 0..1000 {
        let child = fork_child(|| {
            let made = ShmOptions::new("value").create_shared::<[Made; 30_000]>();
            made.map(drop).expect("created");
            crate::facts::wait_until(|| false);
        });
        let child = child.expect("forked");
        // A creation takes some tens of microseconds from the fork on.
        let spins = random.u32(0..60_000);
        (0..spins).for_each(|_| std::hint::spin_loop());
        child.kill().expect("killed");
        child.wait().expect("waited for");
        match open_shared::<[Made; 30_000]>("value") {
            Ok(made) => {
                with_name += 1;
                assert!(made.iter().all(|made| matches!(made, Made::Yes)));
                unlink("value").expect("unlinked");
            }
            Err(AttachError::NotFound { .. }) => without += 1,
            Err(error) => panic!("{error}"),
        }
        assert_eq!(place.names(), Vec::<String>::new());
        ShmOptions::new("value").create_shared::<[Made; 30_000]>().expect("created");
        unlink("value").expect("unlinked");
    }
    println!("{with_name} times the region was complete, {without} times there was none");
    assert!(with_name > 10 && without > 10, "kills at both sides of the moment: {with_name}, {without}");
}

pub(crate) fn full_file_system_is_an_error() {
    let place = Place::new();
    let mount = place.root().join("small");
    fs::create_dir(&mount).expect("made");
    let options = ["-t", "tmpfs", "-o", "size=1M,mode=0700", "tmpfs"];
    if !Command::new("mount").args(options).arg(&mount).status().is_ok_and(|status| status.success()) {
        println!("SKIPPED: this process may not mount a tmpfs");
        return;
    }
    let path = mount.join("value");
    let error = ShmOptions::file(&path).create_shared::<[AtomicU64; 1 << 18]>().map(drop).expect_err("full");
    let fits = ShmOptions::file(&path).create_shared::<[AtomicU64; 1 << 15]>().map(drop);
    let names = fs::read_dir(&mount).expect("readable").count();
    let unmounted = Command::new("umount").arg(&mount).status().is_ok_and(|status| status.success());
    assert!(unmounted);
    assert!(
        matches!(error, shmcore::CreateError::NoSpace { needed, free, .. } if needed > 2 << 20 && free <= 1 << 20),
        "{error:?}"
    );
    fits.expect("there is room for less");
    assert_eq!(names, 1);
}
