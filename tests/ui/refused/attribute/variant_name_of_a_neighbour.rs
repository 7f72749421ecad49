use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum State {
    #[shm(name = "Busy")]
    //~^ "Busy"
    Idle,
    Busy,
}

fn main() {}
