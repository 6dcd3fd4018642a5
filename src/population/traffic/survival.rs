//! How long users stay before they leave for good.

use crate::random::{exp, ln};

use super::profile::{DAY_MS, TICKS_PER_MS};

const TICKS_PER_DAY: f64 = (DAY_MS * TICKS_PER_MS) as f64;

/// The share of users who have not left by their age: its logarithm falls in straight lines over `ln(1 + days)`, through
/// the points that are given and on beyond the last one. So most of those who leave do so at once, and who has stayed
/// for long is likely to stay on.
#[derive(Clone, Debug)]
pub(crate) struct Survival {
    /// `ln(1 + days)` and the logarithm of the share, from 0 and 0 on.
    points: Vec<[f64; 2]>,
}

impl Survival {
    /// The curve through the shares of days, which are above 0 and do not rise; none if there are no points.
    pub(crate) fn new(points: &[(u32, f64)]) -> Option<Self> {
        let points = points.iter().map(|(day, share)| [ln(1.0 + f64::from(*day)), ln(*share)]);
        let points: Vec<[f64; 2]> = std::iter::once([0.0, 0.0]).chain(points).collect();
        (points.len() > 1).then_some(Self { points })
    }

    /// The points before and after a place, of which the first one `is_before` it; the last two beyond all.
    fn line(&self, is_before: impl Fn(&[f64; 2]) -> bool) -> ([f64; 2], f64) {
        let next = self.points.partition_point(is_before).clamp(1, self.points.len() - 1);
        let [from, to] = [self.points[next - 1], self.points[next]];
        (from, (to[1] - from[1]) / (to[0] - from[0]))
    }

    /// The age at which a user leaves, in ticks, for 64 random bits: the inverse of the curve.
    pub(crate) fn leaves_at(&self, bits: u64) -> u64 {
        const POINTS: f64 = (1_u64 << 53) as f64;
        let share = ln(((bits >> 11) as f64 + 0.5) / POINTS);
        let (from, slope) = self.line(|point| point[1] >= share);
        if slope >= 0.0 {
            // Whoever is still there beyond a last stretch that does not fall never leaves.
            return u64::MAX;
        }
        let days = exp(from[0] + (share - from[1]) / slope) - 1.0;
        (days * TICKS_PER_DAY) as u64
    }

    /// The share of users who have not left at an age of so many days.
    pub(crate) fn share_at(&self, days: f64) -> f64 {
        let place = ln(1.0 + days.max(0.0));
        let (from, slope) = self.line(|point| point[0] <= place);
        exp(from[1] + slope * (place - from[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_through_its_points_and_so_do_the_draws() {
        const DRAWS: u64 = 100_000;
        let survival = Survival::new(&[(1, 0.4), (7, 0.2), (30, 0.1)]).unwrap();
        for (days, share) in [(0.0, 1.0), (1.0, 0.4), (7.0, 0.2), (30.0, 0.1)] {
            assert!((survival.share_at(days) - share).abs() < 1e-12, "{days}");
            let age = days * TICKS_PER_DAY;
            let stay = (0..DRAWS)
                .map(|draw| survival.leaves_at(draw * (u64::MAX / DRAWS)))
                .filter(|leaves_at| *leaves_at as f64 >= age)
                .count() as f64;
            assert!((stay / DRAWS as f64 - share).abs() < 1e-4, "{days}: {stay}");
        }
        assert!((0.02..0.08).contains(&survival.share_at(365.0)));
    }

    #[test]
    fn a_curve_that_does_not_fall_keeps_whoever_is_left() {
        let survival = Survival::new(&[(1, 0.5), (2, 0.5)]).unwrap();
        assert_eq!(survival.leaves_at(u64::MAX / 4), u64::MAX);
        assert!(survival.leaves_at(u64::MAX / 4 * 3) < TICKS_PER_DAY as u64);
        assert!((survival.share_at(1e6) - 0.5).abs() < 1e-12);
    }
}
