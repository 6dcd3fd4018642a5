//! The values that every sampler has given since the format version began, and must always give.

use super::*;

/// What a sampler gives for the first draws of an aspect that is the same for every row.
fn drawn<T, const N: usize>(sample: impl Fn(u64) -> T) -> [T; N] {
    let draws = RngStreams::new(42).for_session(7, 3).of(Aspect::Page);
    std::array::from_fn(|number| sample(draws.at(number as u64)))
}

#[test]
fn streams() {
    let streams = RngStreams::new(42);
    let first = |draws: Draws| draws.of(Aspect::Journey).at(0);
    let found = [
        first(streams.for_user(7)),
        first(streams.for_session(7, 0)),
        first(streams.for_session((1 << 24) - 1, (1 << 24) - 1)),
    ];
    insta::assert_compact_debug_snapshot!(found, @"[8090642627441597667, 2812185996400316055, 6424408973690785988]");
    insta::assert_compact_debug_snapshot!(streams.id_keys::<3>(), @"[721804756, 309028100, 725696633]");
}

#[test]
fn places() {
    let draws = RngStreams::new(42).for_session(7, 3);
    let aspects = [Aspect::FirstStart, Aspect::Action, Aspect::Interval];
    let found = aspects.map(|aspect| [draws.of(aspect).at(0), draws.of(aspect).at_action(2, 1)]);
    insta::assert_compact_debug_snapshot!(found, @"[[1993900168025060967, 15258066807048866445], [2243340982969595968, 16408259002468725400], [1374832500065269202, 2889758584173844784]]");
    insta::assert_compact_debug_snapshot!(drawn::<_, 3>(redrawn), @"[8144413634415838664, 3215260568158404308, 3104253466179694036]");
}

#[test]
fn uniform_integers() {
    insta::assert_compact_debug_snapshot!(drawn::<_, 8>(|bits| uniform(bits, 0, 9)), @"[8, 0, 7, 4, 1, 1, 6, 2]");
    insta::assert_compact_debug_snapshot!(drawn::<_, 8>(|bits| uniform(bits, 50, 500)), @"[420, 77, 374, 236, 100, 131, 351, 148]");
    insta::assert_compact_debug_snapshot!(drawn::<_, 4>(|bits| uniform(bits, 0, 1 << 40)), @"[903172602327, 68037121542, 790760316771, 455303449268]");
}

#[test]
fn bernoulli() {
    let of = |p| drawn::<_, 8>(|bits| u8::from(Bernoulli::new(p).unwrap().sample(bits)));
    assert_eq!(of(0.0), [0; 8]);
    insta::assert_compact_debug_snapshot!(of(0.25), @"[0, 1, 0, 0, 1, 1, 0, 1]");
    insta::assert_compact_debug_snapshot!(of(0.7), @"[0, 1, 0, 1, 1, 1, 1, 1]");
    assert_eq!(of(1.0), [1; 8]);
}

#[test]
fn cumulative_table() {
    let of =
        |weights: &[f64]| drawn::<_, 8>(|bits| CumulativeTable::new(weights).unwrap().sample(bits));
    assert_eq!(of(&[5.0]), [0; 8]);
    assert_eq!(of(&[1.0, 0.0]), [0; 8]);
    insta::assert_compact_debug_snapshot!(of(&[0.35, 0.05, 0.0, 0.6]), @"[3, 0, 3, 3, 0, 0, 3, 0]");
    insta::assert_compact_debug_snapshot!(of(&[1.0, 2.0, 3.0, 4.0, 5.0]), @"[4, 0, 4, 3, 1, 1, 4, 2]");
}

#[test]
fn name_choice() {
    let of = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("/{number}")).collect();
        let choice = NameChoice::new(&names);
        drawn::<_, 8>(|bits| choice.sample(bits))
    };
    assert_eq!(of(1), [0; 8]);
    insta::assert_compact_debug_snapshot!(of(12), @"[6, 4, 2, 6, 7, 1, 7, 9]");
    insta::assert_compact_debug_snapshot!(of(13), @"[6, 4, 2, 6, 7, 1, 7, 12]");
    let weighted = NameChoice::weighted(&["a", "b", "c"].map(str::to_owned), &[1.0, 0.0, 3.0]);
    insta::assert_compact_debug_snapshot!(drawn::<_, 8>(|bits| weighted.sample(bits)), @"[2, 2, 0, 2, 0, 2, 2, 2]");
    insta::assert_compact_debug_snapshot!(of(1_000), @"[54, 741, 269, 609, 560, 876, 807, 850]");
}

#[test]
fn bounded_count() {
    let of = |min, max, mean, shape| {
        let counts = BoundedCount::with_mean(min, max, mean, shape).unwrap();
        drawn::<_, 8>(|bits| counts.sample(bits))
    };
    insta::assert_compact_debug_snapshot!(of(3, 15, 5.0, CountShape::Even), @"[7, 3, 6, 4, 3, 3, 5, 3]");
    insta::assert_compact_debug_snapshot!(of(3, 15, 12.5, CountShape::Even), @"[15, 7, 14, 13, 9, 10, 14, 11]");
    insta::assert_compact_debug_snapshot!(of(0, 8, 1.6, CountShape::Even), @"[3, 0, 2, 1, 0, 0, 2, 0]");
    assert_eq!(of(0, 8, 8.0, CountShape::Even), [8; 8]);
    insta::assert_compact_debug_snapshot!(of(1, 50, 5.0, CountShape::HeavyTailed), @"[7, 1, 4, 1, 1, 1, 3, 1]");
    insta::assert_compact_debug_snapshot!(of(1, 9, 8.0, CountShape::HeavyTailed), @"[9, 5, 9, 8, 6, 7, 9, 7]");
    let uniform = BoundedCount::of_shape(1, 6, CountShape::Even).unwrap();
    insta::assert_compact_debug_snapshot!(drawn::<_, 8>(|bits| uniform.sample(bits)), @"[5, 1, 5, 3, 1, 2, 5, 2]");
}

#[test]
fn feistel() {
    let (narrow, wide) = (Feistel::<16>::new([1, 2, 3, 4]), Feistel::<24>::new([5, 6, 7, 8]));
    insta::assert_compact_debug_snapshot!([0, 1, 2].map(|value| narrow.permute(value)), @"[3861530846, 2384743134, 4001182260]");
    insta::assert_compact_debug_snapshot!([0, 1, 1 << 24].map(|value| wide.permute(value)), @"[41539811148703, 159586758175283, 33577103631575]");
}
