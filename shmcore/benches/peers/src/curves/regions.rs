//! An attachment, against the size of the region.

use std::ffi::CString;
use std::hint::black_box;
use std::time::Instant;

use shmcore::{PlacementDefault, ShmOptions, ShmSafe, unlink};

use super::{Curve, bytes, sizes};
use crate::peers::{LIBC, Peer, SHMCORE, SHMCORE_CHECKED};
use crate::table::{Cell, Side, compare};
use crate::{Context, by_hand};

const SIZES: [usize; 6] = [4 << 10, 64 << 10, 1 << 20, 16 << 20, 128 << 20, 1 << 30];
/// Bytes that are looked at one by one in reasonable time.
const CHECKED: usize = 16 << 20;
const ROUNDS: usize = 15;

pub(crate) fn attach(context: &Context) -> Vec<Curve> {
    let texts = [
        "attach-by-size",
        "Attach to a region by name and drop it, against its size",
        "A slice of u64, of which every pattern is a value: nothing of it is read; and of bool, of which every byte is looked at before \
            anybody has a reference to it. By hand nothing is checked.",
    ];
    vec![Curve::new(texts, sizes(context, &SIZES), |size| {
        let names =
            ["numbers", "bools", "by-hand"].map(|kind| format!("peers-{}-{kind}", std::process::id()));
        let attach_to_u64 = ours::<u64>(context, SHMCORE, &names[0], size / size_of::<u64>());
        let is_checked = size <= CHECKED;
        let attach_to_bool = if is_checked {
            ours::<bool>(context, SHMCORE_CHECKED, &names[1], size)
        } else {
            Side::without(SHMCORE_CHECKED, Cell::Cannot("would take a second"))
        };
        let by_hand_name = CString::new(format!("/shmcore-{}", names[2])).expect("no zero byte");
        by_hand::create_named(&by_hand_name, size);
        let by_hand = side(LIBC, context.pace.operations(200), || by_hand::open_and_drop(&by_hand_name));
        let sides = vec![attach_to_u64, by_hand, attach_to_bool];
        let [row] =
            compare([bytes(size)], context.pace.rounds(ROUNDS), sides).try_into().ok().expect("one row");
        by_hand::unlink(&by_hand_name);
        unlink(&names[0]).expect("unlinked");
        if is_checked {
            unlink(&names[1]).expect("unlinked");
        }
        row
    })]
}

/// Makes a region with a name.
fn ours<'a, T: ShmSafe + PlacementDefault + 'a>(
    context: &Context,
    peer: Peer,
    name: &'a str,
    len: usize,
) -> Side<'a, 1> {
    let options = ShmOptions::new(name).sparse(true);
    drop(options.create_shared_slice::<T>(len).expect("created"));
    // Less often where bytes are looked at.
    let count =
        if peer == SHMCORE { 200 } else { u32::try_from((1 << 22) / len).unwrap_or(200).clamp(1, 200) };
    let options = ShmOptions::new(name);
    side(peer, context.pace.operations(count), move || {
        let region = options.open_shared_slice::<T>().expect("opened");
        assert_eq!(black_box(&region).len(), len);
    })
}

fn side<'a>(peer: Peer, count: u32, once: impl Fn() + 'a) -> Side<'a, 1> {
    Side::new(peer, move || {
        let start = Instant::now();
        (0..count).for_each(|_| once());
        [start.elapsed().as_secs_f64() * 1e9 / f64::from(count)]
    })
}
