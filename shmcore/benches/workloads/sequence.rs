//! What is done, in which order: the sequences of pseudo-random steps and keys, which `rivals/sequence.hpp` makes too. Each has a
//! digest, so that the two cannot drift apart.

/// The first state of the generator.
pub(crate) const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
/// Blocks that are allocated at any time.
pub(crate) const LIVE: u16 = 1000;

/// Marsaglia's generator of 64 bits.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("64 bits at most");
        usize::try_from(self.next() % end).expect("less than a `usize`")
    }

    /// From 0 to below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// The block at `place` is freed, and one of `size` bytes allocated instead.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) place: u16,
    pub(crate) size: u16,
}

/// Steps whose sizes have uniform logarithms: 16 to 4095 bytes.
pub(crate) fn steps(seed: u64, count: u32) -> Vec<Step> {
    let mut random = XorShift(seed);
    let mut step = |_| {
        let place = random.below(LIVE.into());
        let size = (4.0 + 8.0 * random.fraction()).exp2();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 16 to below 4096")]
        let size = size as u16;
        Step { place: u16::try_from(place).expect("less than `LIVE`"), size }
    };
    (0..count).map(&mut step).collect()
}

/// Keys in an order that no cache likes, and the same in another order.
pub(crate) fn keys(count: u32) -> [Vec<u64>; 2] {
    let mut random = XorShift(SEED);
    let keys: Vec<u64> = (0..count).map(|_| random.next()).collect();
    let mut shuffled = keys.clone();
    for index in (1..shuffled.len()).rev() {
        shuffled.swap(index, random.below(index + 1));
    }
    [keys, shuffled]
}

pub(crate) fn digest(before: u64, value: u64) -> u64 {
    before.rotate_left(7) ^ value
}

pub(crate) fn digest_of_steps(steps: &[Step]) -> u64 {
    steps.iter().fold(0, |sum, step| digest(sum, u64::from(step.place) << 16 | u64::from(step.size)))
}

pub(crate) fn digest_of_keys(keys: &[u64]) -> u64 {
    keys.iter().fold(0, |sum, &key| digest(sum, key))
}
