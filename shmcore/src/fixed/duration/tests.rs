use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::panic::catch_unwind;
use std::time::Duration;

use proptest::prelude::*;

use super::ShmDuration;
use crate::{Immutable, PlacementDefault, Pod, ShmSafe};

/// Any bytes.
fn any_duration() -> impl Strategy<Value = ShmDuration> {
    let secs = prop_oneof![0..4_u64, any::<u64>(), u64::MAX - 5..=u64::MAX];
    let nanos = prop_oneof![0..3_u32, 999_999_998..1_000_000_002_u32, any::<u32>()];
    (secs, nanos, any::<u32>()).prop_map(|(secs, nanos, zero)| ShmDuration { secs, nanos, zero })
}

/// What the bytes mean, said with numbers wide enough.
fn meaning(duration: ShmDuration) -> u128 {
    let nanos = u128::from(duration.secs) * 1_000_000_000 + u128::from(duration.nanos);
    nanos.min(Duration::MAX.as_nanos())
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    /// 6000 times 24 operations.
    #[test]
    fn any_bytes_are_the_duration_that_they_mean(duration in any_duration(), other in any_duration(), factor in any::<u32>()) {
        let (oracle, other_oracle) = (Duration::from(duration), other.get());
        prop_assert_eq!(oracle.as_nanos(), meaning(duration));
        prop_assert_eq!(ShmDuration::new(duration.secs, duration.nanos), duration);
        prop_assert_eq!(ShmDuration::from(oracle), duration);
        prop_assert_eq!(duration.is_zero(), oracle.is_zero());
        prop_assert_eq!((duration.as_secs(), duration.subsec_nanos()), (oracle.as_secs(), oracle.subsec_nanos()));
        prop_assert_eq!((duration.subsec_millis(), duration.subsec_micros()), (oracle.subsec_millis(), oracle.subsec_micros()));
        prop_assert_eq!((duration.as_millis(), duration.as_micros(), duration.as_nanos()),
            (oracle.as_millis(), oracle.as_micros(), oracle.as_nanos()));
        prop_assert_eq!(duration.as_secs_f64().to_bits(), oracle.as_secs_f64().to_bits());
        prop_assert_eq!(duration.as_secs_f32().to_bits(), oracle.as_secs_f32().to_bits());
        prop_assert_eq!(duration.abs_diff(other), oracle.abs_diff(other_oracle));
        prop_assert_eq!(duration.checked_add(other).map(Duration::from), oracle.checked_add(other_oracle));
        prop_assert_eq!(duration.checked_sub(other).map(Duration::from), oracle.checked_sub(other_oracle));
        prop_assert_eq!(duration.checked_mul(factor).map(Duration::from), oracle.checked_mul(factor));
        prop_assert_eq!(duration.checked_div(factor).map(Duration::from), oracle.checked_div(factor));
        prop_assert_eq!(duration.saturating_add(other), oracle.saturating_add(other_oracle));
        prop_assert_eq!(duration.saturating_sub(other), oracle.saturating_sub(other_oracle));
        prop_assert_eq!(duration.saturating_mul(factor), oracle.saturating_mul(factor));
        prop_assert_eq!(duration.cmp(&other), oracle.cmp(&other_oracle));
        prop_assert_eq!(duration.partial_cmp(&other_oracle), oracle.partial_cmp(&other_oracle));
        prop_assert_eq!(duration == other, oracle == other_oracle);
        prop_assert_eq!(hash(duration), hash(oracle));
        prop_assert_eq!(format!("{duration:?} {duration:.1?}"), format!("{oracle:?} {oracle:.1?}"));
    }

    #[test]
    fn durations_of_the_same_meaning_are_equal(secs in 5_u64.., nanos in 0..200_000_000_u32, carried in 0..4_u32) {
        let plain = ShmDuration::new(secs, nanos);
        let secs = secs - u64::from(carried);
        let carried = ShmDuration { secs, nanos: nanos + carried * 1_000_000_000, zero: carried };
        prop_assert_eq!(plain, carried);
        prop_assert_eq!(hash(plain), hash(carried));
        prop_assert_eq!(carried.subsec_nanos(), nanos);
    }

    #[test]
    fn numbers_are_made_durations_as_in_std(number in any::<u64>()) {
        prop_assert_eq!(ShmDuration::from_secs(number), Duration::from_secs(number));
        prop_assert_eq!(ShmDuration::from_millis(number), Duration::from_millis(number));
        prop_assert_eq!(ShmDuration::from_micros(number), Duration::from_micros(number));
        prop_assert_eq!(ShmDuration::from_nanos(number), Duration::from_nanos(number));
    }
}

#[test]
fn operators_do_what_stds_do() {
    let (long, short) = (ShmDuration::from_secs(3), ShmDuration::from_millis(500));
    let mut changed = long;
    changed += short;
    changed -= Duration::from_secs(1);
    changed *= 4;
    changed /= 2;
    changed -= short;
    assert_eq!(changed, Duration::from_millis(4500));
    assert_eq!([long, short, short].into_iter().sum::<ShmDuration>(), Duration::from_secs(4));
    assert_eq!(
        (long + short, long - short),
        (ShmDuration::from_millis(3500), ShmDuration::from_millis(2500))
    );
    assert!(long > short && long > Duration::from_secs(2) && Duration::from_secs(3) == long);
    assert!(catch_unwind(|| short - long).is_err());
    assert!(catch_unwind(|| ShmDuration::MAX + short).is_err());
    assert!(catch_unwind(|| long / 0).is_err());
}

#[test]
fn any_bytes_are_allowed_and_zeroes_are_the_default() {
    fn facts<T: Pod + Immutable + PlacementDefault>() {}
    facts::<ShmDuration>();
    const { assert!(ShmDuration::LAYOUT.accepts_every_pattern()) };
    const { assert!(<ShmDuration as PlacementDefault>::DEFAULT_IS_ZERO) };
    const { assert!(size_of::<ShmDuration>() == 16) };
    assert_eq!(ShmDuration::default(), Duration::ZERO);
    assert_eq!(ShmDuration::MAX, Duration::MAX);
    assert_eq!(ShmDuration::new(u64::MAX, 1_000_000_000), ShmDuration::MAX);
}
