//! From the compact form of an event to the full one.

use serde_json::{Map, Value, json};

use crate::event::Event;

use super::{Kind, Model, Record};

impl Model {
    /// The event that a record of this model stands for.
    pub fn event(&self, record: &Record) -> Event {
        let names = &self.names;
        let page = |index: u16| names.pages[usize::from(index)].clone();
        let is_on_page = !matches!(record.kind, Kind::SESSION_CREATED | Kind::SESSION_ENDED);
        let is_button = record.kind == Kind::BUTTON_CLICKED;
        Event {
            event_id: event_id(record),
            event_time: record.time,
            event_type: names.event_types[usize::from(record.kind.0)].clone(),
            user_id: format!("user_{:08x}", record.user_code),
            session_id: format!("session_{:012x}", session_code(record)),
            page_path: is_on_page.then(|| page(record.page)),
            button_id: is_button.then(|| names.buttons[usize::from(record.detail)].clone()),
            props: self.props(record),
        }
    }

    fn props(&self, record: &Record) -> Map<String, Value> {
        let mut props = Map::new();
        match record.kind {
            Kind::PAGE_VISITED if record.detail > 0 => {
                let (journey, step) = &self.names.steps[usize::from(record.detail) - 1];
                props.insert("journey".to_owned(), json!(journey));
                props.insert("step".to_owned(), json!(step));
            }
            Kind::LINK_ONWARD | Kind::LINK_ELSEWHERE => {
                let href = &self.names.pages[usize::from(record.detail)];
                props.insert("href".to_owned(), json!(href));
                if record.kind == Kind::LINK_ELSEWHERE {
                    props.insert("target".to_owned(), json!("_blank"));
                }
            }
            _ => {}
        }
        props
    }
}

/// The 48 bits of the session's id.
fn session_code(record: &Record) -> u64 {
    record.session & 0xffff_ffff_ffff
}

/// A version 7 UUID: the time, the event's number in its session, the session's bits. A session's
/// times differ and sessions' bits differ, so no two events share one.
///
/// Layout: [RFC 9562, section 5.7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7).
fn event_id(record: &Record) -> String {
    let millis = record.time.as_millis();
    format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        millis >> 16,
        millis & 0xffff,
        record.number & 0xfff,
        0x8000 | record.session >> 48,
        session_code(record),
    )
}
