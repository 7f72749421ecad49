//! Regions: made, attached to, passed on, read.

use std::ffi::CString;
use std::hint::black_box;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ipc_channel::ipc::{self, IpcSharedMemory};
use shared_memory::ShmemConf;
use shmcore::{PlacementDefault, Shared, ShmOptions, create_shared, create_shared_init, open_shared, unlink};

use super::allocate::with_boost;
use crate::peers::iceoryx2::Here;
use crate::peers::mmap_sync::Name;
use crate::peers::{BOOST, ICEORYX2, IPC_CHANNEL, LIBC, MMAP_SYNC, Peer, SHARED_MEMORY, SHMCORE, memory};
use crate::table::{Cell, Row, Side, Table, compare};
use crate::{Context, WITHOUT_ICEORYX2, by_hand};

/// Regions in a sample.
const REGIONS: u32 = 200;
/// The same where every byte of a large region is written.
const FILLED: u32 = 2;
/// Reads in a sample.
const READS: u32 = 1_000_000;
const ROUNDS: usize = 15;
/// The same of reads, which are over soon.
const ROUNDS_OF_READS: usize = 51;
/// Samples of Boost in a round.
const SAMPLES: u32 = 3;

const SMALL: usize = 4096;
const LARGE: usize = 64 << 20;

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = create::<SMALL>(context, "create and drop, 4 KiB");
    rows.extend(create::<LARGE>(context, "create and drop, 64 MiB"));
    rows.extend(fill::<SMALL>(context, "create, fill and drop, 4 KiB", REGIONS));
    rows.extend(fill::<LARGE>(context, "create, fill and drop, 64 MiB", FILLED));
    rows.extend(attach::<SMALL>(context, "attach and drop, 4 KiB"));
    rows.extend(attach::<LARGE>(context, "attach and drop, 64 MiB"));
    rows.extend(pass_on(context));
    rows.extend(read(context));
    Table {
        found: None,
        name: "regions",
        title: "A region: its life, an attachment, a read",
        fairness: "Create: from nothing to mapped memory and back; iceoryx2 makes a service with one value, its writer and a reader. \
            Fill: every byte is written too, which ipc-channel and mmap-sync cannot do without. Attach: another mapping by name, and \
            back; shmcore checks that the region is complete, of the same user and of the same type, iceoryx2 the name and size \
            of the type, the others nothing; Boost looks for the value by its name. Pass on: the descriptor through a socket, mapped at the other end. Read: a number \
            of 8 bytes through what the library gives to its user; iceoryx2 and mmap-sync look which copy is the newest one.",
        rows,
    }
}

const FILLS: &str = "cannot create without filling";

fn create<const N: usize>(context: &Context, row: &str) -> Vec<Row>
where
    [u8; N]: PlacementDefault,
{
    let len = u32::try_from(N).expect("small");
    let regions = context.pace.operations(REGIONS);
    let sides = vec![
        side(SHMCORE, regions, || drop(black_box(create_shared::<[u8; N]>().expect("created")))),
        side(LIBC, regions, || by_hand::create_and_drop(N)),
        side(SHARED_MEMORY, regions, || {
            drop(black_box(ShmemConf::new().size(N).create().expect("created")));
        }),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(_) if N > SMALL => Side::without(ICEORYX2, Cell::Cannot(THROUGH_THE_STACK)),
            Some(here) => side(ICEORYX2, FILLED, move || _ = black_box(here.blackboard([0_u8; SMALL]))),
        },
        with_boost(context, BOOST, move |boost| boost.run("create", &[len, SAMPLES], ["create"])),
        Side::without(IPC_CHANNEL, Cell::Cannot(FILLS)),
        Side::without(MMAP_SYNC, Cell::Cannot(FILLS)),
    ];
    compare([row.to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn fill<const N: usize>(context: &Context, row: &str, regions: u32) -> Vec<Row>
where
    [u8; N]: PlacementDefault,
{
    let regions = context.pace.operations(regions);
    let bytes = vec![7; N];
    let sides = vec![
        side(SHMCORE, regions, || {
            drop(black_box(create_shared_init::<[u8; N]>(|bytes| bytes.fill(7)).expect("created")));
        }),
        side(SHARED_MEMORY, regions, || {
            let memory = ShmemConf::new().size(N).create().expect("created");
            // SAFETY: there are as many bytes, and nobody else has them.
            unsafe { memory.as_ptr().write_bytes(7, N) };
            drop(black_box(memory));
        }),
        side(IPC_CHANNEL, regions, || drop(black_box(IpcSharedMemory::from_byte(7, N)))),
        side(MMAP_SYNC, regions, || {
            let name = Name::new();
            name.open().write_bytes(black_box(&bytes));
        }),
    ];
    compare([row.to_owned()], context.pace.rounds(ROUNDS), sides)
}

const THROUGH_THE_STACK: &str =
    "the value of a blackboard goes through the stack, which is too small for this one";

fn attach<const N: usize>(context: &Context, row: &str) -> Vec<Row>
where
    [u8; N]: PlacementDefault,
{
    let len = u32::try_from(N).expect("small");
    let regions = context.pace.operations(REGIONS);
    let name = format!("peers-attach-{}-{N}", std::process::id());
    drop(ShmOptions::new(name.as_str()).create_shared::<[u8; N]>().expect("created"));
    let by_hand_name = CString::new(format!("/shmcore-{name}")).expect("no zero byte");
    by_hand::create_named(&by_hand_name, N);
    let theirs = ShmemConf::new().size(N).create().expect("created");
    let files = Name::new();
    files.open().write_bytes(&vec![0; N]);
    let sides = vec![
        side(SHMCORE, regions, || drop(black_box(open_shared::<[u8; N]>(&name).expect("opened")))),
        side(LIBC, regions, || by_hand::open_and_drop(&by_hand_name)),
        side(SHARED_MEMORY, regions, || {
            drop(black_box(ShmemConf::new().os_id(theirs.get_os_id()).open().expect("opened")));
        }),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(_) if N > SMALL => Side::without(ICEORYX2, Cell::Cannot(THROUGH_THE_STACK)),
            Some(here) => {
                let blackboard = here.blackboard([0_u8; SMALL]);
                side(ICEORYX2, regions, move || _ = black_box(here.attach(&blackboard)))
            }
        },
        with_boost(context, BOOST, move |boost| boost.run("attach", &[len, SAMPLES], ["attach"])),
        Side::without(IPC_CHANNEL, Cell::Cannot("regions have no names; see the row that passes one on")),
        side(MMAP_SYNC, regions, || assert_eq!(files.open().len_of_bytes(), N)),
    ];
    let rows = compare([row.to_owned()], context.pace.rounds(ROUNDS), sides);
    unlink(&name).expect("unlinked");
    by_hand::unlink(&by_hand_name);
    rows
}

fn pass_on(context: &Context) -> Vec<Row> {
    let regions = context.pace.operations(REGIONS);
    let (here, there) = UnixStream::pair().expect("a pair");
    let ours = create_shared::<[u8; SMALL]>().expect("created");
    let theirs = IpcSharedMemory::from_byte(0, SMALL);
    let (sender, receiver) = ipc::channel::<IpcSharedMemory>().expect("a channel");
    let sides = vec![
        side(SHMCORE, regions, || {
            ours.send_to(&here).expect("sent");
            drop(black_box(Shared::<[u8; SMALL]>::recv_from(&there).expect("received")));
        }),
        side(IPC_CHANNEL, regions, || {
            sender.send(theirs.clone()).expect("sent");
            drop(black_box(receiver.recv().expect("received")));
        }),
    ];
    compare(["pass on and drop, 4 KiB".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn read(context: &Context) -> Vec<Row> {
    let reads = context.pace.operations(READS);
    let ours = create_shared::<AtomicU64>().expect("created");
    let by_hand = memory::place(AtomicU64::new(0));
    let theirs = ShmemConf::new().size(SMALL).create().expect("created");
    let bytes = IpcSharedMemory::from_byte(0, size_of::<u64>());
    let files = Name::new();
    files.open().write(&[0; 1]);
    let mut value = files.open();
    let sides = vec![
        side(SHMCORE, reads, || _ = black_box(black_box(&ours).load(Ordering::Relaxed))),
        side(LIBC, reads, || _ = black_box(black_box(&by_hand).load(Ordering::Relaxed))),
        side(SHARED_MEMORY, reads, || {
            #[expect(clippy::cast_ptr_alignment, reason = "a region begins with a page")]
            let address = black_box(&theirs).as_ptr().cast::<AtomicU64>();
            // SAFETY: the memory is at the start of a page, all zeroes, and mapped as long as `theirs` is.
            black_box(unsafe { &*address }.load(Ordering::Relaxed));
        }),
        Here::new().map_or_else(
            || Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            |here| {
                let blackboard = here.blackboard(0_u64);
                side(ICEORYX2, reads, move || _ = black_box(black_box(&blackboard).reader.read()))
            },
        ),
        side(IPC_CHANNEL, reads, || {
            let bytes = black_box(&bytes)[..].first_chunk().expect("8 bytes");
            black_box(u64::from_ne_bytes(*bytes));
        }),
        side(MMAP_SYNC, reads, move || _ = black_box(black_box(&mut value).read::<1>())),
    ];
    compare(["read 8 bytes".to_owned()], context.pace.rounds(ROUNDS_OF_READS), sides)
}

fn side<'a>(peer: Peer, count: u32, mut once: impl FnMut() + 'a) -> Side<'a, 1> {
    Side::new(peer, move || {
        let start = Instant::now();
        (0..count).for_each(|_| once());
        [start.elapsed().as_secs_f64() * 1e9 / f64::from(count)]
    })
}
