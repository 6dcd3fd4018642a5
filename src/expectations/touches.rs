//! Where visits come from, by what their events say of it.

use foldhash::HashMap;
use indexmap::IndexSet;
use smol_str::SmolStr;

use crate::wire::{EventFields, scan};

use super::sums::TouchNames;

/// The field that says where a session comes from.
const SESSION: &str = "session";

/// The members of it by which advertisers know a click.
pub const CLICK_IDS: [&str; 3] = ["gclid", "msclkid", "fbclid"];

/// The members of it that say so, and behind them the click ids.
const MEMBERS: [&str; 7] = {
    let [google, bing, facebook] = CLICK_IDS;
    ["utm_source", "utm_medium", "utm_campaign", "referrer", google, bing, facebook]
};
const FIRST_CLICK_ID: usize = MEMBERS.len() - CLICK_IDS.len();

/// Source and medium of whom the click ids are.
const OF_CLICK_IDS: [(&str, &str); 3] =
    [("google", "cpc"), ("bing", "cpc"), ("facebook", "paid_social")];

/// The channels of media; that of any other one is `other`.
const CHANNELS: [(&str, &str); 8] = [
    ("cpc", "paid_search"),
    ("ppc", "paid_search"),
    ("paid_search", "paid_search"),
    ("paid_social", "paid_social"),
    ("email", "email"),
    ("organic", "organic_search"),
    ("social", "social"),
    ("referral", "referral"),
];

const SEARCH_ENGINES: [&str; 3] = ["google.com", "bing.com", "duckduckgo.com"];
const SOCIAL_NETWORKS: [&str; 4] = ["facebook.com", "instagram.com", "reddit.com", "linkedin.com"];

/// The number of the touch that is direct.
pub(super) const DIRECT: u32 = 0;

/// The texts of which the touch is known, at the most.
const MOST_KNOWN: usize = 4_096;

/// Every touch that was ever seen, by its number.
#[derive(Debug)]
pub(super) struct Touches {
    ignored_referrers: Vec<String>,
    all: IndexSet<TouchNames, foldhash::fast::RandomState>,
    /// By the JSON text of the field.
    known: HashMap<Box<[u8]>, u32>,
}

impl Touches {
    pub(super) fn new(ignored_referrers: Vec<String>) -> Self {
        let direct = TouchNames { channel: "direct".to_owned(), ..TouchNames::default() };
        let all = std::iter::once(direct).collect();
        Self { ignored_referrers, all, known: HashMap::default() }
    }

    /// The number of the touch that an event says.
    pub(super) fn number(&mut self, event: &EventFields<'_>) -> u32 {
        let Some(session) = event.own_field(SESSION) else { return DIRECT };
        if let Some(known) = self.known.get(session) {
            return *known;
        }
        let names = self.names_of(session);
        let number = names.map_or(DIRECT, |names| self.all.insert_full(names).0 as u32);
        if self.known.len() == MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(session.into(), number);
        number
    }

    /// What the touch of a number is called.
    pub(super) fn names(&self, number: u32) -> TouchNames {
        self.all.get_index(number as usize).cloned().unwrap_or_default()
    }

    /// What the JSON text of the field says; none for what is direct.
    fn names_of(&self, session: &[u8]) -> Option<TouchNames> {
        let members = scan::members(session, MEMBERS).ok()?;
        let said = members.map(|member| {
            let text = scan::text(member?).ok()?;
            (!text.is_empty()).then(|| SmolStr::new(text))
        });
        let click_id = said[FIRST_CLICK_ID..].iter().position(Option::is_some);
        let [source, medium, campaign, referrer, ..] = said;
        if source.is_some() || medium.is_some() || campaign.is_some() {
            let [source, medium, campaign] =
                [source, medium, campaign].map(Option::unwrap_or_default);
            return Some(touch(&source, &medium, &campaign));
        }
        if let Some((source, medium)) = click_id.and_then(|place| OF_CLICK_IDS.get(place)) {
            return Some(touch(source, medium, ""));
        }
        let host = host(referrer.as_deref()?);
        if self.ignored_referrers.iter().any(|ignored| is_within(host, ignored)) {
            return None;
        }
        let is_any_of = |hosts: &[&str]| hosts.iter().any(|known| is_within(host, known));
        let medium = match () {
            () if is_any_of(&SEARCH_ENGINES) => "organic",
            () if is_any_of(&SOCIAL_NETWORKS) => "social",
            () => "referral",
        };
        Some(touch(host, medium, ""))
    }
}

fn touch(source: &str, medium: &str, campaign: &str) -> TouchNames {
    let channel = CHANNELS.iter().find(|(known, _)| *known == medium);
    let channel = channel.map_or("other", |(_, channel)| channel);
    let [channel, source, medium, campaign] =
        [channel, source, medium, campaign].map(str::to_owned);
    TouchNames { channel, source, medium, campaign }
}

/// The host of an address, without a `www.` before it.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touches_are_told_by_parameters_then_click_ids_then_referrers() {
        let touches = Touches::new(vec!["pay.example".to_owned()]);
        let shown = |session: &str| {
            touches.names_of(session.as_bytes()).map(|touch| {
                let TouchNames { channel, source, medium, campaign } = touch;
                format!("{channel}|{source}|{medium}|{campaign}")
            })
        };
        for (session, expected) in [
            (r#"{"utm_source":"a","utm_medium":"cpc","gclid":"x"}"#, Some("paid_search|a|cpc|")),
            (r#"{"utm_campaign":"c","referrer":"https://x.example/"}"#, Some("other|||c")),
            (
                r#"{"gclid":"x","referrer":"https://www.google.com/"}"#,
                Some("paid_search|google|cpc|"),
            ),
            (r#"{"fbclid":"x"}"#, Some("paid_social|facebook|paid_social|")),
            (
                r#"{"referrer":"https://www.google.com/"}"#,
                Some("organic_search|google.com|organic|"),
            ),
            (r#"{"referrer":"https://old.reddit.com/r"}"#, Some("social|old.reddit.com|social|")),
            (r#"{"referrer":"https://xgoogle.com?q"}"#, Some("referral|xgoogle.com|referral|")),
            (r#"{"referrer":"https://eu.pay.example/back"}"#, None),
            (r#"{"channel":"email","utm_source":"","utm_medium":null,"referrer":7}"#, None),
            ("7", None),
        ] {
            assert_eq!(shown(session).as_deref(), expected, "{session}");
        }
    }
}
