//! From the compact form of an event to the full one.

use serde_json::{Map, Value, json};

use crate::event::{self, Detail, Event, Record, RecordContent};

use super::names::Names;

impl Names {
    /// The event that a record stands for.
    pub(super) fn event(&self, record: &Record) -> Event {
        let RecordContent { kind, page, detail } = record.content;
        let button = match detail {
            Detail::Button(button) => Some(self.buttons[usize::from(button)].clone()),
            _ => None,
        };
        Event {
            event_id: record.event_id().to_string(),
            event_time: record.time,
            event_type: self.event_types[kind.index()].clone(),
            user_id: event::user_id(record.user_code),
            session_id: event::session_id(record.session),
            page_path: page.map(|page| self.pages[page.index()].clone()),
            button_id: button,
            props: self.props(detail),
            own: Map::new(),
        }
    }

    fn props(&self, detail: Detail) -> Map<String, Value> {
        let mut props = Map::new();
        match detail {
            Detail::None | Detail::Button(_) | Detail::Accounts(_) => {}
            Detail::Step(step) => {
                let (journey, step) = &self.steps[usize::from(step)];
                props.insert("journey".to_owned(), json!(journey));
                props.insert("step".to_owned(), json!(step));
            }
            Detail::Variant(variant) => {
                let (experiment, variant) = &self.variants[usize::from(variant)];
                props.insert("experiment".to_owned(), json!(experiment));
                props.insert("variant".to_owned(), json!(variant));
            }
            Detail::Onward(page) => {
                props.insert("href".to_owned(), json!(self.pages[page.index()]));
            }
            Detail::Elsewhere(page) => {
                props.insert("href".to_owned(), json!(self.pages[page.index()]));
                props.insert("target".to_owned(), json!("_blank"));
            }
        }
        props
    }
}
