use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum E {
    A(String),
    //~^ String
    B { at: std::time::Instant },
    //~^ std::time::Instant
}

fn main() {}
