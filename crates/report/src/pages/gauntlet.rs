//! The score card of a gauntlet.

use serde_json::Value;

use event_simulator::quantity::grouped;

use super::words::{listed, text};
use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Form, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

/// The name of the case without faults.
const WITHOUT_FAULTS: &str = "clean";

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let cases = view.items("cases");
    let wrong: Vec<&Value> = cases.iter().filter(|case| !is_handled(case)).collect();
    let names: Vec<&str> = wrong.iter().map(|case| text(case, "/name")).collect();
    let line = match (wrong.len(), cases.len()) {
        (_, 0) => "No case was run".to_owned(),
        (0, all) => format!("The pipeline handles all {all} cases"),
        (1, all) => format!("1 of {all} cases is not handled: {}", listed(&names)),
        (some, all) => format!("{some} of {all} cases are not handled: {}", listed(&names)),
    };
    let is_wrong_anyway = names.contains(&WITHOUT_FAULTS);
    let line = if is_wrong_anyway {
        let (some, all) = (wrong.len(), cases.len());
        format!("Wrong even without faults; {some} of {all} cases are not handled")
    } else {
        line
    };
    let columns = vec![
        TableColumn::new("case", "name", Form::Text),
        TableColumn::new("arrivals", "arrivals/arrivals", Form::Count),
        TableColumn::new("count", "arrivals/counted", Form::Count),
        TableColumn::new("copies", "arrivals/duplicates", Form::Count),
        TableColumn::new("too late", "arrivals/late", Form::Count),
        TableColumn::new("late, count", "arrivals/amended", Form::Count),
        TableColumn::new("too far ahead", "arrivals/ahead", Form::Count),
        TableColumn::new("of bots", "arrivals/bots", Form::Count),
        TableColumn::new("malformed", "arrivals/malformed", Form::Count),
    ];
    let mut pictures: Vec<_> = [
        view.picture(
            "Faults planted, handled and missed",
            "A case a line. Planted: things that faults did to its events. Wrong: rows or events that are not as they must be.",
            "cases",
            |data| PictureShape::Cases { data },
        ),
        view.picture(
            "What becomes of what arrives, under the policy",
            "Arrivals of each case, and by which rule they do not count.",
            "cases",
            |data| PictureShape::Table { data, columns },
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let reasons = together(wrong.iter().map(|case| reason(case, is_wrong_anyway)));
    pictures.extend(marked(view, &reasons));
    Chapter {
        command: "gauntlet",
        name: view.result.name.clone(),
        verdict: PageVerdict { is_ok: wrong.is_empty() && !cases.is_empty(), line },
        facts: view.facts(&[
            ("cases handled", "handled", Form::Count),
            ("cases run", "cases", Form::Length),
            ("cases not run", "not_run", Form::Count),
        ]),
        reasons,
        pictures,
    }
}

/// The tables that are wrong, with their wrong cells, of the first case of each reason.
fn marked(view: ResultView<'_>, reasons: &[ReportReason]) -> Vec<Picture> {
    let about =
        "The first rows that differ, each wrong cell marked: what it is, and what it should be.";
    let cases = view.items("cases").iter().enumerate();
    let is_first =
        |name: &str| reasons.iter().any(|reason| reason.title.split(", ").next() == Some(name));
    let mut pictures = Vec::new();
    for (place, case) in cases.filter(|(_, case)| is_first(text(case, "/name"))) {
        let tables = case.pointer("/outcome/not_handled/marked").and_then(Value::as_array);
        for (number, table) in tables.into_iter().flatten().enumerate() {
            let title = format!("{}: table {}", text(case, "/name"), text(table, "/table"));
            let path = format!("cases/{place}/outcome/not_handled/marked/{number}");
            let shape = |data| PictureShape::Marked { data };
            pictures.extend(view.picture(&title, about, &path, shape));
        }
    }
    pictures
}

fn is_handled(case: &Value) -> bool {
    text(case, "/outcome") == "handled"
}

/// Reasons that differ in their numbers alone as one: what is wrong in every case is read once. The first stands for all, and
/// one command line shows them all again.
fn together(reasons: impl Iterator<Item = ReportReason>) -> Vec<ReportReason> {
    let same =
        |text: &str| text.split(|c: char| c.is_ascii_digit() || c == ',').collect::<String>();
    let mut groups: Vec<(String, ReportReason, Vec<ReportReason>)> = Vec::new();
    for reason in reasons {
        let key = same(&reason.text);
        match groups.iter_mut().find(|(of_group, ..)| *of_group == key) {
            Some((.., others)) => others.push(reason),
            None => groups.push((key, reason, Vec::new())),
        }
    }
    let merged = |(_, first, others): (String, ReportReason, Vec<ReportReason>)| {
        let names: Vec<&str> =
            [&*first.title].into_iter().chain(others.iter().map(|other| &*other.title)).collect();
        let only = |names: &str| format!(" --only {names} ");
        let again = first.again.replacen(&only(&first.title), &only(&names.join(",")), 1);
        ReportReason { title: names.join(", "), again, ..first }
    };
    groups.into_iter().map(merged).collect()
}

/// Why a case is not handled. What cases usually are a sign of means nothing where even that without faults is wrong.
fn reason(case: &Value, is_wrong_anyway: bool) -> ReportReason {
    let count = |pointer: &str| case.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let mut details = Vec::new();
    let reveals = format!("Perhaps {}", text(case, "/reveals"));
    let why = if let Some(failed) = case.pointer("/outcome/failed") {
        format!("The command failed: {}", text(failed, "/reason"))
    } else {
        let (wrong, of) = (count("/outcome/not_handled/wrong"), count("/outcome/not_handled/of"));
        let first = text(case, "/outcome/not_handled/first");
        let counts = format!("{} of {} wrong", grouped(wrong), grouped(of));
        details.push(format!("{counts}. First: {first}"));
        let causes = case.pointer("/outcome/not_handled/causes").and_then(Value::as_array);
        let mut causes = causes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let otherwise = if is_wrong_anyway { counts } else { reveals.clone() };
        let why = causes.next().unwrap_or(otherwise);
        details.extend(causes);
        why
    };
    if why != reveals && !is_wrong_anyway {
        details.push(reveals);
    }
    details.push(format!("In this case: {}", text(case, "/what")));
    if let Some(smallest) = case.get("smallest") {
        let lines = smallest.get("lines").and_then(Value::as_u64).unwrap_or_default();
        let show = if lines == 1 { "line shows" } else { "lines show" };
        details.push(format!("{} {show} it: {}", grouped(lines), text(smallest, "/file")));
    }
    ReportReason {
        title: text(case, "/name").to_owned(),
        text: why,
        details,
        again: text(case, "/again").to_owned(),
        ..ReportReason::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_differ_in_numbers_alone_are_one() {
        let reason = |title: &str, text: &str| ReportReason {
            title: title.to_owned(),
            text: text.to_owned(),
            again: format!("gauntlet --only {title} -- run"),
            ..ReportReason::default()
        };
        let found = together(
            [
                reason("clean", "in all 474 events"),
                reason("late", "cut to minutes"),
                reason("twins", "in all 1,497 events"),
            ]
            .into_iter(),
        );
        let titles: Vec<_> = found.iter().map(|reason| &*reason.title).collect();
        assert_eq!(titles, ["clean, twins", "late"]);
        assert_eq!(found[0].text, "in all 474 events");
        assert_eq!(found[0].again, "gauntlet --only clean,twins -- run");
    }
}
