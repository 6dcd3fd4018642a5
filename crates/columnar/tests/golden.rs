//! Golden files: the columns of scenarios, and the digests of small tables.

use std::fmt::Write as _;

use arrow_schema::{DataType, Field, Fields};
use event_simulator::digest::Digest;
use event_simulator::scenario::shipped;
use event_simulator::wire::TableForm;
use event_simulator_columnar::{LineTable, schema};

use super::round_trip::shipped_timeline;

/// The columns, each member and entry on a line of its own.
fn show(fields: &Fields, indent: usize, text: &mut String) {
    for field in fields {
        let nullable = if field.is_nullable() { "" } else { " not null" };
        write!(text, "{:indent$}{}: ", "", field.name()).unwrap();
        show_type(field, nullable, indent, text);
    }
}

fn show_type(field: &Field, nullable: &str, indent: usize, text: &mut String) {
    let json = if field.metadata().is_empty() { "" } else { " of JSON" };
    match field.data_type() {
        DataType::Struct(members) => {
            writeln!(text, "struct{nullable}").unwrap();
            show(members, indent + 2, text);
        }
        DataType::List(of) => {
            text.push_str("list of ");
            show_type(of, nullable, indent, text);
        }
        other => writeln!(text, "{other}{json}{nullable}").unwrap(),
    }
}

#[test]
fn columns_are_those_of_the_golden_file() {
    let mut text = String::new();
    for name in ["quick-test", "awkward", "web-shop", "checkout-experiment"] {
        let (columns, lines) = shipped_timeline(shipped::find(name).unwrap());
        let schema = schema(columns, []);
        writeln!(text, "# {name}\n").unwrap();
        show(schema.fields(), 0, &mut text);
        for form in [TableForm::Parquet, TableForm::ArrowFile, TableForm::ArrowStream] {
            let mut encoder = LineTable::new(schema.clone(), form).unwrap();
            encoder.push(&lines).unwrap();
            let bytes = encoder.finish().unwrap();
            writeln!(text, "{form:?}: blake3 {}", Digest::of(&bytes)).unwrap();
        }
        text.push('\n');
    }
    insta::with_settings!({ snapshot_path => "../../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("table-columns", text);
    });
}
