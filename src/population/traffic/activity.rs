//! How users differ in their activity.

use crate::random::{exp, ln, normal_quantile};

/// Classes of users, of which each has as many.
const CLASSES: u64 = 16;
/// The unit of a pace.
const UNIT: f64 = (1_u64 << UNIT_BITS) as f64;
const UNIT_BITS: u32 = 16;

/// The rates at which users come, by class: log-normal, of mean 1.
#[derive(Clone, Debug)]
pub(super) struct ActivityTable {
    /// By class: how many times as long a user's cycles are, in units.
    paces: Box<[u64]>,
}

impl ActivityTable {
    /// The rates with a coefficient of variation, but for what lies beyond the last class.
    pub(super) fn new(spread: f64) -> Self {
        let sigma = ln(1.0 + spread * spread).sqrt();
        let place = |class: u64| (class as f64 + 0.5) / CLASSES as f64;
        let rates: Vec<f64> =
            (0..CLASSES).map(|class| exp(sigma * normal_quantile(place(class)))).collect();
        let mean = rates.iter().sum::<f64>() / CLASSES as f64;
        let pace = |rate: &f64| (UNIT * mean / rate + 0.5).floor() as u64;
        Self { paces: rates.iter().map(pace).collect() }
    }

    /// The pace of a user, for 64 random bits.
    pub(super) fn pace(&self, bits: u64) -> Pacing {
        Pacing(self.paces[((u128::from(bits) * u128::from(CLASSES)) >> u64::BITS) as usize])
    }

    /// The pace of each class.
    pub(super) fn paces(&self) -> impl Iterator<Item = Pacing> {
        self.paces.iter().map(|pace| Pacing(*pace))
    }
}

/// How many times as long one user's cycles are as those of the average one, in units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacing(u64);

impl Pacing {
    /// That of the average user.
    pub(crate) const AVERAGE: Self = Self(1 << UNIT_BITS);

    /// A time at this pace.
    pub(crate) fn ticks(self, ticks: u64) -> u64 {
        let paced = (u128::from(ticks) * u128::from(self.0)) >> UNIT_BITS;
        u64::try_from(paced).unwrap_or(u64::MAX)
    }

    /// The same as a factor.
    pub(crate) fn factor(self) -> f64 {
        self.0 as f64 / UNIT
    }
}
