//! The errors of samplers.

/// Parameters that a distribution cannot have.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum ParameterError {
    #[error("{0} is not a probability, 0 to 1")]
    Probability(f64),
    #[error("weights must be finite and not negative, and one of them above 0")]
    Weights,
    #[error("a count is drawn from a range, and {min} is above {max}")]
    Range { min: u32, max: u32 },
    #[error("{mean} is not the mean of a count from {min} to {max}")]
    Mean { mean: f64, min: u32, max: u32 },
    #[error("the quantile {quantile} must be above the median {median}")]
    Quantile { median: f64, quantile: f64 },
    #[error("less than a millionth of the distribution lies within the bounds")]
    Bounds,
}
