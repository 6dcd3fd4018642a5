//! Why received events probably are not those that were sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::comparison::{Compared, Difference, FieldChange};
use crate::time::WrittenTime;
use crate::timeline::scan;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// Sessions and deltas that are told apart; beyond, the picture is clear enough.
const MOST_DISTINCT: usize = 10_000;

/// So many of one kind and none of another are no accident.
const TELLING: u64 = 20;

/// What the differences of events have in common.
#[derive(Default)]
pub(super) struct EventCauses {
    missing: u64,
    missing_types: BTreeMap<String, u64>,
    missing_orders: Option<(u64, u64)>,
    unexpected: u64,
    unexpected_users: BTreeSet<String>,
    duplicated: u64,
    out_of_order: u64,
    late: u64,
    unreadable: u64,
    /// By field, and by what happened to it.
    altered: BTreeMap<(String, Change), u64>,
}

/// What happened to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Lost,
    Gained,
    Retyped,
    CutToSeconds,
    ShiftedMillis(i64),
    Other,
}

impl EventCauses {
    pub(super) fn observe(&mut self, difference: &Difference<'_>) {
        match difference {
            Difference::Missing(event) => {
                self.missing += 1;
                if let Some(event_type) = text_of(event.line, "event_type") {
                    *self.missing_types.entry(event_type).or_default() += 1;
                }
                let (first, last) = self.missing_orders.unwrap_or((event.order, event.order));
                self.missing_orders = Some((first.min(event.order), last.max(event.order)));
            }
            Difference::Unexpected(event) => {
                self.unexpected += 1;
                if self.unexpected_users.len() < MOST_DISTINCT {
                    self.unexpected_users.extend(text_of(event.line, "user_id"));
                }
            }
            Difference::Duplicated(_) => self.duplicated += 1,
            Difference::Altered { changes, .. } => {
                for change in changes {
                    self.observe_change(change);
                }
            }
            Difference::OutOfOrder { .. } => self.out_of_order += 1,
            Difference::Late(..) => self.late += 1,
            Difference::Unreadable(..) => self.unreadable += 1,
        }
    }

    fn observe_change(&mut self, change: &FieldChange) {
        let key = (change.field.clone(), kind_of(change));
        if self.altered.len() < MOST_DISTINCT || self.altered.contains_key(&key) {
            *self.altered.entry(key).or_default() += 1;
        }
    }

    /// The causes, in the order in which they should be looked into.
    pub(super) fn of(&self, compared: &Compared) -> Vec<String> {
        let mut causes = Vec::new();
        causes.extend(self.cause_of_unexpected(compared));
        causes.extend(self.cause_of_missing(compared));
        if self.duplicated > 0 {
            causes.push(
                "duplicated: something was retried or read again and the target is not idempotent; \
                 deduplicate by event_id"
                    .to_owned(),
            );
        }
        let mut altered: Vec<_> = self.altered.iter().collect();
        altered.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        causes.extend(altered.iter().take(5).map(|((field, change), count)| {
            let events = if **count == 1 { "event" } else { "events" };
            format!("altered: {field} of {count} {events}: {}", change.cause())
        }));
        if self.out_of_order > 0 {
            causes.push(
                "out of order: events of one user went through parallel workers or partitions; use \
                 user_id as the partition key (or pass --unordered if order is not promised)"
                    .to_owned(),
            );
        }
        if self.late > 0 {
            causes.push("late: retries or a lagging partition; check the watermark".to_owned());
        }
        if self.unreadable > 0 {
            causes.push(
                "unreadable: lines cut off, as when a file is copied while written".to_owned(),
            );
        }
        causes
    }

    fn cause_of_unexpected(&self, compared: &Compared) -> Option<String> {
        if self.unexpected == 0 {
            return None;
        }
        let cause = if self.unexpected == compared.received {
            "nothing that was received belongs to this timeline: another seed or scenario?"
                .to_owned()
        } else {
            format!(
                "events of {} users that were never sent: left over from an earlier run, or ids were \
                 changed",
                self.unexpected_users.len()
            )
        };
        Some(format!("unexpected: {cause}"))
    }

    fn cause_of_missing(&self, compared: &Compared) -> Option<String> {
        let (first, last) = self.missing_orders?;
        let mut types = self.missing_types.iter();
        let only_type = types.next().filter(|_| types.next().is_none());
        let cause = if self.missing == compared.sent {
            "nothing of the timeline was received".to_owned()
        } else if self.missing == last - first + 1 && last + 1 == compared.sent {
            "the end of the timeline: the consumer stopped early, or a last batch was not flushed"
                .to_owned()
        } else if self.missing == last - first + 1 && first == 0 && self.missing > 1 {
            "the beginning of the timeline: the consumer started late (offset `latest`?)".to_owned()
        } else if self.missing == last - first + 1 && self.missing >= TELLING {
            "one run of events in the middle: a lost batch or file, or an outage".to_owned()
        } else if let Some((event_type, count)) = only_type.filter(|(_, n)| **n >= TELLING) {
            format!("all {count} are {event_type}: a filter or a schema drops this type")
        } else {
            "scattered: rejected and not retried, or delivered at most once".to_owned()
        };
        Some(format!("missing: {cause}"))
    }
}

impl Change {
    fn cause(&self) -> String {
        match self {
            Self::Lost => "the value was lost: a column or key is not carried over".to_owned(),
            Self::Gained => "a value was added".to_owned(),
            Self::Retyped => {
                "another JSON type with the same meaning: inferred types, or an integer column with \
                 nulls"
                    .to_owned()
            }
            Self::CutToSeconds => "milliseconds were cut off or rounded".to_owned(),
            Self::ShiftedMillis(millis) if millis % (MILLIS_PER_HOUR / 4) == 0 => {
                let hours = *millis as f64 / MILLIS_PER_HOUR as f64;
                format!("moved by {hours:+} h: local time taken for UTC, or the other way round")
            }
            Self::ShiftedMillis(millis) => {
                format!("moved by {:+} s: a clock, or a replayed time", *millis as f64 / 1_000.0)
            }
            Self::Other => "another value".to_owned(),
        }
    }
}

fn kind_of(change: &FieldChange) -> Change {
    if change.received.is_empty() {
        return Change::Lost;
    }
    if change.sent.is_empty() {
        return Change::Gained;
    }
    let (Ok(sent), Ok(received)) = (
        serde_json::from_str::<Value>(&change.sent),
        serde_json::from_str::<Value>(&change.received),
    ) else {
        return Change::Other;
    };
    let is_same_text = plain(&sent) == plain(&received);
    let is_same_number = sent.as_f64().is_some() && sent.as_f64() == received.as_f64();
    if is_same_text || is_same_number || sent.is_object() != received.is_object() {
        return Change::Retyped;
    }
    let time = |value: &Value| Some(WrittenTime::of_text(value.as_str()?)?.time.as_millis() as i64);
    match (change.field.as_str(), time(&sent), time(&received)) {
        ("event_time", _, None) if received.is_number() => Change::Retyped,
        ("event_time", Some(sent), Some(received)) => {
            let delta = received - sent;
            let is_cut = received % 1_000 == 0 && delta.abs() < 1_000;
            if is_cut { Change::CutToSeconds } else { Change::ShiftedMillis(delta) }
        }
        _ => Change::Other,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text_of(line: &[u8], name: &str) -> Option<String> {
    let [raw] = scan::members(line, [name]).ok()?;
    scan::text(raw?).ok().map(std::borrow::Cow::into_owned)
}
