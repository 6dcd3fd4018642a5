//! Conversions attributed by touches that are told otherwise.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use event_simulator::expectations::CLICK_IDS;
use event_simulator::scenario::policy::PolicySpec;
use event_simulator::wire::EventFields;

use super::prediction::{EventChange, Prediction};

/// The field that says where a session comes from.
const SESSION: &str = "session";

/// The members of the field that tell a touch before its referrer does, with the click ids.
const UTM: [&str; 3] = ["utm_source", "utm_medium", "utm_campaign"];

/// What `attribution` says if `predict` makes it of events that are changed.
pub(super) fn of_touches(
    events: &[EventFields<'_>],
    policy: &PolicySpec,
    mut predict: impl FnMut(String, EventChange<'_>) -> Option<Prediction>,
) -> Vec<Prediction> {
    let Some(rules) = &policy.attribution else { return Vec::new() };
    let mut all = Vec::new();
    let said = |ids: &[&str]| format!("click ids ({}) are not known: no touch", ids.join(", "));
    for ids in std::iter::once(&CLICK_IDS[..]).chain(CLICK_IDS.chunks(1)) {
        all.extend(predict(said(ids), &mut |event| {
            change_session(event, |session| session.retain(|name, _| !ids.contains(&&**name)));
            true
        }));
    }
    let mut first: HashMap<&str, Option<&[u8]>> = HashMap::new();
    for event in events {
        first.entry(&event.session_id).or_insert_with(|| event.own_field(SESSION));
    }
    let reason = "only the first event of a session tells a touch, not a campaign in its midst";
    all.extend(predict(reason.to_owned(), &mut |event| {
        let told = first.get(&*event.session_id).copied().flatten().map(<[u8]>::to_vec);
        event.own.retain(|(name, _)| name != SESSION);
        event.own.extend(told.map(|told| (Cow::Borrowed(SESSION), Cow::Owned(told))));
        true
    }));
    let reason = "hosts below those that are to be ignored count as referrers \
                  (`attribution.ignored_referrers`)";
    all.extend(predict(reason.to_owned(), &mut |event| {
        change_session(event, |session| count_below(session, &rules.ignored_referrers));
        true
    }));
    let reason = "the age of touches is told in days of the calendar (`attribution.window`)";
    all.extend(predict(reason.to_owned(), &mut |event| {
        event.event_time = event.event_time.start_of_day();
        true
    }));
    all
}

/// Changes the field of an event, if it has it.
fn change_session(event: &mut EventFields<'_>, change: impl FnOnce(&mut Map<String, Value>)) {
    let Some((_, json)) = event.own.iter_mut().find(|(name, _)| name == SESSION) else { return };
    let Ok(mut session) = serde_json::from_slice(json) else { return };
    change(&mut session);
    // Texts and numbers always have a JSON form.
    *json = Cow::Owned(serde_json::to_vec(&session).unwrap_or_default());
}

/// Makes the host of a referrer a source that counts, if it is below one of those that do not.
fn count_below(session: &mut Map<String, Value>, ignored: &[String]) {
    let text = |name: &str| session.get(name).and_then(Value::as_str).unwrap_or_default();
    if UTM.iter().chain(&CLICK_IDS).any(|name| !text(name).is_empty()) {
        return;
    }
    let address = text("referrer");
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let is_below = |domain: &String| {
        host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
    };
    if ignored.iter().any(is_below) {
        session.insert("utm_source".to_owned(), host.into());
        session.insert("utm_medium".to_owned(), "referral".into());
    }
}
