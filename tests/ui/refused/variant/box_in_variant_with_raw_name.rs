use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    Nothing,
    #[allow(non_camel_case_types)]
    r#type(Box<u8>),
    //~^ Box<u8>
}

fn main() {}
