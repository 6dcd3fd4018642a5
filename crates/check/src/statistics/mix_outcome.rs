//! The outcome of the test of a mix.

use std::fmt;

use serde::{Serialize, Serializer};

use event_simulator::quantity::grouped;

use super::mix_unit::MixUnit;

/// The outcome of a [`MixTest`](super::MixTest).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MixOutcome {
    /// Event type, expected share, found share.
    #[serde(serialize_with = "shares")]
    pub shares: Vec<(String, f64, f64)>,
    /// What was tested.
    pub unit: MixUnit,
    /// How many of them.
    pub units: u64,
    /// Events of types that the scenario does not have.
    pub unexpected: u64,
    /// The test statistic.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub degrees: usize,
    /// The probability of a statistic at least as great if the mix is as expected.
    pub p_value: f64,
}

/// A mix whose p-value is below this is not the scenario's.
const SIGNIFICANCE: f64 = 0.001;

fn shares<S: Serializer>(shares: &[(String, f64, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct MixShare<'a> {
        event_type: &'a str,
        expected: f64,
        found: f64,
    }
    let rows = shares.iter().map(|(event_type, expected, found)| MixShare {
        event_type,
        expected: *expected,
        found: *found,
    });
    serializer.collect_seq(rows)
}

impl MixOutcome {
    /// True if the mix may be the scenario's.
    pub fn is_in_accord(&self) -> bool {
        self.p_value >= SIGNIFICANCE
    }
}

impl fmt::Display for MixOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = match self.unit {
            MixUnit::Session => "sessions",
            MixUnit::User => "users",
        };
        if self.units == 0 {
            return write!(
                f,
                "The mix was not tested: there is no session that is whole for certain"
            );
        }
        let what = format!("Mix of {} {units}:", grouped(self.units));
        write!(f, "{what:25} {:>10} {:>9}", "expected", "found")?;
        for (name, expected, found) in &self.shares {
            write!(f, "\n  {name:22} {:9.2} % {:7.2} %", 100.0 * expected, 100.0 * found)?;
        }
        if self.unexpected > 0 {
            let unexpected = self.unexpected;
            write!(
                f,
                "\n  {} events of types that the scenario does not have",
                grouped(unexpected)
            )?;
        }
        let verdict = if self.is_in_accord() {
            "in accord with the scenario"
        } else {
            "not the scenario's mix"
        };
        write!(
            f,
            "\nChi-square {:.2} with {} degrees of freedom, p = {:.4}: {verdict}",
            self.chi_square, self.degrees, self.p_value
        )
    }
}
