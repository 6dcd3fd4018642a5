//! The timeline that expectations are true of, found again.

use std::path::Path;

use serde::Deserialize;

use event_simulator::expectations::Expectations;
use event_simulator::policy::WindowLateness;
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::wire::EventFields;
use event_simulator_timeline::{TimelineReader, open_digested};

/// The longest timeline that is read again for causes.
pub(super) const MOST_EVENTS: usize = 300_000;

/// The file beside expected tables that says of which timeline they are true.
const DOCUMENT: &str = "expectations.json";

/// The events of the timeline.
pub(in crate::verify) struct SourceTimeline {
    pub(super) events: Vec<EventFields<'static>>,
    /// The policy under which they count, if they are not those of a timeline.
    pub(super) policy: Option<PolicySpec>,
    /// What became of what arrived, by windows of time.
    pub(super) lateness: Option<WindowLateness>,
}

#[derive(Deserialize)]
struct SourceDocument {
    timeline: TimelineSource,
}

#[derive(Deserialize)]
struct TimelineSource {
    file: Option<String>,
    blake3: String,
}

impl SourceTimeline {
    /// The timeline that expected tables were made of, if their directory says where it is, it is still the same,
    /// and not too long. Causes can be looked for without it, so nothing that fails here is an error.
    pub(in crate::verify) fn find(expected: &Path) -> Option<Self> {
        let document = std::fs::read(expected.join(DOCUMENT)).ok()?;
        let source = serde_json::from_slice::<SourceDocument>(&document).ok()?.timeline;
        let path = expected.join(source.file?);
        if !path.is_file() {
            return None;
        }
        let (input, digest) = open_digested(&path).ok()?;
        let mut reader = TimelineReader::new(path.display().to_string(), Box::new(input)).ok()?;
        let mut events = Vec::new();
        while let Some(event) = reader.next_event().ok()? {
            if events.len() == MOST_EVENTS {
                return None;
            }
            events.push(event.into_owned());
        }
        (digest.finish() == source.blake3).then_some(Self { events, policy: None, lateness: None })
    }

    /// The aggregates of none of its events.
    pub(super) fn no_expectations(&self) -> Expectations {
        let expectations = Expectations::new();
        match &self.policy {
            Some(policy) => expectations.under(policy).with_lateness(self.lateness.clone()),
            None => expectations,
        }
    }
}
