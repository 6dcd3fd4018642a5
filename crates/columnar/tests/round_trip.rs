//! What is written is what is read.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Write};
use std::iter;

use event_simulator::event::ValueType;
use event_simulator::scenario::shipped;
use event_simulator::wire::{Codec, Encode, JsonLines, TableForm};
use event_simulator_columnar::{LineTable, arrow_lines, parquet_lines, parquet_schema, schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

pub(crate) const FORMS: [TableForm; 3] =
    [TableForm::Parquet, TableForm::ArrowFile, TableForm::ArrowStream];

/// Events of a scenario that are looked at.
pub(crate) const EVENTS: usize = 20_000;

pub(crate) type Columns = Vec<(String, ValueType)>;

fn encoded(columns: &Columns, lines: &[u8], form: TableForm) -> Vec<u8> {
    let metadata = [("seed".to_owned(), "7".to_owned()), ("digest".to_owned(), "d".to_owned())];
    let mut encoder = LineTable::new(schema(columns.clone(), metadata), form).unwrap();
    encoder.push(lines).unwrap();
    encoder.finish().unwrap()
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn opened(bytes: &[u8], form: TableForm) -> io::Result<Box<dyn BufRead + Send>> {
    match form {
        TableForm::Parquet => parquet_lines(file(bytes)),
        TableForm::ArrowFile | TableForm::ArrowStream => arrow_lines(Cursor::new(bytes.to_vec())),
    }
}

fn decoded(bytes: &[u8], form: TableForm) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    opened(bytes, form)?.read_to_end(&mut lines)?;
    Ok(lines)
}

fn values(lines: &[u8]) -> Vec<Value> {
    let lines = str::from_utf8(lines).unwrap().lines();
    lines.map(|line| without_nulls(serde_json::from_str(line).unwrap())).collect()
}

/// A member that is null is none.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(entries) => entries.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

pub(crate) fn shipped_timeline(shipped: &shipped::Shipped) -> (Columns, Vec<u8>) {
    let model = shipped.load().unwrap().scenario.compile().unwrap();
    let mut encoder = JsonLines::encoder(&model);
    let mut simulation = model.simulate(model.seed());
    let mut lines = Vec::new();
    for record in iter::from_fn(|| simulation.next_record()).take(EVENTS) {
        encoder.encode(&record, &mut lines);
    }
    (model.columns().into_iter().collect(), lines)
}

#[test]
fn shipped_scenarios_are_read_back() {
    for shipped in shipped::ALL {
        let (columns, lines) = shipped_timeline(shipped);
        for form in FORMS {
            let bytes = encoded(&columns, &lines, form);
            let read = decoded(&bytes, form).unwrap();
            let [read, lines] = [&read, &lines].map(|lines| values(lines));
            assert_eq!(read.len(), lines.len());
            // An amount in yen has no point where it stands in a column with amounts in dollars.
            let differs =
                |(a, b): &(Value, Value)| with_fractions(a.clone()) != with_fractions(b.clone());
            let differing = read.into_iter().zip(lines).find(differs);
            assert_eq!(differing, None, "{} {form:?}", shipped.name);
        }
    }
}

#[test]
fn the_bytes_depend_on_the_lines_alone() {
    let (columns, lines) = shipped_timeline(shipped::find("web-shop").unwrap());
    for form in FORMS {
        let whole = encoded(&columns, &lines, form);
        let metadata = [("digest".to_owned(), "d".to_owned()), ("seed".to_owned(), "7".to_owned())];
        let mut encoder = LineTable::new(schema(columns.clone(), metadata), form).unwrap();
        let (mut bytes, mut done) = (Vec::new(), Vec::new());
        for block in lines.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>().chunks(777) {
            encoder.push(&block.concat()).unwrap();
            encoder.swap_bytes(&mut done);
            bytes.extend_from_slice(&done);
        }
        bytes.extend(encoder.finish().unwrap());
        assert!(bytes == whole, "{form:?}");
    }
}

#[test]
fn a_file_tells_its_schema() {
    let (columns, lines) = shipped_timeline(shipped::find("web-shop").unwrap());
    let bytes = encoded(&columns, &lines, TableForm::Parquet);
    let read = parquet_schema(file(&bytes)).unwrap();
    let metadata = [("seed".to_owned(), "7".to_owned()), ("digest".to_owned(), "d".to_owned())];
    assert_eq!(read, schema(columns, metadata));
}

#[test]
fn what_does_not_fit_the_columns_is_refused() {
    let price = ValueType::Object([("price".to_owned(), ValueType::Decimal(2))].into());
    let columns = vec![("props".to_owned(), price), ("at".to_owned(), ValueType::DateTime)];
    for (line, expected) in [
        (
            r#"{"props":{"price":1.999}}"#,
            "props.price: 1.999 has not at most 2 digits after the point",
        ),
        (r#"{"props":{"price":"a"}}"#, "props.price: \"a\" has not at most"),
        (
            r#"{"props":{"cost":1}}"#,
            "props: expected a member that has a column before `\"cost\":1}}`",
        ),
        (r#"{"at":"yesterday"}"#, "at: yesterday is no time"),
        (r#"{"props":{},"props":{}}"#, "props: it stands twice"),
        (r#"{"props":{"price":1"#, "props: expected }"),
    ] {
        let mut encoder = LineTable::new(schema(columns.clone(), []), TableForm::Parquet).unwrap();
        let error = encoder.push(format!("{line}\n").as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let (columns, lines) = shipped_timeline(shipped::find("web-shop").unwrap());
    let end = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(300).unwrap().0;
    let lines = &lines[..=end];
    for form in FORMS {
        let whole = encoded(&columns, lines, form);
        for length in (0..whole.len()).step_by(whole.len() / 200) {
            let cut = decoded(&whole[..length], form);
            // A stream may end wherever a batch does.
            if form != TableForm::ArrowStream {
                assert!(cut.is_err(), "{form:?} cut to {length} of {}", whole.len());
            }
        }
        for at in (0..whole.len()).step_by(whole.len() / 500) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            let _ = decoded(&damaged, form);
        }
    }
}

/// Names that hardly anybody would give, most of them short, so that several rows have them.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab.\"\\\\\u{e4}]{0,2}",
        1 => "[\u{0}\n\u{202e}\u{1f600}]{1,2}",
        1 => prop::sample::select(vec!["$set", "props", "event_id", "element", "list", "key_value"])
            .prop_map(str::to_owned),
        1 => Just("x".repeat(300)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a\"\\\\\u{0}\u{1}\n\u{e4}\u{202e}\u{1f600}{}\\[,:]{0,6}".prop_map(Value::from),
        "[a\"\n]{300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// The same with every number as one that has a fraction.
fn with_fractions(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(entries) => entries.into_iter().map(with_fractions).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(k, v)| (k, with_fractions(v))).collect())
        }
        other => other,
    }
}

/// Whole numbers in columns of numbers with fractions are read with one.
fn as_fractions(value: Value, of: &ValueType) -> Value {
    match (value, of) {
        (Value::Number(number), ValueType::Number) => json!(number.as_f64()),
        (Value::Array(entries), ValueType::List(of)) => {
            entries.into_iter().map(|entry| as_fractions(entry, of)).collect()
        }
        (Value::Object(members), ValueType::Object(of)) => {
            let fraction = |(name, value)| {
                let value = as_fractions(value, &of[&name]);
                (name, value)
            };
            Value::Object(members.into_iter().map(fraction).collect())
        }
        (other, _) => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_values_are_read_back(rows in prop::collection::vec(value(), 1..8), other in prop::collection::vec(value(), 1..4)) {
        let rows: Vec<Value> = rows.into_iter().zip(other.into_iter().cycle())
            .map(|(props, own)| json!({ "props": props, "own \"{": own }))
            .collect();
        let ValueType::Object(columns) = ValueType::of_all(rows.iter().map(ValueType::of)) else { panic!() };
        let lines: Vec<u8> = rows.iter().flat_map(|row| format!("{row}\n").into_bytes()).collect();
        let of = ValueType::Object(columns.clone());
        let expected: Vec<Value> =
            rows.into_iter().map(|row| without_nulls(as_fractions(row, &of))).collect();
        let columns: Columns = columns.into_iter().collect();
        for form in FORMS {
            let read = decoded(&encoded(&columns, &lines, form), form).unwrap();
            prop_assert_eq!(values(&read), expected.clone(), "{:?}", form);
        }
    }
}
