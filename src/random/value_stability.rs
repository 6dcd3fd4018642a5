//! The values that every sampler has given since the format version began, and must always give.

use super::*;

/// The first samples of a range of numbers that is the same for every row.
fn drawn<T, const N: usize>(sample: impl Fn(&mut Rng) -> T) -> [T; N] {
    let mut rng = RngStreams::new(42).for_session(7, 3);
    std::array::from_fn(|_| sample(&mut rng))
}

#[test]
fn streams() {
    let streams = RngStreams::new(42);
    assert_eq!(streams.for_user(7).next_u64(), 9_541_541_775_683_537_245);
    assert_eq!(streams.for_session(7, 0).next_u64(), 1_187_994_354_377_165_580);
    assert_eq!(
        streams.for_session((1 << 24) - 1, (1 << 24) - 1).next_u64(),
        3_631_914_429_038_151_834
    );
    assert_eq!(streams.for_ids().next_u64(), 10_600_863_302_048_818_813);
}

/// Draws of different kinds take the numbers of one range in turn.
#[test]
fn one_range_read_in_every_way() {
    let mut rng = RngStreams::new(42).for_session(7, 3);
    let drawn: Vec<u64> = (0..4).map(|_| rng.between(50, 500)).collect();
    assert_eq!(drawn, [256, 401, 83, 139]);
    assert_eq!(rng.next_u32(), 221_901_211);
    assert_eq!(rng.next_u64(), 6_737_217_969_354_462_332);
    assert_eq!(rng.between(0, 1 << 40), 108_321_227_139);
}

#[test]
fn bits() {
    assert_eq!(drawn(Rng::next_u32), [1_968_590_583, 3_348_426_883, 320_374_703, 848_246_993]);
    assert_eq!(
        drawn(Rng::next_u64),
        [14_381_383_957_500_808_951, 3_643_193_094_185_715_631, 4_449_649_323_616_629_147]
    );
}

#[test]
fn uniform_integers() {
    assert_eq!(drawn(|rng| rng.below(10)), [4, 7, 0, 1, 0, 2, 3, 5]);
    // A quarter of the draws is rejected; here the sixth and the seventh.
    assert_eq!(drawn(|rng| rng.below(3 << 30) >> 20), [1408, 2394, 229, 606, 158, 1579]);
    assert_eq!(drawn(|rng| rng.between(50, 500)), [256, 401, 83, 139, 73, 158, 214, 281]);
    assert_eq!(
        drawn(|rng| rng.between(0, 1 << 40)),
        [857_197_282_166, 217_151_230_227, 265_219_767_309, 565_410_418_014]
    );
}

#[test]
fn bernoulli() {
    let of = |p| drawn(|rng| u8::from(Bernoulli::new(p).unwrap().sample(rng)));
    assert_eq!(of(0.0), [0; 8]);
    assert_eq!(of(0.25), [0, 0, 1, 1, 1, 1, 0, 0]);
    assert_eq!(of(0.7), [1, 0, 1, 1, 1, 1, 1, 1]);
    assert_eq!(of(1.0), [1; 8]);
}

#[test]
fn alias_table() {
    let of = |weights: &[f64]| drawn(|rng| AliasTable::new(weights).unwrap().sample(rng));
    assert_eq!(of(&[5.0]), [0; 8]);
    assert_eq!(of(&[1.0, 0.0]), [0; 8]);
    assert_eq!(of(&[0.35, 0.05, 0.0, 0.6]), [3, 0, 0, 3, 3, 3, 3, 3]);
    assert_eq!(of(&[1.0, 2.0, 3.0, 4.0, 5.0]), [3, 4, 1, 2, 4, 2, 2, 2]);
}

#[test]
fn truncated_geometric() {
    let of = |min, max, mean| {
        let counts = TruncatedGeometric::with_mean(min, max, mean).unwrap();
        drawn(|rng| counts.sample(rng))
    };
    assert_eq!(of(3, 15, 5.0), [4, 4, 6, 3, 5, 8, 8, 3]);
    assert_eq!(of(3, 15, 12.5), [13, 14, 6, 15, 14, 8, 15, 15]);
    assert_eq!(of(0, 8, 1.6), [7, 0, 2, 0, 1, 3, 3, 0]);
    assert_eq!(of(0, 8, 8.0), [8; 8]);
    let uniform = TruncatedGeometric::uniform(1, 6).unwrap();
    assert_eq!(drawn(|rng| uniform.sample(rng)), [5, 2, 2, 4, 6, 3, 3, 4]);
}

#[test]
fn feistel() {
    let mut rng = RngStreams::new(42).for_ids();
    let (narrow, wide) = (Feistel::<16>::new(&mut rng), Feistel::<24>::new(&mut rng));
    let images = [0, 1, 2].map(|value| narrow.permute(value));
    assert_eq!(images, [1_190_346_365, 110_946_458, 227_253_788]);
    let images = [0, 1, 1 << 24].map(|value| wide.permute(value));
    assert_eq!(images, [37_520_872_409_353, 35_176_159_372_759, 78_744_891_584_800]);
}
