//! Bots, by what they call themselves.

use foldhash::HashMap;

use crate::scenario::policy::{PolicySpec, PrefetchRule};
use crate::wire::{EventFields, scan};

/// Tells bots by their user agents.
#[derive(Debug)]
pub(super) struct BotAgents {
    /// Parts of user agents, in lower case.
    parts: Vec<String>,
    /// Parts of those of people, although they look like those of bots.
    of_people: Vec<String>,
    drops_prefetches: bool,
    /// What was found of user agents that came lately, as JSON texts.
    known: HashMap<Box<[u8]>, bool>,
    /// The same of whole devices.
    known_devices: HashMap<Box<[u8]>, bool>,
}

/// The user agents, and the devices, that are kept at the most.
const MOST_KNOWN: usize = 1_024;
const MOST_KNOWN_DEVICES: usize = 8_192;

impl BotAgents {
    pub(super) fn new(policy: &PolicySpec) -> Self {
        let lower = |parts: &[String]| parts.iter().map(|part| part.to_lowercase()).collect();
        Self {
            parts: lower(&policy.bots),
            of_people: lower(&policy.no_bots),
            drops_prefetches: policy.prefetches == PrefetchRule::Drop,
            known: HashMap::default(),
            known_devices: HashMap::default(),
        }
    }

    /// True for an event of a bot, or of a browser that loads ahead.
    pub(super) fn have_sent(&mut self, event: &EventFields<'_>) -> bool {
        if self.drops_prefetches && is_prefetch(event) {
            return true;
        }
        if self.parts.is_empty() {
            return false;
        }
        let Some(device) = event.own_field("device") else { return false };
        if let Some(known) = self.known_devices.get(device) {
            return *known;
        }
        let is_bot = self.is_of_bot(device);
        if self.known_devices.len() == MOST_KNOWN_DEVICES {
            self.known_devices.clear();
        }
        self.known_devices.insert(device.into(), is_bot);
        is_bot
    }

    /// True for the JSON text of a device of a bot.
    fn is_of_bot(&mut self, device: &[u8]) -> bool {
        let agent = scan::members(device, ["user_agent"]);
        let Ok([Some(agent)]) = agent else { return false };
        if let Some(known) = self.known.get(agent) {
            return *known;
        }
        let is_bot = scan::text(agent).is_ok_and(|agent| {
            let agent = agent.to_lowercase();
            let has_any = |parts: &[String]| parts.iter().any(|part| agent.contains(part));
            has_any(&self.parts) && !has_any(&self.of_people)
        });
        if self.known.len() == MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(agent.into(), is_bot);
        is_bot
    }
}

fn is_prefetch(event: &EventFields<'_>) -> bool {
    let purpose = scan::members(&event.props, ["purpose"]);
    matches!(purpose, Ok([Some(purpose)]) if scan::text(purpose).is_ok_and(|text| text == "prefetch"))
}
