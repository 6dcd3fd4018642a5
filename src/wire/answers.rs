//! The answers of receivers of other wire formats: what they mean, and how one gives them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The meaning of a receiver's answers, beside that of their statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The status says all.
    ByStatus {
        /// The body of the answer that everything was taken.
        accepted: &'static str,
    },
    /// As Amplitude: a refusal lists the events by what is wrong with them, and nothing was taken.
    AmplitudeLists,
    /// As Mixpanel: a refusal lists the events that were refused, and the others were taken.
    MixpanelRecords,
}

/// The events of a request that were refused, while others were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRefusals {
    /// Their places in the request, in order, each with the reason.
    pub events: Vec<(usize, String)>,
    /// True if the others were taken; else they have to be sent again.
    pub others_are_taken: bool,
}

const BAD_REQUEST: u16 = 400;

impl Answers {
    /// The refused events that an answer lists; none if it lists none.
    pub fn refusals(self, status: u16, body: &[u8]) -> Option<EventRefusals> {
        if status != BAD_REQUEST {
            return None;
        }
        let (mut events, others_are_taken) = match self {
            Self::ByStatus { .. } => return None,
            Self::AmplitudeLists => (amplitude_refusals(body)?, false),
            Self::MixpanelRecords => (mixpanel_refusals(body)?, true),
        };
        events.sort_unstable();
        events.dedup_by_key(|(place, _)| *place);
        (!events.is_empty()).then_some(EventRefusals { events, others_are_taken })
    }

    /// The body of the answer that `count` events of `bytes` were taken.
    pub fn accepted(self, count: usize, bytes: usize) -> String {
        match self {
            Self::ByStatus { accepted } => accepted.to_owned(),
            Self::AmplitudeLists => {
                json!({"code": 200, "events_ingested": count, "payload_size_bytes": bytes})
                    .to_string()
            }
            Self::MixpanelRecords => {
                json!({"code": 200, "num_records_imported": count, "status": "OK"}).to_string()
            }
        }
    }

    /// The body of the answer that these events, by their places among `count`, were refused.
    pub fn refused(self, refused: &[(usize, String)], count: usize) -> String {
        match self {
            Self::ByStatus { .. } => {
                let first = refused.first().map_or("", |(_, reason)| reason);
                json!({"success": false, "message": first}).to_string()
            }
            Self::AmplitudeLists => {
                let mut by_reason = Map::new();
                for (place, reason) in refused {
                    let places = by_reason.entry(reason.clone()).or_insert_with(|| json!([]));
                    if let Value::Array(places) = places {
                        places.push(json!(place));
                    }
                }
                let error = "Request has invalid events";
                json!({"code": 400, "error": error, "events_with_invalid_fields": by_reason})
                    .to_string()
            }
            Self::MixpanelRecords => {
                let records: Vec<Value> = refused
                    .iter()
                    .map(|(place, reason)| json!({"index": place, "message": reason}))
                    .collect();
                json!({
                    "code": 400,
                    "error": "some data points in the request failed validation",
                    "failed_records": records,
                    "num_records_imported": count - refused.len(),
                    "status": "Bad Request",
                })
                .to_string()
            }
        }
    }
}

fn amplitude_refusals(body: &[u8]) -> Option<Vec<(usize, String)>> {
    #[derive(Deserialize)]
    struct Lists {
        #[serde(default)]
        events_with_invalid_fields: Map<String, Value>,
        #[serde(default)]
        events_with_missing_fields: Map<String, Value>,
        #[serde(default)]
        silenced_events: Vec<usize>,
    }
    let lists: Lists = serde_json::from_slice(body).ok()?;
    let mut found: Vec<(usize, String)> =
        lists.silenced_events.into_iter().map(|place| (place, "silenced".to_owned())).collect();
    let kinds = [
        ("invalid", lists.events_with_invalid_fields),
        ("missing", lists.events_with_missing_fields),
    ];
    for (kind, fields) in kinds {
        for (field, places) in fields {
            let places: Vec<usize> = serde_json::from_value(places).unwrap_or_default();
            found.extend(places.into_iter().map(|place| (place, format!("{kind}: {field}"))));
        }
    }
    Some(found)
}

fn mixpanel_refusals(body: &[u8]) -> Option<Vec<(usize, String)>> {
    #[derive(Deserialize)]
    struct Records {
        #[serde(default)]
        failed_records: Vec<FailedRecord>,
    }
    #[derive(Deserialize)]
    struct FailedRecord {
        index: usize,
        #[serde(default)]
        field: String,
        #[serde(default)]
        message: String,
    }
    let records: Records = serde_json::from_slice(body).ok()?;
    let shown = |record: FailedRecord| {
        let FailedRecord { index, field, message } = record;
        (index, if field.is_empty() { message } else { format!("{field}: {message}") })
    };
    Some(records.failed_records.into_iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_and_read_again() {
        let refused = [(1, "time is missing".to_owned()), (3, "no id".to_owned())];
        for (answers, others_are_taken) in
            [(Answers::AmplitudeLists, false), (Answers::MixpanelRecords, true)]
        {
            let body = answers.refused(&refused, 5);
            let found = answers.refusals(400, body.as_bytes()).unwrap();
            assert_eq!(found.others_are_taken, others_are_taken);
            assert_eq!(found.events.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 3]);
            assert!(found.events[0].1.contains("time is missing"), "{found:?}");
            assert_eq!(answers.refusals(200, body.as_bytes()), None);
            assert_eq!(answers.refusals(400, b"<html>"), None);
            assert_eq!(answers.refusals(400, answers.accepted(5, 9).as_bytes()), None);
        }
    }
}
