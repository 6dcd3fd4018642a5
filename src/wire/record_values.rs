//! What records say, value by value: for forms of a timeline that are no text.

use crate::event::{Detail, EventPart, Field, Record, ValueSink};
use crate::model::Model;
use crate::population::People;
use crate::properties::PropertyWriter;
use crate::wire::json_text::quoted;

/// Reads the values of a model's records: names by their place among all names of their field, ids as text, and what
/// only some events carry into a [`ValueSink`]. They are those of the lines that [`Encoder`](super::Encoder) writes.
#[derive(Clone, Debug)]
pub struct RecordValues {
    model: Model,
    /// None if users are known from the beginning.
    people: Option<People>,
    /// None if no event carries properties of the scenario's.
    properties: Option<PropertyWriter>,
}

impl RecordValues {
    /// The values of the records of `model`, by its seed.
    pub fn new(model: &Model) -> Self {
        Self {
            people: model.people().accounts().map(|_| model.people().clone()),
            properties: model.property_writer(),
            model: model.clone(),
        }
    }

    /// All names that a field can have; none for those whose values are not among a few names.
    pub fn names(&self, field: Field) -> &[String] {
        let names = self.model.names();
        match field {
            Field::EventType => &names.event_types,
            Field::PagePath => &names.pages,
            Field::ButtonId => &names.buttons,
            _ => &[],
        }
    }

    /// Appends the text of a record's user, or of the browser while the user is not known.
    #[inline]
    pub fn push_user_id(&self, record: &Record, text: &mut Vec<u8>) {
        if let Some(id) = self.people.as_ref().and_then(|people| people.anonymous(record)) {
            return text.extend_from_slice(&id);
        }
        text.extend_from_slice(&record.user_id_text());
    }

    /// A number that tells the text of a record's user from those of all others.
    #[inline]
    pub fn user_code(&self, record: &Record) -> u64 {
        let of_browser = self.people.as_ref().and_then(|people| people.anonymous_code(record));
        of_browser.unwrap_or_else(|| record.user_code.into())
    }

    /// True if a record has `props`, or fields beside those of all events.
    #[inline]
    pub fn has_more(&self, record: &Record) -> bool {
        let has_properties = || self.properties.as_ref().is_some_and(|of| of.has(record));
        let is_plain =
            matches!(record.content.detail, Detail::None | Detail::Button(_) | Detail::Accounts(_));
        !is_plain || has_properties()
    }

    /// Gives those to a sink.
    pub fn give(&mut self, record: &Record, sink: &mut dyn ValueSink) {
        sink.turn_to(EventPart::Props);
        let names = self.model.names();
        match record.content.detail {
            Detail::None | Detail::Button(_) | Detail::Accounts(_) => {}
            Detail::Step(step) => {
                let (journey, step) = &names.steps[usize::from(step)];
                give_text(sink, "journey", journey);
                sink.member("step");
                if sink.wants_json() {
                    sink.json(step.to_string().as_bytes());
                } else {
                    sink.number(i64::from(*step), 0);
                }
            }
            Detail::Variant(variant) => {
                let (experiment, variant) = &names.variants[usize::from(variant)];
                give_text(sink, "experiment", experiment);
                give_text(sink, "variant", variant);
            }
            Detail::Onward(page) => give_text(sink, "href", &names.pages[page.index()]),
            Detail::Elsewhere(page) => {
                give_text(sink, "href", &names.pages[page.index()]);
                give_text(sink, "target", "_blank");
            }
        }
        if let Some(properties) = &mut self.properties
            && properties.has(record)
        {
            properties.give(record, sink);
        }
    }
}

fn give_text(sink: &mut dyn ValueSink, name: &str, text: &str) {
    sink.member(name);
    if sink.wants_json() { sink.json(quoted(text).as_bytes()) } else { sink.text(text) }
}
