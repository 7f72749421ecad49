use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum State {
    Idle,
    Busy {
        #[default]
        //~^ #[default]
        a: u8,
    },
}

fn main() {}
