use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(transparent)]
enum Name {
    Text(String),
    //~^ String
}

fn main() {}
