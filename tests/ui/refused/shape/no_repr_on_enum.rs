use shmcore::ShmSafe;

#[derive(ShmSafe)]
enum State {
    //~^ State
    Idle,
    Busy,
}

fn main() {}
