use shmcore::ShmSafe;

type Maybe<T> = Option<T>;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Maybe<u8>,
    //~^ Maybe<u8>
}

fn main() {}
