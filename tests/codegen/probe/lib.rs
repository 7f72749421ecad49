//! Pairs of functions: one reads through a `Shared`, one through a reference. The test `codegen` compares their machine
//! code.

use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::{Shared, ShmSafe};

#[derive(ShmSafe)]
#[repr(C)]
pub struct Record {
    pub constant: [u32; 100],
    pub counter: AtomicU64,
}

#[unsafe(no_mangle)]
pub fn constant_shared(record: &Shared<Record>) -> u32 {
    record.constant[42]
}

#[unsafe(no_mangle)]
pub fn constant_reference(record: &&Record) -> u32 {
    record.constant[42]
}

#[unsafe(no_mangle)]
pub fn load_shared(record: &Shared<Record>) -> u64 {
    record.counter.load(Ordering::Acquire)
}

#[unsafe(no_mangle)]
pub fn load_reference(record: &&Record) -> u64 {
    record.counter.load(Ordering::Acquire)
}

#[unsafe(no_mangle)]
pub fn add_shared(record: &Shared<Record>) -> u64 {
    record.counter.fetch_add(1, Ordering::Relaxed)
}

#[unsafe(no_mangle)]
pub fn add_reference(record: &&Record) -> u64 {
    record.counter.fetch_add(1, Ordering::Relaxed)
}

#[unsafe(no_mangle)]
pub fn sum_shared(records: &Shared<[Record]>) -> u64 {
    records.iter().map(|record| record.counter.load(Ordering::Relaxed)).sum()
}

#[unsafe(no_mangle)]
pub fn sum_reference(records: &&[Record]) -> u64 {
    records.iter().map(|record| record.counter.load(Ordering::Relaxed)).sum()
}
