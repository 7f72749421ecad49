//! Regions with names and paths: what is made, by whom, and where.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use shmcore::process::fork_child;
use shmcore::{AttachError, CreateError, OpenOrCreateError, Opened, Shared, ShmOptions, open_shared, unlink};

use crate::facts::{mapped_regions, region_descriptors, resident_pages};
use crate::place::Place;

pub(crate) fn name_leads_to_the_same_value() {
    let place = Place::new();
    let created = ShmOptions::new("value").create_shared::<AtomicU64>().expect("created");
    created.store(5, Relaxed);
    let child = fork_child(|| {
        let opened = open_shared::<AtomicU64>("value").expect("opened");
        assert_eq!(opened.swap(6, Relaxed), 5);
    });
    assert!(child.expect("forked").wait().expect("waited for").success());
    assert_eq!(created.load(Relaxed), 6);
    assert_eq!(place.names(), ["value"]);
    unlink("value").expect("unlinked");
    assert!(place.names().is_empty());
}

pub(crate) fn path_leads_to_the_same_value() {
    let place = Place::new();
    let path = place.root().join("table");
    let created = ShmOptions::file(&path).create_shared_slice::<AtomicU64>(7).expect("created");
    created[6].store(5, Relaxed);
    let opened = ShmOptions::file(&path).open_shared_slice::<AtomicU64>().expect("opened");
    assert_eq!((opened.len(), opened[6].load(Relaxed)), (7, 5));
    assert!(matches!(
        ShmOptions::file(&path).open_shared::<AtomicU64>(),
        Err(AttachError::Shape { len: Some(7), .. })
    ));
}

pub(crate) fn value_outlives_its_creator() {
    let _place = Place::new();
    let creator = fork_child(|| {
        ShmOptions::new("value").create_shared_with(41_u64).expect("created");
    });
    assert!(creator.expect("forked").wait().expect("waited for").success());
    let (value, opened) = ShmOptions::new("value").open_or_create_shared::<u64>().expect("opened");
    assert_eq!((*value, opened), (41, Opened::Attached));
}

pub(crate) fn second_creator_is_told() {
    let place = Place::new();
    let first = ShmOptions::new("value").create_shared_with(1_u64).expect("created");
    let error = ShmOptions::new("value").create_shared_with(2_u64).expect_err("taken");
    assert!(matches!(error, CreateError::AlreadyExists { .. }), "{error:?}");
    assert!(error.to_string().contains("region `value`"), "{error}");
    assert_eq!(*first, 1);
    assert_eq!(place.names(), ["value"]);
    assert_eq!(descriptors_of(&place, "value"), 1);
}

/// The descriptors of this process that are of a region with this name.
fn descriptors_of(place: &Place, name: &str) -> usize {
    let wanted = fs::metadata(place.of(name)).expect("it exists");
    let entries = fs::read_dir("/proc/self/fd").expect("/proc is mounted");
    let files = entries.filter_map(|entry| fs::metadata(entry.ok()?.path()).ok());
    files.filter(|file| (file.dev(), file.ino()) == (wanted.dev(), wanted.ino())).count()
}

pub(crate) fn attaching_twice_gives_one_mapping() {
    let place = Place::new();
    let created = ShmOptions::new("value").create_shared_with(1_u64).expect("created");
    let opened = open_shared::<u64>("value").expect("opened");
    assert!(Shared::ptr_eq(&created, &opened));
    let by_path = ShmOptions::file(place.of("value")).open_shared::<u64>().expect("opened");
    assert!(Shared::ptr_eq(&created, &by_path));
    assert_eq!(descriptors_of(&place, "value"), 1);
    // Another idea of the type is refused by the region that is mapped already, too.
    assert!(matches!(open_shared::<i64>("value"), Err(AttachError::LayoutMismatch { .. })));
    drop((created, opened, by_path));
    assert_eq!(descriptors_of(&place, "value"), 0);
    assert_eq!(*open_shared::<u64>("value").expect("opened anew"), 1);
}

pub(crate) fn unlinked_region_stays_with_those_that_have_it() {
    let place = Place::new();
    let old = ShmOptions::new("value").create_shared_with(1_u64).expect("created");
    unlink("value").expect("unlinked");
    let new = ShmOptions::new("value").create_shared_with(2_u64).expect("created");
    assert_eq!((*old, *new), (1, 2));
    assert_eq!(*open_shared::<u64>("value").expect("opened"), 2);
    unlink("value").expect("unlinked");
    assert!(matches!(unlink("value"), Err(AttachError::NotFound { .. })));
    assert!(place.names().is_empty());
}

pub(crate) fn mode_is_0600_whatever_the_umask() {
    let place = Place::new();
    for (name, mask) in [("open", 0), ("usual", 0o022), ("closed", 0o777)] {
        umask(Mode::from_raw_mode(mask));
        ShmOptions::new(name).create_shared::<u64>().expect("created");
        let mode = fs::metadata(place.of(name)).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "umask {mask:o}");
    }
    let folder = fs::metadata(place.names_folder()).expect("it exists").permissions().mode();
    assert_eq!(folder & 0o7777, 0o700);
}

pub(crate) fn folder_whose_maker_died_is_opened_to_its_owner() {
    let place = Place::new();
    fs::create_dir(place.names_folder()).expect("made");
    fs::set_permissions(place.names_folder(), PermissionsExt::from_mode(0o000)).expect("set");
    ShmOptions::new("value").create_shared::<u64>().expect("created");
    let mode = fs::metadata(place.names_folder()).expect("it exists").permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
}

pub(crate) fn modes_that_let_others_write_are_refused() {
    let place = Place::new();
    for mode in [0o666, 0o620, 0o602, 0o400, 0o200, 0, 0o4600] {
        let error = ShmOptions::new("value").mode(mode).create_shared::<u64>().expect_err("refused");
        assert!(matches!(error, CreateError::InvalidMode { mode: found, .. } if found == mode), "{error:?}");
    }
    ShmOptions::new("value").mode(0o644).create_shared::<u64>().expect("created");
    assert!(place.names() == ["value"]);
    let error = fork_and_open("value");
    assert_eq!(error, "OpenMode");
}

/// The name of the error of opening a `u64` in a process that has no region yet.
fn fork_and_open(name: &str) -> String {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let child = fork_child(|| {
        let answer = match open_shared::<u64>(name) {
            Ok(_) => "opened".to_owned(),
            Err(error) => format!("{error:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
        };
        std::io::Write::write_all(&mut &writer, answer.as_bytes()).expect("written");
    });
    let child = child.expect("forked");
    drop(writer);
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut reader, &mut answer).expect("read");
    assert!(child.wait().expect("waited for").success());
    answer
}

pub(crate) fn names_that_are_none_are_errors() {
    let _place = Place::new();
    for name in ["", ".", "..", "a/b", "a\0b", &"x".repeat(201)] {
        let error = ShmOptions::new(name).create_shared::<u64>().expect_err("refused");
        assert!(matches!(error, CreateError::InvalidName { .. }), "{name:?}: {error:?}");
        let error = open_shared::<u64>(name).expect_err("refused");
        assert!(matches!(error, AttachError::InvalidName { .. }), "{name:?}: {error:?}");
        assert!(matches!(unlink(name), Err(AttachError::InvalidName { .. })));
        let error = ShmOptions::new(name).open_or_create_shared::<u64>().expect_err("refused");
        assert!(matches!(error, OpenOrCreateError::Attach(AttachError::InvalidName { .. })));
    }
    assert!(matches!(open_shared::<u64>("absent"), Err(AttachError::NotFound { .. })));
    assert!(matches!(ShmOptions::anonymous().open_shared::<u64>(), Err(AttachError::InvalidName { .. })));
}

pub(crate) fn limits_of_the_process_are_errors() {
    let place = Place::new();
    ShmOptions::new("first").create_shared::<u64>().expect("the folder is made");
    let failing = |resource, limit| {
        let before = getrlimit(resource);
        setrlimit(resource, Rlimit { current: Some(limit), maximum: before.maximum }).expect("lowered");
        let result = ShmOptions::new("value").create_shared::<[u8; 1 << 20]>();
        setrlimit(resource, before).expect("raised");
        match result.map(drop) {
            Err(CreateError::Os { call, .. }) => call.to_owned(),
            Err(CreateError::FileSizeLimit { needed, limit, .. }) => {
                format!("{} > {limit}", needed > 1 << 20)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(failing(Resource::Fsize, 4096), "true > 4096");
    assert_eq!(failing(Resource::Nofile, 3), "open(O_TMPFILE)");
    assert_eq!(failing(Resource::As, 1 << 20), "mmap");
    assert_eq!(place.names(), ["first"]);
    assert!(mapped_regions().is_empty() && region_descriptors().is_empty());
}

pub(crate) fn space_is_reserved_unless_sparse() {
    let place = Place::new();
    let blocks = |name: &str| fs::metadata(place.of(name)).expect("it exists").blocks() * 512;
    let full = ShmOptions::new("full").create_shared::<[AtomicU64; 1 << 17]>().expect("created");
    assert!(blocks("full") >= 1 << 20);
    let sparse = ShmOptions::new("sparse").sparse(true).create_shared::<[AtomicU64; 1 << 17]>();
    assert!(blocks("sparse") < 1 << 14);
    drop((full, sparse.expect("created")));
    let populated = ShmOptions::anonymous().populate(true).create_shared::<[AtomicU64; 1 << 17]>();
    assert_eq!(resident_pages(&*populated.expect("created")), (1 << 20) / 4096);
}
