//! The default value, made in zeroed memory.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};

use shmcore::{PlacementDefault, ShmSafe};

fn made<T: PlacementDefault>() -> T {
    let mut slot = MaybeUninit::<T>::zeroed();
    // SAFETY: the slot is a local of zeroes, and afterwards it holds a value.
    unsafe {
        T::placement_default(slot.as_mut_ptr());
        slot.assume_init()
    }
}

#[derive(ShmSafe, Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
enum State {
    Busy,
    #[default]
    Idle,
}

#[derive(ShmSafe, Default, PartialEq, Debug)]
#[repr(i16)]
enum WithStdDefault {
    A = 3,
    #[default]
    B = -2,
}

#[derive(ShmSafe, PartialEq, Debug)]
#[repr(C)]
enum Event {
    Nothing,
    #[default]
    Changed {
        id: u64,
        to: State,
    },
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    hits: AtomicU32,
    states: [State; 3],
    event: Event,
}

#[derive(ShmSafe, PartialEq, Debug)]
#[repr(C)]
struct Pair<T>(T, T);

#[derive(ShmSafe, PartialEq, Debug)]
#[repr(transparent)]
enum Only {
    #[default]
    Value(State),
}

#[derive(ShmSafe, PartialEq, Debug)]
#[repr(u8)]
enum Zero {
    #[default]
    A(u8),
    B,
}

fn main() {
    assert_eq!(made::<State>(), State::Idle);
    assert_ne!(State::Busy, State::Idle);
    assert_eq!(made::<WithStdDefault>(), WithStdDefault::default());
    assert_ne!(made::<WithStdDefault>(), WithStdDefault::A);
    assert_eq!(made::<Event>(), Event::Changed { id: 0, to: State::Idle });
    assert_ne!(made::<Event>(), Event::Nothing);
    let record = made::<Record>();
    assert_eq!((record.id, record.hits.load(Ordering::Relaxed), record.states), (0, 0, [State::Idle; 3]));
    assert_eq!(record.event, Event::Changed { id: 0, to: State::Idle });
    assert_eq!(made::<Pair<State>>(), Pair(State::Idle, State::Idle));
    assert_eq!(made::<Only>(), Only::Value(State::Idle));
    assert_eq!(made::<Zero>(), Zero::A(0));
    assert_ne!(Zero::B, Zero::A(0));
    const {
        assert!(Zero::DEFAULT_IS_ZERO && Pair::<u8>::DEFAULT_IS_ZERO);
        assert!(!State::DEFAULT_IS_ZERO && !Pair::<State>::DEFAULT_IS_ZERO && !Only::DEFAULT_IS_ZERO);
    }
}
