use shmcore::ShmSafe;

macro_rules! record {
    ($t:ty) => {
        #[derive(ShmSafe)]
        #[repr(C)]
        struct Record {
            a: $t,
        }
    };
}

record!(Vec<u32>);
//~^ Vec<u32>

fn main() {}
