//! What faults change in a body.

use crate::event::event_type;
use crate::faults::TouchForm;
use crate::random::{AspectDraws, uniform};
use crate::scenario::faults::PropertyChange;
use crate::wire::quoted;

use super::body::{Body, MemberChange, lossy};

/// Ids that name nobody, which whole populations get by mistake.
const POISON_IDS: [&str; 6] = [
    "null",
    "undefined",
    "0",
    "anonymous",
    "00000000-0000-0000-0000-000000000000",
    "[object Object]",
];

/// The draws of the id of nobody.
const POISON: u64 = 2;

/// Gives the event an id of nobody.
pub(super) fn poison_id(body: &mut Body<'_>, draws: AspectDraws) -> Option<MemberChange> {
    let chosen = uniform(draws.at(POISON), 0, POISON_IDS.len() as u64 - 1) as usize;
    body.set(&["user_id"], Some(quoted(POISON_IDS[chosen]).into_bytes()))
}

/// Browsers of people that look like programs: a phone of the brand Cubot, a browser of texts, a screen that is called a monitor,
/// and a page shown within an app.
const ODD_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8",
    "Mozilla/5.0 (X11; Linux x86_64; SmartMonitor M70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 334.0.0.29.94",
];

/// The draws of such a browser.
const AGENT: u64 = 2;

/// The field that says what a device is.
const DEVICE: &str = "device";

/// Gives the event's device a browser that looks like a program.
pub(super) fn odd_agent(body: &mut Body<'_>, draws: AspectDraws) -> Vec<MemberChange> {
    let chosen = uniform(draws.at(AGENT), 0, ODD_AGENTS.len() as u64 - 1) as usize;
    let mut changes = Vec::new();
    if body.get(&[DEVICE]).is_none() {
        changes.extend(body.set(&[DEVICE], Some(b"{}".to_vec())));
    }
    let agent = quoted(ODD_AGENTS[chosen]).into_bytes();
    changes.extend(body.set(&[DEVICE, "user_agent"], Some(agent)));
    changes
}

/// The field that says from where a session comes.
const SESSION: &str = "session";

/// What it says of a link in an email, after which somebody comes back in the midst of a session.
const REMINDER: [(&str, &str); 4] = [
    ("channel", "\"email\""),
    ("utm_source", "\"newsletter\""),
    ("utm_medium", "\"email\""),
    ("utm_campaign", "\"reminder\""),
];

/// Where people pay: a name that belongs to nobody (RFC 2606).
const PAYMENT_REFERRER: &str = "\"https://pay.example/return\"";

/// The sources whose advertisements have click ids, and how these are called.
const CLICK_IDS: [(&str, &str); 3] =
    [("\"google\"", "gclid"), ("\"facebook\"", "fbclid"), ("\"instagram\"", "fbclid")];

const UTM: [&str; 3] = ["utm_source", "utm_medium", "utm_campaign"];

/// The draws of a click id.
const CLICK: u64 = 2;

/// Changes from where the session of the event comes.
pub(super) fn touch(body: &mut Body<'_>, form: TouchForm, draws: AspectDraws) -> Vec<MemberChange> {
    let mut is: Vec<(&str, Option<Vec<u8>>)> = Vec::new();
    match form {
        TouchForm::Campaign => {
            is.push(("referrer", None));
            is.extend(REMINDER.map(|(name, value)| (name, Some(value.as_bytes().to_vec()))));
        }
        TouchForm::PaymentProvider => {
            is.extend(UTM.map(|name| (name, None)));
            is.push(("referrer", Some(PAYMENT_REFERRER.as_bytes().to_vec())));
        }
        TouchForm::ClickId => {
            let source = body.get(&[SESSION, UTM[0]]).unwrap_or_default();
            let known = CLICK_IDS.iter().find(|(known, _)| source == known.as_bytes());
            let Some((_, name)) = known else { return Vec::new() };
            is.extend(UTM.map(|name| (name, None)));
            is.push((name, Some(format!("\"{:016x}\"", draws.at(CLICK)).into_bytes())));
        }
    }
    let mut changes = Vec::new();
    if body.get(&[SESSION]).is_none() {
        changes.extend(body.set(&[SESSION], Some(b"{}".to_vec())));
    }
    changes.extend(is.into_iter().filter_map(|(name, value)| body.set(&[SESSION, name], value)));
    changes
}

/// True for an event that tells who somebody is.
pub(super) fn is_identifying(body: &Body<'_>) -> bool {
    let event_type = body.get(&["event_type"]).unwrap_or_default();
    [event_type::SIGNED_UP, event_type::LOGGED_IN]
        .iter()
        .any(|name| event_type == quoted(name).as_bytes())
}

/// Changes a property, where the event has it: among its properties, or as a field of its own.
pub(super) fn schema_change(
    body: &mut Body<'_>,
    property: &str,
    change: PropertyChange,
    new_name: &str,
    value: &[u8],
) -> Vec<MemberChange> {
    let in_props: [&str; 2] = ["props", property];
    let is_field = body.get(&in_props).is_none() && body.get(&[property]).is_some();
    let path: &[&str] = if is_field { &[property] } else { &in_props };
    let Some(was) = body.get(path).map(<[u8]>::to_vec) else {
        let added = (change == PropertyChange::Add).then(|| body.set(path, Some(value.to_vec())));
        return added.flatten().into_iter().collect();
    };
    let changes = match change {
        PropertyChange::Set => vec![body.set(path, Some(value.to_vec()))],
        PropertyChange::Decimal
            if was.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') =>
        {
            vec![body.set(path, Some([was.as_slice(), b".0"].concat()))]
        }
        // It is there, or is no whole number.
        PropertyChange::Add | PropertyChange::Decimal => Vec::new(),
        PropertyChange::Drop => vec![body.set(path, None)],
        PropertyChange::Retype if was.first() == Some(&b'"') => {
            vec![body.set(path, Some([b"[", was.as_slice(), b"]"].concat()))]
        }
        PropertyChange::Retype => {
            vec![body.set(path, Some(quoted(&lossy(&was)).into_bytes()))]
        }
        PropertyChange::Rename => {
            let renamed: &[&str] = if is_field { &[new_name] } else { &["props", new_name] };
            vec![body.set(path, None), body.set(renamed, Some(was))]
        }
    };
    changes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PropertyChange::{Add, Decimal, Drop, Rename, Retype, Set};

    #[test]
    fn properties_change_as_the_fault_says() {
        let line = br#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#;
        let whole = Body::of_object(br#"{"props":{"items":7}}"#);
        let mut decimal = whole.clone();
        schema_change(&mut decimal, "items", Decimal, "", b"");
        assert_eq!(decimal.to_bytes(), br#"{"props":{"items":7.0}}"#);
        let changed = |property, change, new_name| {
            let mut body = Body::of_object(line);
            let changes = schema_change(&mut body, property, change, new_name, b"7");
            (String::from_utf8(body.to_bytes()).unwrap(), changes.len())
        };
        for (property, change, expected, changes) in [
            ("amount", Retype, r#"{"plan":"pro","props":{"amount":"1.50","tag":"x"}}"#, 1),
            ("tag", Retype, r#"{"plan":"pro","props":{"amount":1.50,"tag":["x"]}}"#, 1),
            ("amount", Decimal, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#, 0),
            ("plan", Set, r#"{"plan":7,"props":{"amount":1.50,"tag":"x"}}"#, 1),
            ("plan", Drop, r#"{"props":{"amount":1.50,"tag":"x"}}"#, 1),
            ("amount", Rename, r#"{"plan":"pro","props":{"tag":"x","total":1.50}}"#, 2),
            ("plan", Rename, r#"{"props":{"amount":1.50,"tag":"x"},"total":"pro"}"#, 2),
            ("tax", Add, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x","tax":7}}"#, 1),
            ("tag", Add, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#, 0),
            ("none", Drop, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#, 0),
        ] {
            assert_eq!(changed(property, change, "total"), (expected.to_owned(), changes));
        }
    }
}
