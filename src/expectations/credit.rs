//! Conversions divided among the touches that led to them.

use crate::scenario::events::ExactNumber;
use crate::scenario::policy::CreditModel;

/// The weight of a touch at the moment of a conversion, with [`CreditModel::TimeDecay`].
const FULL_WEIGHT: f64 = 4_294_967_296.0;

/// The decimals to which what is divided is cut.
const DECIMALS: u32 = 6;

/// A touch that may have led to a conversion.
#[derive(Clone, Copy, Debug)]
pub(super) struct PastTouch {
    /// Its number.
    pub(super) touch: u32,
    pub(super) is_direct: bool,
    pub(super) age_ms: u64,
}

/// The weights of touches, from the first to the last; at least one is above 0, and the last one that is decides who
/// gets what is left.
pub(super) fn weights(model: CreditModel, half_life_ms: u64, touches: &[PastTouch]) -> Vec<u64> {
    let count = touches.len();
    let one = |chosen: usize| (0..count).map(|place| u64::from(place == chosen)).collect();
    let last = count.saturating_sub(1);
    match model {
        CreditModel::FirstTouch => one(0),
        CreditModel::LastTouch => one(last),
        CreditModel::LastNonDirect => {
            one(touches.iter().rposition(|touch| !touch.is_direct).unwrap_or(last))
        }
        CreditModel::Linear => vec![1; count],
        CreditModel::PositionBased if count < 3 => vec![1; count],
        CreditModel::PositionBased => {
            // 40 % are twice as much as what all between have together.
            let ends = 2 * (count as u64 - 2);
            (0..count).map(|place| if place == 0 || place == last { ends } else { 1 }).collect()
        }
        CreditModel::TimeDecay => {
            let weight = |age_ms: u64| {
                let halvings = age_ms as f64 / half_life_ms as f64;
                (FULL_WEIGHT * libm::exp2(-halvings)).round() as u64
            };
            let weights: Vec<u64> = touches.iter().map(|touch| weight(touch.age_ms)).collect();
            if weights.iter().all(|weight| *weight == 0) { one(last) } else { weights }
        }
    }
}

/// The part of each weight: cut to six decimals, or to as many as the amount has; the last one that is above 0 gets what is
/// left, so that the parts add up to the whole. None for a weight of 0, and where that takes more than 128 bits.
pub(super) fn parts(whole: ExactNumber, weights: &[u64]) -> Vec<Option<ExactNumber>> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let last = weights.iter().rposition(|weight| *weight > 0);
    let decimals = whole.decimals().max(DECIMALS);
    let units = whole.rounded(decimals);
    let mut left = units;
    let mut part = |(place, weight): (usize, &u64)| {
        if *weight == 0 {
            return None;
        }
        let cut = units?.checked_mul(i128::from(*weight))?.checked_div(total)?;
        let units = if Some(place) == last { left? } else { cut };
        left = left.map(|left| left - units);
        Some(ExactNumber::of_wide_units(units, decimals))
    };
    weights.iter().enumerate().map(&mut part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_MS: u64 = 86_400_000;

    fn touches(touches: &[(bool, u64)]) -> Vec<PastTouch> {
        let past = |&(is_direct, days): &(bool, u64)| PastTouch {
            touch: 0,
            is_direct,
            age_ms: days * DAY_MS,
        };
        touches.iter().map(past).collect()
    }

    #[test]
    fn models_weigh_touches() {
        use CreditModel::{FirstTouch, LastNonDirect, LastTouch, Linear, PositionBased, TimeDecay};
        let path = touches(&[(false, 14), (true, 7), (false, 7), (true, 0)]);
        let full = FULL_WEIGHT as u64;
        for (model, expected) in [
            (FirstTouch, [1, 0, 0, 0]),
            (LastTouch, [0, 0, 0, 1]),
            (LastNonDirect, [0, 0, 1, 0]),
            (Linear, [1, 1, 1, 1]),
            (PositionBased, [4, 1, 1, 4]),
            (TimeDecay, [full / 4, full / 2, full / 2, full]),
        ] {
            assert_eq!(weights(model, 7 * DAY_MS, &path), expected, "{model:?}");
        }
        assert_eq!(weights(LastNonDirect, 1, &touches(&[(true, 2), (true, 1)])), [0, 1]);
        assert_eq!(weights(PositionBased, 1, &path[..2]), [1, 1]);
        assert_eq!(weights(TimeDecay, 1, &path[..2]), [0, 1]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            units in any::<i64>(), decimals in 0..9_u32, weights in prop::collection::vec(0..=1_u64 << 32, 1..20)
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let whole = ExactNumber::of_units(units, decimals);
            let parts = parts(whole, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            let sum = parts.iter().flatten().try_fold(ExactNumber::ZERO, |sum, part| sum.add(*part));
            prop_assert_eq!(sum.unwrap().compare(whole), Some(std::cmp::Ordering::Equal));
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert_eq!(part.is_some(), *weight > 0);
            }
        }
    }
}
