//! The variant that is made in place.

use shmcore::ShmSafe;

#[derive(ShmSafe, Default, PartialEq, Debug)]
#[repr(u8)]
enum State {
    #[allow(dead_code)]
    Busy,
    #[default]
    Idle,
}

fn main() {
    assert_eq!(*shmcore::create_shared::<State>().unwrap(), State::Idle);
}
