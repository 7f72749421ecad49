use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(c)]
//~^ c)
//~^^ rustc: c)
struct Line {
    a: u8,
}

fn main() {}
