//! What must hold of the readers of quantities, for the fuzzer and the normal tests.

use std::time::Duration;

use event_simulator::quantity::{
    ByteSize, DurationRange, Rate, Share, parse_duration, show_duration,
};
use event_simulator::{Shard, VirtualTime};

/// Reads `bytes` as each quantity. What is read keeps its bounds, and what can be written reads back.
pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(duration) = parse_duration(text) {
        assert!(!show_duration(duration).is_empty());
    }
    if let Ok(range) = text.parse::<DurationRange>() {
        assert!(range.low <= range.high);
    }
    if let Ok(rate) = text.parse::<Rate>() {
        assert!((1e-9..=1e9).contains(&rate.as_per_second()));
        assert!(Duration::try_from_secs_f64(1.0 / rate.as_per_second()).is_ok());
    }
    if let Ok(share) = text.parse::<Share>() {
        assert!((0.0..=1.0).contains(&share.as_f64()));
    }
    if let Ok(size) = text.parse::<ByteSize>() {
        assert!(size.as_bytes() > 0);
        assert_eq!(size.to_string().parse(), Ok(size));
    }
    if let Ok(shard) = text.parse::<Shard>() {
        assert!(shard.index() < shard.count());
        assert_eq!(shard.to_string().parse(), Ok(shard));
    }
    if let Ok(time) = text.parse::<VirtualTime>() {
        assert_eq!(time.to_string().parse(), Ok(time));
    }
}
