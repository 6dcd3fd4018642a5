//! What is on time, late and dropped of each window, held against a second implementation: SQL over all that arrived.

use event_simulator::Scenario;
use event_simulator::policy::{IntakeReport, PolicyIntake, WindowLateness};
use event_simulator::scenario::policy::PolicySpec;

use super::expectations_in_sql::{rows, rows_of};
use super::policies_in_sql::{AS_SENT, Rules, WORLD, arrivals, ours, theirs};

/// A policy, and in SQL: when an event of `read` is left out, when it is judged, the window and what is allowed.
struct Windows {
    rules: Rules,
    left_out: &'static str,
    now: &'static str,
    window_ms: i64,
    allowed_ms: i64,
}

const WATERMARK: &str = "COALESCE(MAX(time) FILTER (WHERE time - received <= 7200000) OVER (ORDER BY n ROWS BETWEEN \
                         UNBOUNDED PRECEDING AND 1 PRECEDING), 0)";

const WINDOWS: [Windows; 3] = [
    Windows {
        rules: Rules {
            policy: "{ lateness: { allowed: 5m, windows: 10m } }",
            refused: "received - (time / 600000 + 1) * 600000 >= 300000",
            ..AS_SENT
        },
        left_out: "FALSE",
        now: "received",
        window_ms: 600_000,
        allowed_ms: 300_000,
    },
    Windows {
        rules: Rules {
            policy: "{ lateness: { allowed: 20m, by: watermark, windows: 1h }, ahead: 2h }",
            refused: "time - received > 7200000 OR \
                      COALESCE(MAX(time) FILTER (WHERE time - received <= 7200000) OVER (ORDER BY n ROWS BETWEEN \
                      UNBOUNDED PRECEDING AND 1 PRECEDING), 0) - (time / 3600000 + 1) * 3600000 >= 1200000",
            ..AS_SENT
        },
        left_out: "time - received > 7200000",
        now: WATERMARK,
        window_ms: 3_600_000,
        allowed_ms: 1_200_000,
    },
    Windows {
        rules: Rules {
            policy: "{ clock: corrected, lateness: { allowed: 0s, windows: 1m, then: amend }, bots: [bot] }",
            time: "received - (sent - told)",
            refused: "agent LIKE '%bot%'",
            ..AS_SENT
        },
        left_out: "agent LIKE '%bot%'",
        now: "received",
        window_ms: 60_000,
        allowed_ms: 1 << 50,
    },
];

fn query(windows: &Windows) -> String {
    let Windows { left_out, now, window_ms, allowed_ms, .. } = windows;
    format!(
        "WITH judged AS (
           SELECT time / {window_ms} * {window_ms} AS start, {left_out} AS is_left_out,
             {now} - (time / {window_ms} + 1) * {window_ms} AS over FROM read),
         counts AS (
           SELECT start, COUNT(*) AS arrivals, SUM(NOT is_left_out AND over < 0) AS on_time,
             SUM(NOT is_left_out AND over >= 0 AND over < {allowed_ms}) AS accepted,
             SUM(NOT is_left_out AND over >= {allowed_ms}) AS dropped, SUM(is_left_out) AS left_out
           FROM judged GROUP BY start
           UNION ALL
           SELECT NULL, n, 0, 0, 0, n FROM (SELECT {{all}} - COUNT(*) AS n FROM read) WHERE n > 0)
         SELECT COALESCE(strftime('%Y-%m-%dT%H:%M:%fZ', start / 1000.0, 'unixepoch'), ''), arrivals, on_time, accepted,
           dropped, left_out FROM counts ORDER BY start"
    )
}

#[test]
fn sql_agrees_on_lateness() {
    let lines = arrivals(&Scenario::from_yaml(WORLD).unwrap());
    for windows in &WINDOWS {
        let policy = PolicySpec::read(windows.rules.policy.as_bytes(), "policy").unwrap();
        let connection = theirs(&lines, &windows.rules);
        let theirs = rows(&connection, &query(windows).replace("{all}", &lines.len().to_string()));
        let ours = rows_of(&ours(&lines, &policy), "lateness.csv");
        assert_eq!(ours, theirs, "{}", windows.rules.policy);
        let counted: i64 = rows(&connection, "SELECT COUNT(*) FROM events")[0][0].parse().unwrap();
        let sum =
            |column: usize| ours.iter().map(|row| row[column].parse::<i64>().unwrap()).sum::<i64>();
        assert_eq!(sum(1), lines.len() as i64, "all that was delivered");
        assert_eq!(sum(2) + sum(3), counted, "{}", windows.rules.policy);
        assert!((2..6).all(|column| sum(column) > 0 || column == 4 && policy_amends(&policy)));
    }
}

fn policy_amends(policy: &PolicySpec) -> bool {
    policy.lateness.as_ref().is_some_and(|rule| rule.windows.is_some_and(|w| w.millis == 60_000))
}

fn judged(policy: &str, times: &[(&str, &str)]) -> (IntakeReport, WindowLateness) {
    let policy = PolicySpec::read(policy.as_bytes(), "policy").unwrap();
    let mut intake = PolicyIntake::new(&policy);
    for (place, (happened, received)) in times.iter().enumerate() {
        let line = format!(
            r#"{{"event_id":"{place}","event_time":"2026-01-01T{happened}Z","event_type":"x","user_id":"u","session_id":"s","props":{{}},"received_at":"2026-01-01T{received}Z"}}"#
        );
        intake.arrive(line.as_bytes(), |_, _| {});
    }
    let windows = intake.take_windows().unwrap();
    (intake.finish(|_, _| {}), windows)
}

/// An event far ahead closes every window, unless the policy refuses it before it is looked at.
#[test]
fn what_is_too_far_ahead_advances_no_watermark() {
    let times = [
        ("10:00:00.000", "10:00:00.000"),
        ("20:00:00.000", "10:00:01.000"),
        ("10:00:02.000", "10:00:02.000"),
    ];
    let rules = "{ lateness: { allowed: 1m, by: watermark, windows: 5m }";
    let (report, windows) = judged(&format!("{rules} }}"), &times);
    assert_eq!((report.late, report.ahead), (1, 0));
    assert_eq!(windows.values().map(|counts| counts.late_dropped).sum::<u64>(), 1);
    let (report, windows) = judged(&format!("{rules}, ahead: 1h }}"), &times);
    assert_eq!((report.late, report.ahead), (0, 1));
    assert_eq!(windows.values().map(|counts| counts.left_out).sum::<u64>(), 1);
}

/// At the edges to the millisecond: a window has passed at its end, and is gone when `allowed` has passed since.
#[test]
fn windows_close_at_their_end() {
    let times = [
        ("10:04:59.999", "10:04:59.999"),
        ("10:00:00.000", "10:04:59.999"),
        ("10:04:59.999", "10:05:00.000"),
        ("10:00:00.000", "10:05:59.999"),
        ("10:04:59.999", "10:06:00.000"),
        ("10:05:00.000", "10:06:00.000"),
    ];
    let (report, windows) = judged("{ lateness: { allowed: 1m, windows: 5m } }", &times);
    let shown: Vec<_> = windows
        .values()
        .map(|counts| (counts.on_time, counts.late_accepted, counts.late_dropped))
        .collect();
    assert_eq!((shown, report.late), (vec![(2, 2, 1), (1, 0, 0)], 1));
}
