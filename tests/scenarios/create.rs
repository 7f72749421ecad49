//! What creating a region costs, keeps and leaves behind.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shmcore::process::fork_child;
use shmcore::{
    CreateError, ShmSafe, create_shared, create_shared_init, create_shared_slice, create_shared_with,
};

use crate::facts::{mapped_regions, region_descriptors, resident_pages, wait_until};

const GIB: usize = 1 << 30;

#[derive(ShmSafe, PartialEq, Debug)]
#[repr(u8)]
enum State {
    #[expect(dead_code, reason = "takes the number 0, so that the default is another one")]
    Busy,
    #[default]
    Idle,
}

#[derive(ShmSafe)]
#[repr(C, align(4096))]
struct Page(AtomicU8);

pub(crate) fn value_of_one_gib_from_a_stack_of_64_kib() {
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(|| {
        let zeroes = create_shared::<[AtomicU64; GIB / 8]>().expect("created");
        zeroes[GIB / 8 - 1].store(1, Relaxed);
        let filled = create_shared_init::<[u8; GIB]>(|bytes| bytes[GIB - 1] = 7).expect("created");
        assert_eq!(filled[GIB - 1], 7);
        let slice = create_shared_slice::<AtomicU64>(GIB / 8).expect("created");
        slice[GIB / 8 - 1].store(1, Relaxed);
    });
    thread.expect("started").join().expect("the stack suffices");
}

pub(crate) fn zero_default_of_64_mib_touches_no_page() {
    let value = create_shared::<[AtomicU64; 8 << 20]>().expect("created");
    assert_eq!(resident_pages(&*value), 0);
    value[4 << 20].store(1, Relaxed);
    assert_eq!(resident_pages(&*value), 1);
    let slice = create_shared_slice::<[u8; 1 << 20]>(64).expect("created");
    assert_eq!(resident_pages(&*slice), 0);
}

pub(crate) fn default_that_is_not_zero_is_made_in_place() {
    let states = create_shared::<[State; 5000]>().expect("created");
    assert!(states.iter().all(|state| *state == State::Idle));
    let slice = create_shared_slice::<State>(5000).expect("created");
    assert!(slice.iter().all(|state| *state == State::Idle));
    assert!(create_shared_slice::<State>(0).expect("created").is_empty());
}

pub(crate) fn values_without_size() {
    create_shared::<()>().expect("created");
    create_shared::<[u64; 0]>().expect("created");
    create_shared_with(()).expect("created");
    let none = create_shared_slice::<u64>(0).expect("created");
    assert_eq!((none.len(), none.elements().len()), (0, 0));
    let units = create_shared_slice::<()>(usize::MAX).expect("created");
    assert_eq!(units.len(), usize::MAX);
    assert!(units.elements().next_back().is_some());
}

pub(crate) fn alignment_is_kept() {
    let page = create_shared::<Page>().expect("created");
    assert_eq!(std::ptr::from_ref(&*page).addr() % 4096, 0);
    let pages = create_shared_slice::<Page>(3).expect("created");
    assert!(pages.elements().all(|page| std::ptr::from_ref(&*page).addr().is_multiple_of(4096)));
    pages[2].0.store(1, Relaxed);
    let byte = create_shared::<u8>().expect("created");
    assert_eq!(std::ptr::from_ref(&*byte).addr() % 64, 0);
}

pub(crate) fn file_is_sealed_and_close_on_exec() {
    let _value = create_shared::<[u64; 1000]>().expect("created");
    let [path] = &region_descriptors()[..] else { panic!("one region, one descriptor") };
    let number = path.file_name().and_then(|name| name.to_str()).expect("a number");
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).expect("/proc is mounted");
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).expect("there are flags").trim();
    assert_ne!(u32::from_str_radix(flags, 8).expect("octal") & 0o2_000_000, 0, "close-on-exec: {flags}");

    let file = fs::OpenOptions::new().read(true).write(true).open(path).expect("opened");
    let seals = rustix::fs::fcntl_get_seals(&file).expect("a memfd");
    let wanted = rustix::fs::SealFlags::SHRINK | rustix::fs::SealFlags::GROW | rustix::fs::SealFlags::SEAL;
    assert!(seals.contains(wanted), "{seals:?}");
    let len = file.metadata().expect("known").len();
    assert!(file.set_len(len - 4096).is_err());
    assert!(file.set_len(len + 4096).is_err());
}

pub(crate) fn descriptor_for_others_leads_to_the_header() {
    let value = create_shared_with(0x0bad_cafe_u32).expect("created");
    let bytes = |file: &fs::File| {
        let mut bytes = [0; 196];
        file.read_exact_at(&mut bytes, 0).expect("as long as a page");
        bytes
    };
    let [own] = &region_descriptors()[..] else { panic!("one region, one descriptor") };
    assert_eq!(bytes(&fs::File::open(own).expect("opened"))[..192], [0; 192]);

    let first = fs::File::from(value.try_clone_fd().expect("cloned"));
    let mode = first.metadata().expect("known").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    assert!(rustix::io::fcntl_getfd(&first).expect("known").contains(rustix::io::FdFlags::CLOEXEC));
    let header = bytes(&first);
    assert_eq!((&header[..8], &header[192..]), (&b"\x89shmcore"[..], &0x0bad_cafe_u32.to_ne_bytes()[..]));

    // Whoever shares it next, here or in another process, leaves it as it is.
    let child = fork_child(|| assert_eq!(bytes(&value.try_clone_fd().expect("cloned").into()), header));
    assert!(child.expect("forked").wait().expect("waited for").success());
    let second = value.project(|value| value).try_clone_fd().expect("cloned");
    assert_eq!(bytes(&second.into()), header);

    drop(value);
    assert_eq!(bytes(&first), header);
}

pub(crate) fn processes_that_share_first_at_once_agree_on_the_uuid() {
    for _ in 0..100 {
        let value = create_shared::<u64>().expect("created");
        let uuids = create_shared::<[[AtomicU64; 2]; 2]>().expect("created");
        let go = create_shared::<AtomicU8>().expect("created");
        let share = |process: usize| {
            go.fetch_add(1, Relaxed);
            wait_until(|| go.load(Relaxed) == 2);
            let mut uuid = [0; 16];
            let file = fs::File::from(value.try_clone_fd().expect("cloned"));
            file.read_exact_at(&mut uuid, 48).expect("as long as a page");
            let (halves, _) = uuid.as_chunks::<8>();
            for (half, shared) in halves.iter().zip(&uuids[process]) {
                shared.store(u64::from_ne_bytes(*half), Relaxed);
            }
        };
        let child = fork_child(|| share(0)).expect("forked");
        share(1);
        assert!(child.wait().expect("waited for").success());
        let [one, two] =
            [0, 1].map(|process: usize| [0, 1].map(|half: usize| uuids[process][half].load(Relaxed)));
        assert_eq!(one, two);
        assert_ne!(one, [0, 0]);
    }
}

pub(crate) fn panic_in_init_leaves_nothing() {
    std::panic::set_hook(Box::new(|_| ()));
    let result = catch_unwind(AssertUnwindSafe(|| create_shared_init::<u64>(|_| panic!("in the closure"))));
    assert!(result.is_err());
    assert_eq!(mapped_regions(), Vec::<String>::new());
    assert!(region_descriptors().is_empty());
    fork_child(|| ()).expect("the borrow has ended").wait().expect("waited for");
}

pub(crate) fn last_handle_unmaps() {
    let values = create_shared::<[u64; 10]>().expect("created");
    let clone = values.clone();
    let part = values.project(|values| &values[3]);
    drop((values, clone));
    assert_eq!((mapped_regions().len(), region_descriptors().len()), (1, 1));
    assert_eq!(*part, 0);
    drop(part);
    assert_eq!((mapped_regions().len(), region_descriptors().len()), (0, 0));
}

pub(crate) fn limits_are_errors() {
    let error = create_shared_slice::<u64>(usize::MAX).expect_err("too large");
    assert!(matches!(error, CreateError::TooLarge { element_size: 8, len: usize::MAX, .. }), "{error:?}");
    assert!(error.to_string().starts_with("anonymous region of `[u64]`"), "{error}");

    let error = create_shared_slice::<u8>(isize::MAX as usize / 2).expect_err("more than an address space");
    assert!(matches!(error, CreateError::Os { call: "mmap" | "ftruncate", .. }), "{error:?}");

    let failing_call = |resource, limit| {
        let before = getrlimit(resource);
        let lowered = Rlimit { current: Some(limit), maximum: before.maximum };
        setrlimit(resource, lowered).expect("lowered");
        let result = create_shared::<[u8; 1 << 20]>();
        setrlimit(resource, before).expect("raised");
        match result {
            Err(CreateError::Os { call, region_len, source, .. }) => {
                assert!(region_len > 1 << 20 && source.raw_os_error().is_some());
                call
            }
            other => panic!("{:?}", other.map(drop)),
        }
    };
    assert_eq!(failing_call(Resource::Nofile, 3), "memfd_create");
    assert_eq!(failing_call(Resource::As, 1 << 20), "mmap");
    assert_eq!((mapped_regions().len(), region_descriptors().len()), (0, 0));
}

pub(crate) fn project_outside_the_region_panics() {
    static ELSEWHERE: u64 = 1;
    std::panic::set_hook(Box::new(|_| ()));
    let value = create_shared::<u64>().expect("created");
    assert!(catch_unwind(AssertUnwindSafe(|| value.project(|_| &ELSEWHERE))).is_err());
    assert_eq!(*value.project(|value| value), 0);
}
