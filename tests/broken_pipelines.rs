//! Pipelines that are wrong in one place each: the shipped scenarios reveal every one of them.

use event_simulator::Event;
use event_simulator::expectations::{Expectations, csv_files};
use event_simulator::scenario::shipped;

use crate::expectations_in_sql::{QUERIES, load, rows, rows_of, small};

/// The mistake, and in the right query what it puts in place of what.
type Mistake = (&'static str, &'static str, &'static str);

/// By table, in the order of `QUERIES`.
const MISTAKES: [(&str, &[Mistake]); 6] = [
    (
        "page_engagement.csv",
        &[
            ("closes are ignored", "x.type = 'page_closed' OR", "0 OR"),
            ("links are ignored", "x.type = 'link_click' AND", "0 AND"),
            ("links to elsewhere leave the page", "<> '_blank'", "<> 'nothing'"),
            ("visits of a page are merged with the next one's", "AND y.page = v.page)", "AND 0)"),
            ("the close of any page counts", "x.n > v.n AND x.page = v.page", "x.n > v.n"),
            (
                "closes of other sessions count",
                "WHERE x.session = v.session AND x.n > v.n AND x.page",
                "WHERE x.user = v.user AND x.n > v.n AND x.page",
            ),
            ("the last way out counts", "MIN(x.time)", "MAX(x.time)"),
            (
                "the last page has no time",
                "SELECT MAX(x.time) FROM events x WHERE x.session = v.session",
                "SELECT v.time",
            ),
            ("a view is its own next one", "x.n > v.n AND x.type", "x.n >= v.n AND x.type"),
            ("times are cut to seconds", "SUM(millis) / 1000.0", "SUM(millis / 1000)"),
            ("users are counted by visit", "COUNT(DISTINCT user)", "COUNT(user)"),
            ("sessions are counted by visit", "COUNT(DISTINCT session)", "COUNT(session)"),
            (
                "days are those of Berlin",
                "SELECT v.date",
                "SELECT DATE(v.time / 1000 + 3600, 'unixepoch') AS date",
            ),
            (
                "visits are on the day of their session",
                "SELECT v.date",
                "SELECT (SELECT MIN(date) FROM events s WHERE s.session = v.session) AS date",
            ),
        ],
    ),
    (
        "session_metrics.csv",
        &[
            ("sessions are on their last day", "MIN(date)", "MAX(date)"),
            ("sessions are users' days", "GROUP BY session)", "GROUP BY user, date)"),
            ("sessions end at midnight", "GROUP BY session)", "GROUP BY session, date)"),
            (
                "sessions without an end have no duration",
                "MAX(time) -",
                "MAX(CASE WHEN type = 'session_ended' THEN time END) -",
            ),
            ("links are no clicks", "IN ('button_clicked', 'link_click')", "= 'button_clicked'"),
            ("users are counted by session", "COUNT(DISTINCT e.user)", "COUNT(e.user)"),
            ("a join multiplies", "ON e.n = s.first", "ON e.session = s.session"),
            ("bounces are left out", "GROUP BY session)", "GROUP BY session HAVING views > 1)"),
        ],
    ),
    (
        "click_through_rates.csv",
        &[
            ("views are those of all days", "e.date = d.date AND e.page", "e.page"),
            ("all events are views", "SUM(e.type IS 'page_visited')", "COUNT(e.n)"),
            (
                "a button is one on all pages",
                "BY c.date, c.page, c.button ORDER",
                "BY c.date, c.button ORDER",
            ),
            ("a join multiplies", "SELECT DISTINCT date, page", "SELECT date, page"),
            ("clicks are counted by session", "COUNT(*),", "COUNT(DISTINCT c.session),"),
        ],
    ),
    (
        "event_counts.csv",
        &[
            ("hours are those of Berlin", "SELECT date, hour", "SELECT date, (hour + 1) % 24"),
            ("events without a page are lost", "COUNT(*)", "COUNT(page)"),
            ("events are counted by session", "COUNT(*)", "COUNT(DISTINCT session)"),
        ],
    ),
    (
        "funnels.csv",
        &[
            ("users are counted", "COUNT(DISTINCT session)", "COUNT(DISTINCT user)"),
            ("the last step is the first", "MIN(step)", "MAX(step)"),
            ("a page is one step", "GROUP BY journey, step, page)", "GROUP BY journey, page)"),
        ],
    ),
    (
        "users_active.csv",
        &[
            (
                "users are new each day",
                "MIN(date) AS date FROM events GROUP BY user",
                "date FROM events",
            ),
            ("new users alone count", "LEFT JOIN", "JOIN"),
            (
                "users are active where sessions begin",
                "GROUP BY e.date",
                "WHERE e.type = 'session_created' GROUP BY e.date",
            ),
            ("sessions are counted", "COUNT(DISTINCT e.user)", "COUNT(DISTINCT e.session)"),
        ],
    ),
];

/// Runs of each scenario: what is rare in one of a few users is in one of them.
const SEEDS: u64 = 12;

#[test]
fn every_broken_pipeline_is_revealed_by_a_shipped_scenario() {
    let mut left: Vec<(&str, &str, String)> = Vec::new();
    for ((file, mistakes), query) in MISTAKES.iter().zip(QUERIES) {
        for (mistake, right, wrong) in *mistakes {
            let broken = query.replace(right, wrong);
            assert_ne!(broken, query, "{file}: {mistake}");
            left.push((file, mistake, broken));
        }
    }
    assert!(left.len() >= 30, "{}", left.len());
    // The one that is hard on pipelines first, so that little is left for the others.
    let mut scenarios: Vec<&shipped::Shipped> = shipped::ALL.iter().collect();
    scenarios.sort_by_key(|shipped| shipped.name != "awkward");
    let runs = scenarios.iter().flat_map(|shipped| (0..SEEDS).map(move |seed| (shipped, seed)));
    for (shipped, seed) in runs {
        if left.is_empty() {
            break;
        }
        let seconds = if shipped.name == "awkward" { 259_200.0 } else { 1_800.0 };
        let scenario = small(shipped.load().unwrap().scenario, 40, seconds);
        let events: Vec<Event> = scenario.compile().unwrap().simulate(seed).collect();
        let mut expectations = Expectations::new();
        for event in &events {
            expectations.observe(&event.into()).unwrap();
        }
        let files = csv_files(&expectations.finish()).unwrap();
        let connection = load(&events);
        left.retain(|(file, _, broken)| rows(&connection, broken) == rows_of(&files, file));
    }
    let passed: Vec<String> =
        left.iter().map(|(file, mistake, _)| format!("{file}: {mistake}")).collect();
    assert!(passed.is_empty(), "nothing reveals:\n{}", passed.join("\n"));
}
