//! Conversions attributed by other touches, and with other amounts: what is done otherwise is named.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::verify_rules::{assert_cause, tables_of, verify_under};

const RULES: &str = "attribution: { conversion: purchase, amount: amount, currency: currency, \
                     model: last_non_direct, window: 1d, ignored_referrers: [pay.example] }";

/// Where sessions come from.
fn origins() -> [Value; 5] {
    [
        json!({"gclid": "g1"}),
        json!({"fbclid": "f1", "referrer": "https://www.facebook.com/"}),
        json!({"referrer": "https://eu.pay.example/back"}),
        json!({"referrer": "https://pay.example/back"}),
        json!({"utm_source": "news", "utm_medium": "email"}),
    ]
}

/// People who come again, some of whom come by a campaign in mid session, and who buy up to two days later.
fn arrivals() -> Vec<Value> {
    let mut lines = Vec::new();
    let (earlier, direct) = (json!({"utm_source": "post", "utm_medium": "email"}), json!({}));
    for user in 0..60_u32 {
        let origin = &origins()[user as usize % 5];
        let campaign = json!({"utm_source": "spring", "utm_medium": "cpc"});
        let later = if user % 3 == 0 { &campaign } else { origin };
        let amount = f64::from(user * 7_919 % 20_000) / 100.0;
        let currency = if user % 4 == 0 { "JPY" } else { "EUR" };
        let middle = if user % 2 == 0 { "page_visited" } else { "button_clicked" };
        let day = 10 + user % 7 / 3;
        for (time, event_type, session, props) in [
            (format!("2026-03-10T10:{user:02}:00.000Z"), "heartbeat", &earlier, json!({})),
            (format!("2026-03-10T12:{user:02}:00.000Z"), "session_created", origin, json!({})),
            (format!("2026-03-10T12:{user:02}:01.000Z"), middle, later, json!({})),
            (
                format!("2026-03-{day}T{:02}:{user:02}:02.000Z", 13 + user % 5),
                "purchase",
                &direct,
                json!({"amount": amount, "currency": currency}),
            ),
        ] {
            lines.push(json!({
                "event_id": format!("{user}-{event_type}"), "event_time": time, "event_type": event_type,
                "user_id": format!("u{user}"), "session_id": format!("s{user}-{day}-{event_type}"),
                "session": session, "props": props,
            }));
        }
    }
    // The two of the first minute are one session.
    for line in &mut lines {
        let id = line["session_id"].as_str().unwrap();
        let id = id.replace("-page_visited", "-visit").replace("-button_clicked", "-visit");
        let id = id.replace("-session_created", "-visit");
        line["session_id"] = id.into();
    }
    lines.sort_by_key(|line| line["event_time"].to_string());
    lines
}

fn texts(lines: &[Value]) -> Vec<String> {
    lines.iter().map(Value::to_string).collect()
}

/// The cause of a table `attribution` that is made of changed events.
fn assert_named(change: impl Fn(&mut Value), cause: &str) {
    let (right, mut changed) = (arrivals(), arrivals());
    changed.iter_mut().for_each(change);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("arrivals.jsonl");
    fs::write(&path, texts(&right).join("\n")).unwrap();
    let expected = tables_of(&texts(&right), RULES);
    let (actual, other) = (tables_of(&texts(&right), RULES), tables_of(&texts(&changed), RULES));
    fs::copy(other.path().join("attribution.csv"), actual.path().join("attribution.csv")).unwrap();
    assert_cause(&verify_under(&path, RULES, [&expected, &actual]).unwrap(), cause);
}

fn without(name: &'static str) -> impl Fn(&mut Value) {
    move |event| drop(event["session"].as_object_mut().unwrap().remove(name))
}

fn on_amount(change: impl Fn(f64) -> f64) -> impl Fn(&mut Value) {
    move |event| {
        if let Some(amount) = event["props"].get_mut("amount") {
            *amount = change(amount.as_f64().unwrap()).into();
        }
    }
}

#[test]
fn touches_that_are_told_otherwise_are_named() {
    assert_named(without("gclid"), "click ids (gclid) are not known");
    assert_named(without("fbclid"), "click ids (fbclid) are not known");
    let neither = |event: &mut Value| {
        without("gclid")(event);
        without("fbclid")(event);
    };
    assert_named(neither, "click ids (gclid, msclkid, fbclid) are not known");
    let of_first = |event: &mut Value| {
        let user: usize = event["user_id"].as_str().unwrap()[1..].parse().unwrap();
        if ["page_visited", "button_clicked"].contains(&event["event_type"].as_str().unwrap()) {
            event["session"] = origins()[user % 5].clone();
        }
    };
    assert_named(of_first, "only the first event of a session tells a touch");
    let below = |event: &mut Value| {
        if event["session"]["referrer"] == "https://eu.pay.example/back" {
            event["session"] = json!({"utm_source": "eu.pay.example", "utm_medium": "referral"});
        }
    };
    assert_named(below, "hosts below those that are to be ignored count as referrers");
    let by_day = |event: &mut Value| {
        let day = event["event_time"].as_str().unwrap()[..10].to_owned();
        event["event_time"] = format!("{day}T00:00:00.000Z").into();
    };
    assert_named(by_day, "the age of touches is told in days of the calendar");
}

#[test]
fn money_that_is_rounded_or_of_another_unit_is_named() {
    assert_named(on_amount(f64::trunc), "amounts are cut to whole units before they are added up");
    assert_named(on_amount(f64::round), "amounts are rounded to whole units before they are");
    assert_named(on_amount(|amount| amount * 100.0), "amounts in cents, or other minor units,");
    let of_yen = |event: &mut Value| {
        if event["props"]["currency"] == "JPY" {
            on_amount(|amount| amount / 100.0)(event);
        }
    };
    assert_named(of_yen, "100 times less: amounts in whole units taken for cents");
}
