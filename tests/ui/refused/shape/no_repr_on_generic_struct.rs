use shmcore::ShmSafe;

#[derive(ShmSafe)]
struct Pair<T> {
    //~^ Pair
    a: T,
    b: T,
}

fn main() {}
