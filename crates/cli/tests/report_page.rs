//! `--html` and `report`: the page is made of the very JSON that the command gives.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn program(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_event-simulator");
    Command::new(program).args(args).current_dir(folder).output().unwrap()
}

/// The JSON in a page.
fn embedded(page: &Path) -> Value {
    let html = fs::read_to_string(page).unwrap();
    let (_, after) = html.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    let (json, _) = after.split_once("</script>").unwrap();
    assert!(!json.contains('<'), "the JSON has no tags in it");
    serde_json::from_str(json).unwrap()
}

/// Every place in a page: the texts in it that are pointers to results.
fn places(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("/results/") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| places(item, found)),
        Value::Object(members) => members.values().for_each(|member| places(member, found)),
        _ => {}
    }
}

/// Holds the page against the JSON of its command, and its pictures against the page.
fn check(folder: &TempDir, page: &str, json: &Value, pictures: usize) {
    let document = embedded(&folder.path().join(page));
    assert_eq!(&document["results"][0]["value"], json, "{page}");
    let mut found = Vec::new();
    places(&document["page"], &mut found);
    assert!(found.len() >= pictures, "{page}: {found:?}");
    for place in found {
        assert!(document.pointer(&place).is_some(), "{page}: nothing is at {place}");
    }
}

fn json_of(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

fn json_in(folder: &TempDir, file: &str) -> Value {
    json_of(&fs::read(folder.path().join(file)).unwrap())
}

fn with_timeline() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), &["generate", "web-shop", "--users", "30", "-o", "a.jsonl"]);
    let lines = fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    let kept = lines.lines().enumerate().filter(|(number, _)| number % 9 != 4);
    let kept: String = kept.flat_map(|(_, line)| [line, "\n"]).collect();
    fs::write(folder.path().join("b.jsonl"), kept).unwrap();
    folder
}

#[test]
fn each_page_has_the_json_of_its_command() {
    let folder = with_timeline();
    for (words, pictures) in [
        (&["stats", "a.jsonl"][..], 10),
        (&["diff", "a.jsonl", "b.jsonl"], 8),
        (&["plan", "web-shop"], 8),
    ] {
        let printed = program(folder.path(), &[words, &["--json", "--html", "page.html"]].concat());
        check(&folder, "page.html", &json_of(&printed.stdout), pictures);
    }
    program(folder.path(), &["expect", "a.jsonl", "-o", "expected", "--html", "expect.html"]);
    let document = json_in(&folder, "expected/expectations.json");
    check(&folder, "expect.html", &document, 6);
}

#[test]
fn a_page_of_findings_has_what_the_report_has() {
    let folder = with_timeline();
    let words = ["verify", "--sent", "a.jsonl", "--received", "b.jsonl"];
    let outputs = ["--report", "findings.json", "--html", "page.html"];
    let ended = program(folder.path(), &[&words[..], &outputs].concat());
    assert_eq!(ended.status.code(), Some(1));
    let json = json_in(&folder, "findings.json");
    check(&folder, "page.html", &json["report"], 5);
    let page = &embedded(&folder.path().join("page.html"))["page"];
    assert_eq!(page["verdict"]["is_ok"], false);
    let missing = json["report"]["counts"]["missing"].as_u64().unwrap();
    let of_types = json["report"]["by_type"].as_object().unwrap().values();
    assert_eq!(of_types.filter_map(|of| of["missing"].as_u64()).sum::<u64>(), missing);
    let buckets = json["report"]["over_time"]["buckets"].as_array().unwrap();
    assert_eq!(
        buckets.iter().filter_map(|of| of["counts"]["missing"].as_u64()).sum::<u64>(),
        missing
    );
}

#[test]
fn cells_that_differ_are_marked() {
    let folder = with_timeline();
    program(folder.path(), &["expect", "a.jsonl", "-o", "expected"]);
    program(folder.path(), &["expect", "b.jsonl", "-o", "actual"]);
    let words = ["verify", "--expected", "expected", "--actual", "actual"];
    let outputs = ["--report", "findings.json", "--html", "page.html"];
    program(folder.path(), &[&words[..], &outputs].concat());
    let json = json_in(&folder, "findings.json");
    check(&folder, "page.html", &json["report"], 5);
    let table = &json["report"]["marked"][0];
    assert_eq!(table["table"], "page_engagement");
    let cell = table["rows"][0]["cells"].as_array().unwrap().iter().find(|cell| cell.is_object());
    assert_ne!(cell.unwrap()["expected"], cell.unwrap()["actual"]);
}

#[test]
fn a_page_of_recorded_results_is_that_of_the_command() {
    let folder = with_timeline();
    for number in ["1", "2"] {
        let url = format!("file:{number}.jsonl");
        let (summary, page) = (format!("{number}.json"), format!("{number}.html"));
        let words = ["replay", "a.jsonl", "--speed", "max", "--url", &url, "--summary", &summary];
        program(folder.path(), &[&words[..], &["--html", &page]].concat());
        check(&folder, &page, &json_in(&folder, &summary), 8);
    }
    let ended = program(folder.path(), &["report", "1.json", "-o", "again.html"]);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let pictures =
        |page: &str| embedded(&folder.path().join(page))["page"]["chapters"][0]["facts"].clone();
    assert_eq!(
        pictures("again.html").as_array().unwrap().len(),
        pictures("1.html").as_array().unwrap().len()
    );
    program(folder.path(), &["report", "1.json", "2.json", "-o", "both.html"]);
    let both = embedded(&folder.path().join("both.html"));
    assert_eq!(
        both["page"]["chapters"].as_array().unwrap().len(),
        1,
        "runs are laid over each other"
    );
    assert_eq!(both["results"].as_array().unwrap().len(), 2);
}

#[test]
fn names_that_look_like_markup_are_harmless_and_what_is_no_result_is_refused() {
    let folder = with_timeline();
    let path = folder.path().join("a.jsonl");
    let hostile = "</script><script>alert(1)</script><!-- \u{2028}\u{202e}";
    let text = fs::read_to_string(&path).unwrap().replace("page_visited", hostile);
    fs::write(&path, text).unwrap();
    program(folder.path(), &["stats", "a.jsonl", "--html", "page.html"]);
    let html = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(!html.contains("alert(1)</script>") && !html.contains('\u{2028}'), "it is escaped");
    let document = embedded(&folder.path().join("page.html"));
    assert!(document["results"][0]["value"].to_string().contains("alert(1)"), "and is there");

    fs::write(folder.path().join("other.json"), "{\"a\": 1}").unwrap();
    let ended = program(folder.path(), &["report", "other.json"]);
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8_lossy(&ended.stderr);
    assert!(message.contains("other.json: not a result: name what --json"), "{message}");
    let ended = program(folder.path(), &["report", "1.json", "-o", "1.json"]);
    assert_eq!(ended.status.code(), Some(2), "a page is not written over a result");
}
