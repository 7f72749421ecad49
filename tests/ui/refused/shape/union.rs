use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
union Word {
    //~^ union
    int: u32,
    float: f32,
}

fn main() {}
