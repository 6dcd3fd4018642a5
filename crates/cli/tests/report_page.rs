//! `--html` and `report`: the page is made of the very JSON that the command gives.

use std::collections::{BTreeMap, HashSet};
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
    check(&folder, "expect.html", &json_in(&folder, "expected/expectations.json"), 6);
}

/// Of each event type of a timeline, its events and the sessions that have it.
fn by_type(folder: &TempDir, file: &str) -> BTreeMap<String, (u64, HashSet<String>)> {
    let mut found = BTreeMap::<String, (u64, HashSet<String>)>::new();
    for line in fs::read_to_string(folder.path().join(file)).unwrap().lines() {
        let event = json_of(line.as_bytes());
        let of_type = found.entry(event["event_type"].as_str().unwrap().to_owned()).or_default();
        of_type.0 += 1;
        of_type.1.insert(event["session_id"].to_string());
    }
    found
}

#[test]
fn timelines_that_differ_are_laid_over_each_other() {
    let folder = with_timeline();
    let words = ["diff", "a.jsonl", "b.jsonl", "--json", "--html", "page.html"];
    let json = json_of(&program(folder.path(), &words).stdout);
    for (side, file) in [("first", "a.jsonl"), ("second", "b.jsonl")] {
        let expected = by_type(&folder, file);
        let buckets = json["overlay"]["over_time"]["buckets"].as_array().unwrap();
        let funnel = json["overlay"]["funnel"].as_array().unwrap();
        assert_eq!(funnel.len(), expected.len());
        for (event_type, (events, sessions)) in expected {
            let count = |bucket: &Value| bucket["counts"][side][&event_type].as_u64();
            assert_eq!(buckets.iter().filter_map(count).sum::<u64>(), events, "{event_type}");
            let step = funnel.iter().find(|step| step["event_type"] == *event_type).unwrap();
            assert_eq!(step[side], sessions.len(), "{event_type} of {file}");
        }
    }
    let mut found = Vec::new();
    places(&embedded(&folder.path().join("page.html"))["page"], &mut found);
    for part in ["over_time", "funnel"] {
        assert!(found.contains(&format!("/results/0/value/overlay/{part}")), "{found:?}");
    }
    let same = program(folder.path(), &["diff", "a.jsonl", "a.jsonl", "--json"]);
    assert!(json_of(&same.stdout)["overlay"].is_null());
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
    assert_eq!(both["results"].as_array().unwrap().len(), 3, "two runs and their comparison");
}

/// Holds the page of several results against what `report --json` prints of them, and gives both.
fn compared(folder: &TempDir, files: &[&str]) -> (Value, Value) {
    let printed = program(folder.path(), &[&["report", "--json"], files].concat());
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(!folder.path().join("report.html").exists(), "no page is asked for");
    program(folder.path(), &[&["report", "-o", "page.html"], files].concat());
    let json = json_of(&printed.stdout);
    let document = embedded(&folder.path().join("page.html"));
    let results = document["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[files.len()]["value"]), (files.len() + 1, &json));
    let mut found = Vec::new();
    places(&document["page"], &mut found);
    let of_comparison = format!("/results/{}/", files.len());
    assert!(found.iter().any(|place| place.starts_with(&of_comparison)), "{found:?}");
    for place in found {
        assert!(document.pointer(&place).is_some(), "nothing is at {place}");
    }
    (document["page"].clone(), json)
}

fn save(folder: &TempDir, file: &str, words: &[&str]) {
    fs::write(folder.path().join(file), program(folder.path(), words).stdout).unwrap();
}

#[test]
fn several_timelines_and_runs_of_verify_are_compared() {
    let folder = with_timeline();
    for name in ["a", "b"] {
        let timeline = format!("{name}.jsonl");
        save(&folder, &format!("{name}.json"), &["stats", &timeline, "--json"]);
        let received = ["verify", "--sent", "a.jsonl", "--received", &timeline];
        let report = format!("{name}-found.json");
        program(folder.path(), &[&received[..], &["--report", &report]].concat());
    }
    let (page, json) = compared(&folder, &["a.json", "b.json"]);
    assert_eq!(page["chapters"].as_array().unwrap().len(), 3);
    let row = &json["stats"]["numbers"][0];
    let [a, b] = [0, 1].map(|place| row["values"][place].as_i64().unwrap());
    assert_eq!(
        (&row["name"], row["difference"].as_f64()),
        (&"events".into(), Some((b - a) as f64))
    );
    let over_time = json["stats"]["over_time"]["series"].as_array().unwrap();
    let sum = |series: &Value| -> i64 {
        series.as_array().unwrap().iter().map(|at| at["count"].as_i64().unwrap()).sum()
    };
    assert_eq!(over_time.iter().map(sum).collect::<Vec<_>>(), [a, b]);

    let (page, json) = compared(&folder, &["b-found.json", "a-found.json"]);
    assert_eq!(json["verify"]["kinds"][0]["values"], serde_json::json!([a - b, 0]));
    assert_eq!(page["verdict"]["is_ok"], true, "the last run finds nothing: {page}");
    assert_eq!(json["verify"]["causes"][0]["runs"], serde_json::json!([true, false]));
}

#[test]
fn what_a_gauntlet_handles_now_and_not_any_more_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let case = |name: &str, outcome: Value| serde_json::json!({"name": name, "outcome": outcome});
    let wrong = |wrong| serde_json::json!({"not_handled": {"wrong": wrong, "of": 9}});
    let handled = || Value::from("handled");
    for (file, cases) in [
        ("before.json", [case("clean", handled()), case("late", wrong(4)), case("bots", wrong(9))]),
        ("after.json", [case("clean", wrong(1)), case("late", handled()), case("bots", wrong(3))]),
    ] {
        let card = serde_json::json!({"handled": 1, "cases": cases, "tables": [], "again": ""});
        fs::write(folder.path().join(file), card.to_string()).unwrap();
    }
    let (page, json) = compared(&folder, &["before.json", "after.json"]);
    let gauntlet = &json["gauntlet"];
    assert_eq!((&gauntlet["worse"][0], &gauntlet["better"][0]), (&"clean".into(), &"late".into()));
    let changes: Vec<_> = (0..3).map(|case| &gauntlet["cases"][case]["change"]).collect();
    assert_eq!(changes, ["not handled any more", "handled now", "fewer wrong"]);
    let line = "1 of 3, then 1 of 3 cases handled; worse: clean; better: late";
    assert_eq!(page["verdict"], serde_json::json!({"is_ok": false, "line": line}));
}

#[test]
fn a_timeline_is_held_against_a_plan() {
    let folder = with_timeline();
    let kept = fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    let kept: String = kept.split_inclusive('\n').filter(|line| !line.contains("filter")).collect();
    fs::write(folder.path().join("lost.jsonl"), kept).unwrap();
    save(&folder, "plan.json", &["plan", "web-shop", "--users", "30", "--json"]);
    for name in ["a", "lost"] {
        save(&folder, &format!("{name}.json"), &["stats", &format!("{name}.jsonl"), "--json"]);
    }
    let (page, json) = compared(&folder, &["plan.json", "a.json"]);
    assert_eq!(json["stats_by_plan"][0]["far"], serde_json::json!([]));
    assert_eq!(page["verdict"]["is_ok"], true, "{page}");
    let (page, json) = compared(&folder, &["lost.json", "plan.json"]);
    let far = json["stats_by_plan"][0]["far"].as_array().unwrap();
    assert!(far.contains(&"filter".into()), "{far:?}");
    assert_eq!(page["verdict"]["is_ok"], false);
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

/// The first line of a page of several results.
fn first_line(folder: &TempDir, files: &[&str]) -> (bool, String) {
    program(folder.path(), &[&["report", "-o", "page.html"], files].concat());
    let verdict = &embedded(&folder.path().join("page.html"))["page"]["verdict"];
    (verdict["is_ok"] == true, verdict["line"].as_str().unwrap().to_owned())
}

#[test]
fn several_results_lead_with_what_is_wrong_and_where() {
    let folder = with_timeline();
    save(&folder, "stats.json", &["stats", "a.jsonl", "--json"]);
    save(&folder, "diff.json", &["diff", "a.jsonl", "b.jsonl", "--json"]);
    save(&folder, "same.json", &["diff", "a.jsonl", "a.jsonl", "--json"]);
    fs::write(folder.path().join("half.jsonl"), "").unwrap();
    let received = ["verify", "--sent", "a.jsonl", "--received", "half.jsonl"];
    program(folder.path(), &[&received[..], &["--report", "found.json"]].concat());
    let (is_ok, line) = first_line(&folder, &["stats.json", "same.json"]);
    assert_eq!((is_ok, &*line), (true, "All 2 results are as they should be"));
    let (is_ok, line) = first_line(&folder, &["stats.json", "diff.json", "same.json"]);
    assert!(!is_ok && line.starts_with("diff, diff.json: The timelines differ: "), "{line}");
    assert!(line.ends_with(" removed. 2 others are OK"), "{line}");
    // All is missing in the one, a ninth differs in the other.
    let (_, line) = first_line(&folder, &["diff.json", "stats.json", "found.json"]);
    assert!(line.starts_with("verify, found.json: "), "{line}");
    assert!(line.ends_with(". Not OK either: diff.json. 1 other is OK"), "{line}");
}

/// A timeline that is not such as a plan expects is wrong beside other results, too.
#[test]
fn a_check_by_a_plan_counts_beside_other_results() {
    let folder = with_timeline();
    save(&folder, "plan.json", &["plan", "web-shop", "--users", "3000", "--json"]);
    save(&folder, "stats.json", &["stats", "a.jsonl", "--json"]);
    save(&folder, "same.json", &["diff", "a.jsonl", "a.jsonl", "--json"]);
    let (is_ok, line) = first_line(&folder, &["plan.json", "stats.json", "same.json"]);
    assert!(!is_ok && line.contains("not such as the plan expects"), "{line}");
}

#[test]
fn the_line_at_which_timelines_part_has_the_fields_that_differ() {
    let folder = with_timeline();
    let text = fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    let other = text.replacen("\"page_path\":\"/", "\"page_path\":\"/x", 1);
    fs::write(folder.path().join("c.jsonl"), other).unwrap();
    let printed =
        program(folder.path(), &["diff", "a.jsonl", "c.jsonl", "--json", "--html", "page.html"]);
    let first = &json_of(&printed.stdout)["first"];
    let differing = first["differing"].as_array().unwrap();
    assert_eq!(differing.len(), 1, "{first}");
    assert_eq!(differing[0]["field"], "page_path");
    let reason = &embedded(&folder.path().join("page.html"))["page"]["chapters"][0]["reasons"][0];
    assert_eq!(reason["parts_at"], "/results/0/value/first");
    assert!(reason["text"].as_str().unwrap().contains("1 of "), "{reason}");
    let text = program(folder.path(), &["diff", "a.jsonl", "c.jsonl"]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("\n  page_path  - \"/") && text.contains("             + \"/x"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
