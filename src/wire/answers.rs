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
    /// A status that everything was taken is the answer also to events that are discarded.
    Discarding {
        /// The body of that answer.
        accepted: &'static str,
        /// Its status.
        status: u16,
        /// The header of an answer that says so, and its value.
        told_by: Option<(&'static str, &'static str)>,
    },
    /// As Amplitude: a refusal lists the events by what is wrong with them, and nothing was taken.
    AmplitudeLists,
    /// As Mixpanel: a refusal lists the events that were refused, and the others were taken.
    MixpanelRecords,
    /// As Matomo: an answer that says that all is well lists the events that were refused by their places, and the
    /// others were taken.
    MatomoCounts,
}

const OK: u16 = 200;
const BAD_REQUEST: u16 = 400;

impl Answers {
    /// The events that an answer refuses while it takes the others: their places in the request, in order,
    /// each with the reason. None if it takes all or nothing.
    pub fn partly_refused(self, status: u16, body: &[u8]) -> Option<Vec<(usize, String)>> {
        let mut events = match (self, status) {
            (Self::MixpanelRecords, BAD_REQUEST) => mixpanel_refusals(body)?,
            (Self::MatomoCounts, OK) => matomo_refusals(body)?,
            _ => return None,
        };
        events.sort_unstable();
        events.dedup_by_key(|(place, _)| *place);
        (!events.is_empty()).then_some(events)
    }

    /// True if a request of which a part was refused is answered as if all was well.
    pub fn accepts_parts(self) -> bool {
        matches!(self, Self::MatomoCounts)
    }

    /// True if an answer that all was taken says nothing of what is kept.
    pub fn discards(self) -> bool {
        matches!(self, Self::Discarding { .. })
    }

    /// True if what is good of a request is taken although not all is.
    pub fn takes_parts(self) -> bool {
        matches!(self, Self::Discarding { .. } | Self::MixpanelRecords | Self::MatomoCounts)
    }

    /// The header, and its value, by which an answer says that the event was discarded.
    pub fn discarded_header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Discarding { told_by, .. } => told_by,
            _ => None,
        }
    }

    /// The status of the answer that all was taken.
    pub fn accepted_status(self) -> u16 {
        match self {
            Self::Discarding { status, .. } => status,
            _ => OK,
        }
    }

    /// The body of the answer that `count` events of `bytes` were taken.
    pub fn accepted(self, count: usize, bytes: usize) -> String {
        match self {
            Self::ByStatus { accepted } | Self::Discarding { accepted, .. } => accepted.to_owned(),
            Self::AmplitudeLists => {
                json!({"code": 200, "events_ingested": count, "payload_size_bytes": bytes})
                    .to_string()
            }
            Self::MixpanelRecords => {
                json!({"code": 200, "num_records_imported": count, "status": "OK"}).to_string()
            }
            Self::MatomoCounts => self.refused(&[], count),
        }
    }

    /// The body of the answer to events that came as the value of `data`, if there is another than to batches.
    pub fn of_data(self, refused: Option<&str>, is_verbose: bool) -> Option<String> {
        if self != Self::MixpanelRecords {
            return None;
        }
        let status = i32::from(refused.is_none());
        Some(if is_verbose {
            json!({"status": status, "error": refused}).to_string()
        } else {
            status.to_string()
        })
    }

    /// The body of the answer that these events, by their places among `count`, were refused.
    pub fn refused(self, refused: &[(usize, String)], count: usize) -> String {
        match self {
            Self::ByStatus { .. } | Self::Discarding { .. } => {
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
            Self::MatomoCounts => {
                let places: Vec<usize> = refused.iter().map(|(place, _)| *place).collect();
                json!({
                    "status": "success",
                    "tracked": count - places.len(),
                    "invalid": places.len(),
                    "invalid_indices": places,
                })
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

fn matomo_refusals(body: &[u8]) -> Option<Vec<(usize, String)>> {
    #[derive(Deserialize)]
    struct Counts {
        #[serde(default)]
        invalid_indices: Vec<usize>,
    }
    let counts: Counts = serde_json::from_slice(body).ok()?;
    Some(counts.invalid_indices.into_iter().map(|place| (place, "invalid".to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_partly_refused_is_told_and_read_again() {
        let refused = [(1, "time is missing".to_owned()), (3, "no id".to_owned())];
        let answers = Answers::MixpanelRecords;
        let body = answers.refused(&refused, 5);
        assert_eq!(answers.partly_refused(400, body.as_bytes()).unwrap(), refused);
        for (status, body) in [(200, &*body), (400, "<html>"), (400, &answers.accepted(5, 9))] {
            assert_eq!(answers.partly_refused(status, body.as_bytes()), None);
        }
        let answers = Answers::MatomoCounts;
        let body = answers.refused(&refused, 5);
        let places: Vec<_> = answers
            .partly_refused(200, body.as_bytes())
            .unwrap()
            .into_iter()
            .map(|one| one.0)
            .collect();
        assert_eq!(places, [1, 3]);
        assert_eq!(answers.partly_refused(200, answers.accepted(5, 9).as_bytes()), None);
        let body = Answers::AmplitudeLists.refused(&refused, 5);
        assert_eq!(Answers::AmplitudeLists.partly_refused(400, body.as_bytes()), None);
    }
}
