//! A choice among values that have names.

use crate::random::NameChoice;

/// Values, each drawn with its share, whichever order their names come in.
#[derive(Clone, Debug)]
pub(super) struct ByName<T> {
    choice: NameChoice,
    values: Vec<(T, f64)>,
}

impl<T> ByName<T> {
    /// The choice among some values with their names and weights; none if no weight is above 0.
    pub(super) fn new<'n>(values: impl IntoIterator<Item = (&'n str, f64, T)>) -> Option<Self> {
        let (mut names, mut weights, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for (name, weight, value) in values {
            if weight > 0.0 {
                names.push(name.to_owned());
                weights.push(weight);
                kept.push(value);
            }
        }
        let sum: f64 = weights.iter().sum();
        if names.is_empty() {
            return None;
        }
        let choice = NameChoice::weighted(&names, &weights);
        let values = kept.into_iter().zip(weights).map(|(value, weight)| (value, weight / sum));
        Some(Self { choice, values: values.collect() })
    }

    /// The value that 64 random bits mean.
    #[inline]
    pub(super) fn sample(&self, bits: u64) -> &T {
        &self.values[usize::from(self.choice.sample(bits))].0
    }

    /// The values with their shares, which sum to 1.
    pub(super) fn shares(&self) -> impl Iterator<Item = (&T, f64)> {
        self.values.iter().map(|(value, share)| (value, *share))
    }
}
