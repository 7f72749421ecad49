//! Numbers that tell one thing from all others: random ones, and the id of the machine's boot.

use std::io;

use rustix::rand::GetRandomFlags;

use super::Failed;

/// Random bytes, as unpredictable as the kernel's.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Failed> {
    const { assert!(N <= 256, "more may come in parts (getrandom(2))") };
    let mut bytes = [0; N];
    rustix::io::retry_on_intr(|| rustix::rand::getrandom(&mut bytes, GetRandomFlags::empty()))
        .map_err(Failed::at("getrandom"))?;
    Ok(bytes)
}

/// The id of this boot of the machine: different after each start.
pub(crate) fn boot_id() -> Result<[u8; 16], Failed> {
    const CALL: &str = "read(/proc/sys/kernel/random/boot_id)";
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_err(Failed::at(CALL))?;
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    match u128::from_str_radix(&digits, 16) {
        Ok(id) if digits.len() == 32 => Ok(id.to_be_bytes()),
        _ => Err(Failed { call: CALL, source: io::Error::new(io::ErrorKind::InvalidData, text) }),
    }
}
