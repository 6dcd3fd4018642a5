//! The options of a comparison.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use event_simulator_timeline::ReceivedForm;

use super::matching::MatchKey;

/// The options of a comparison.
#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// Bytes of memory to stay within, roughly; beyond it, temporary files are used.
    pub memory_bytes: u64,
    /// The key that events are matched by; found out from the files if none is given.
    pub match_key: Option<MatchKey>,
    /// What becomes of event times.
    pub times: Times,
    /// True if times are those that were sent, so that they tell equal events apart; found out from the files
    /// if not given.
    pub times_survive: Option<bool>,
    /// True if `event_id` is compared also where events are not matched by it.
    pub ids_compared: bool,
    /// True if top-level fields that no sent event has are compared too.
    pub added_compared: bool,
    /// The fields that are not compared: `country`, or `props.step` within an object.
    pub ignore: Vec<String>,
    /// True if it matters in which order the events of a user stand in a file.
    pub check_order: bool,
    /// The form in which received events stand; by default our own, or one that can be told.
    pub received_form: Option<ReceivedForm>,
    /// An event is late if one that is this much newer stands before it in its file.
    pub late_after_millis: Option<u64>,
    /// The events that are read so far of both sides, for whoever watches.
    pub events_read: Arc<AtomicU64>,
}

/// What becomes of event times in a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// They are compared.
    #[default]
    Compare,
    /// They are not, because the target replaces them.
    Ignore,
}

impl Default for CompareOptions {
    /// A gibibyte; the key is found out; times are compared, and order is checked.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            match_key: None,
            times: Times::Compare,
            times_survive: None,
            ids_compared: false,
            added_compared: false,
            ignore: Vec::new(),
            check_order: true,
            received_form: None,
            late_after_millis: None,
            events_read: Arc::default(),
        }
    }
}
