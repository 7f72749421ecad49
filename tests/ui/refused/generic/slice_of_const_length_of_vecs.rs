use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Table<const N: usize> {
    rows: [Vec<u8>; N],
    //~^ [Vec<u8>; N]
}

fn main() {}
