use shmcore::ShmSafe;

#[derive(ShmSafe)]
struct A {
    //~^ A
    //~^^ A
    a: u8,
}

impl Drop for A {
    fn drop(&mut self) {}
}

fn main() {}
