use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum State {
    #[default]
    Idle,
    #[default]
    //~^ #[default]
    Busy,
}

fn main() {}
