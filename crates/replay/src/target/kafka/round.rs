//! One round of records that are sent together.

use rdkafka::types::RDKafkaErrorCode as Code;

use super::errors::{Meaning, meaning};

/// What the failures of records that were sent together come to.
#[derive(Default)]
pub(super) struct ProducedRound {
    /// An error that concerns all of a try.
    pub(super) failed: Option<Code>,
    /// An error that concerns the producer.
    pub(super) of_producer: Option<Code>,
    /// True if a record was refused for what is in it, perhaps in another.
    pub(super) has_refused: bool,
}

impl ProducedRound {
    /// The round with these failures; `is_retired` if another producer has taken the place of its own.
    pub(super) fn of(failures: &[(usize, Code)], is_retired: bool) -> Self {
        let mut round = Self::default();
        for &(_, code) in failures {
            match meaning(code) {
                Meaning::Record => round.has_refused = true,
                Meaning::Producer => round.of_producer = Some(code),
                // It was taken back to be sent by the other.
                Meaning::Passing if is_retired && is_taken_back(code) => {}
                Meaning::Passing => round.failed = round.failed.or(Some(code)),
                // It tells more than what may pass.
                Meaning::Closed(_) => round.failed = Some(code),
            }
        }
        round
    }
}

/// True if a record was taken back from librdkafka, and not refused.
pub(super) fn is_taken_back(code: Code) -> bool {
    matches!(code, Code::PurgeQueue | Code::PurgeInflight)
}
