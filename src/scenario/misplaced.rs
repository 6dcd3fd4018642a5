//! The file that was meant by one whose keys stand bare, outside of their sections.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::shares;
use super::yaml::{Content, Node};

const MIX: &str = "event_probabilities";

/// The document with each misplaced top-level key in its section; none if there is no such key, or a place
/// is taken. `known` are all keys, each with its section.
pub(super) fn corrected(
    document: &Node,
    known: &[(String, &'static str)],
) -> Option<Map<String, Value>> {
    let Content::Map(entries) = &document.content else { return None };
    let mut sections: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut file = Map::new();
    for entry in entries {
        let value = entry.value.content.to_json();
        let is_top_level =
            known.iter().any(|(section, key)| section.is_empty() && *key == entry.key);
        if is_top_level {
            file.insert(entry.key.clone(), value);
            continue;
        }
        let mut places = known.iter().filter(|(_, key)| *key == entry.key);
        let (section, _) = places.next().filter(|_| places.next().is_none())?;
        sections.entry(section).or_default().insert(entry.key.clone(), value);
    }
    if sections.is_empty() {
        return None;
    }
    for (section, keys) in sections {
        let written = file.entry(section).or_insert_with(|| Map::new().into()).as_object_mut()?;
        for (key, value) in keys {
            if written.insert(key, value).is_some() {
                return None;
            }
        }
    }
    if let Some(mix) = file.get_mut(MIX).and_then(Value::as_object_mut) {
        let share = |(key, share): (&String, &Value)| Some((key.clone(), share.as_f64()?));
        let given: BTreeMap<String, f64> = mix.iter().map(share).collect::<Option<_>>()?;
        *mix = shares::plain(&shares::rescaled_mix(&given)?);
    }
    Some(in_order(file, known))
}

/// The sections in the order of the reference.
fn in_order(mut file: Map<String, Value>, known: &[(String, &'static str)]) -> Map<String, Value> {
    let order = known.iter().filter(|(section, _)| section.is_empty()).map(|(_, key)| *key);
    order.filter_map(|key| file.remove_entry(key)).collect()
}
