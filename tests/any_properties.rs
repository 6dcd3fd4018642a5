//! Any properties, as they may stand in a scenario.

use proptest::prelude::*;
use serde_json::{Value, json};

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,8}|[\u{0}-\u{1f}\"\\\\\u{7f}\u{2028}\u{1f600}]{1,4}"
        .prop_map(|text| format!("x{}", text.replace(['{', '}'], "")))
}

/// Names that no event has of its own.
fn name() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("p{text}"))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1_000_000..1_000_000_i32).prop_map(|units| Value::from(f64::from(units) / 100.0)),
        Just(Value::Null),
    ]
}

/// Any property, as it stands in a scenario.
pub(super) fn property() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        scalar().prop_map(|value| json!({ "constant": value })),
        prop::collection::vec(scalar(), 1..4).prop_map(|values| json!({ "choice": values })),
        prop::collection::btree_map(text(), 0.1..9.0_f64, 1..4)
            .prop_map(|weights| json!({ "choice": weights })),
        (-9_000..9_000_i64, 0..9_000_i64, 0..6_u32).prop_map(|(min, width, decimals)| {
            let bounds = json!({ "min": min, "max": min + width });
            json!({ "uniform": bounds, "decimals": decimals })
        }),
        (-50.0..50.0_f64, 0.1..9.0_f64, 0..6_u32).prop_map(|(mean, sd, decimals)| {
            json!({ "normal": { "mean": mean, "sd": sd }, "decimals": decimals })
        }),
        (0.1..90.0_f64, 1.1..9.0_f64).prop_map(|(median, factor)| {
            json!({ "log_normal": { "median": median, "p95": median * factor }, "decimals": 2 })
        }),
        (0.1..90.0_f64, 1.1..9.0_f64).prop_map(|(median, factor)| {
            json!({ "weibull": { "median": median, "p75": median * factor, "max": 9_000 }, "decimals": 1 })
        }),
        (scalar(), scalar(), 1..9_u32).prop_map(|(one, other, weight)| {
            let rows = json!([{ "a b": one, "w": 1 }, { "a b": other, "w": weight }]);
            json!({ "pick": { "rows": rows, "weight": "w" } })
        }),
        (text(), prop::sample::select(vec!["event", "session", "user"]))
            .prop_map(|(prefix, per)| json!({ "id": { "prefix": prefix, "per": per } })),
        prop::sample::select(vec!["events", "events_of_type", "sessions"])
            .prop_map(|of| json!({ "counter": { "of": of } })),
        (-9_999..9_999_i32, 0..5_u32).prop_map(|(units, decimals)| {
            let sign = if units < 0 { "-" } else { "" };
            let number = format!("{sign}{}.{:02}", units.abs() / 100, units.abs() % 100);
            json!({ "formula": format!("{number} * 1.005 - 2"), "decimals": decimals })
        }),
        (0.1..90.0_f64).prop_map(|mean| json!({ "exponential": { "mean": mean } })),
        (0.0..50.0_f64).prop_map(|mean| json!({ "geometric": { "mean": mean } })),
        (0.0..50.0_f64).prop_map(|mean| json!({ "poisson": { "mean": mean } })),
        (1..99_u32, 0.0..3.0_f64).prop_map(
            |(ranks, exponent)| json!({ "zipf": { "ranks": ranks, "exponent": exponent } })
        ),
        (0.0..=1.0_f64).prop_map(|share| json!({ "boolean": share })),
        text().prop_map(|prefix| json!({ "id": prefix })),
        (-9..9_i32, -9..9_i32)
            .prop_map(|(start, step)| json!({ "counter": { "start": start, "step": step } })),
        prop::sample::select(vec!["date_time", "date", "unix_seconds", "unix_millis"])
            .prop_map(|form| json!({ "date_time": { "from": "-30d", "to": "2h", "form": form } })),
        text().prop_map(|text| json!({ "text": format!("{text}{{page_path}} {{user_id}}{{{{") })),
    ];
    let leaf = prop_oneof![
        4 => leaf.clone(),
        1 => leaf.prop_map(|case| json!({
            "by": { "of": "page_path", "values": { "/": case, "/cart": 1 }, "otherwise": [null] },
            "when": { "page_path": ["/", "/cart", "/blog"] },
        })),
        1 => Just(json!({ "uniform": { "min": -5, "max": 5 }, "currency": "KWD" })),
    ];
    let shared = (leaf, 0.0..0.5_f64).prop_map(|(mut property, share)| {
        property["nullable"] = json!(share);
        property
    });
    shared.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0..3_u32, 0..3_u32).prop_map(|(mut of, min, more)| {
                of.as_object_mut().unwrap().retain(|key, _| key != "missing" && key != "when");
                json!({ "list": { "of": of, "min": min, "max": min + more } })
            }),
            prop::collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| json!({ "object": members, "missing": 0.3 })),
        ]
    })
}

pub(super) fn properties() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(name(), property(), 1..5).prop_map(|members| json!(members))
}
