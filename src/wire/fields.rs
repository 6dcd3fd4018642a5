//! The fields of one event, borrowed from the line or row on which it stands.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::event::{Event, Field};
use crate::scenario::ANONYMOUS_ID;
use crate::time::{ParseTimeError, VirtualTime};

use super::csv::own_value;
use super::scan::{self, ScanError};

/// An event whose texts are borrowed from where they stand, unless they have to be unescaped.
///
/// ```
/// use event_simulator::wire::EventFields;
///
/// let line = concat!(
///     r#"{"event_id":"01","event_time":"2026-01-01T00:00:00.000Z","event_type":"page_visited","#,
///     r#""user_id":"user_1","session_id":"session_1","page_path":"/home","props":{}}"#
/// );
/// let fields = EventFields::of_line(line.as_bytes())?;
/// assert_eq!(fields.page_path.as_deref(), Some("/home"));
/// assert_eq!(fields.to_event()?.user_id, "user_1");
/// # Ok::<(), event_simulator::wire::FieldError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EventFields<'a> {
    /// See [`Event::event_id`].
    pub event_id: Cow<'a, str>,
    /// See [`Event::event_time`].
    pub event_time: VirtualTime,
    /// See [`Event::event_type`].
    pub event_type: Cow<'a, str>,
    /// See [`Event::user_id`].
    pub user_id: Cow<'a, str>,
    /// See [`Event::session_id`].
    pub session_id: Cow<'a, str>,
    /// See [`Event::page_path`].
    pub page_path: Option<Cow<'a, str>>,
    /// See [`Event::button_id`].
    pub button_id: Option<Cow<'a, str>>,
    /// The JSON text of [`Event::props`].
    pub props: Cow<'a, [u8]>,
    /// See [`Event::own`]: each name, and the JSON text of its value.
    pub own: Vec<(Cow<'a, str>, Cow<'a, [u8]>)>,
}

/// Why a line or row is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The line cannot be scanned.
    #[error(transparent)]
    Line(#[from] ScanError),
    /// A field that every event has is not there.
    #[error("{:?} is missing", field.name())]
    Missing {
        /// The field.
        field: Field,
    },
    /// A field has a wrong value.
    #[error("{:?}: {source}", field.name())]
    Field {
        /// The field.
        field: Field,
        /// The reason.
        source: ScanError,
    },
    /// `props` is not a JSON object.
    #[error("\"props\" is not a JSON object: {reason}")]
    Props {
        /// The JSON parser's reason.
        reason: String,
    },
    /// The value of another field is not JSON.
    #[error("{name:?} is not JSON: {reason}")]
    Own {
        /// The field.
        name: String,
        /// The JSON parser's reason.
        reason: String,
    },
}

/// JSON text of no props.
const NO_PROPS: &[u8] = b"{}";

impl<'a> EventFields<'a> {
    /// The long way, for lines of any form.
    pub(super) fn of_any_line(line: &'a [u8]) -> Result<Self, FieldError> {
        Self::of_line_at(line, scan::time)
    }

    /// The fields of a JSON line whose time, as it is written, `time` reads.
    pub(crate) fn of_line_at(
        line: &'a [u8],
        time: impl FnOnce(&'a [u8]) -> Result<VirtualTime, ScanError>,
    ) -> Result<Self, FieldError> {
        let (mut known, mut own) = ([None; Field::COUNT], Vec::new());
        scan::each_member(line, |key, value| {
            match Field::NAMES.iter().position(|name| *key == *name.as_bytes()) {
                None => own.push((name(key), Cow::Borrowed(value))),
                Some(place) if known[place].is_some() => {
                    return Err(ScanError::Duplicate { name: Field::NAMES[place].to_owned() });
                }
                Some(place) => known[place] = Some(value),
            }
            Ok(())
        })?;
        let [event_id, event_time, event_type, user_id, session_id, page_path, button_id, props] =
            known;
        Ok(Self {
            event_id: required_text(Field::EventId, event_id)?,
            event_time: required(Field::EventTime, event_time, time)?,
            event_type: required_text(Field::EventType, event_type)?,
            user_id: required_text(Field::UserId, user_id)?,
            session_id: required_text(Field::SessionId, session_id)?,
            page_path: optional_text(Field::PagePath, page_path)?,
            button_id: optional_text(Field::ButtonId, button_id)?,
            props: Cow::Borrowed(props.unwrap_or(NO_PROPS)),
            own,
        })
    }

    /// The fields of a row whose cells stand in the order of [`Field::ALL`], and other cells with the names of
    /// their columns. An empty cell is an absent field.
    ///
    /// # Errors
    /// [`FieldError::Missing`], and [`FieldError::Field`] for the time.
    pub fn of_cells(
        cells: [Option<&'a str>; Field::COUNT],
        own: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, FieldError> {
        let cells = cells.map(|cell| cell.filter(|text| !text.is_empty()));
        let [event_id, event_time, event_type, user_id, session_id, page_path, button_id, props] =
            cells;
        let required = |field, cell: Option<&'a str>| cell.ok_or(FieldError::Missing { field });
        let as_time = |error: ParseTimeError| FieldError::Field {
            field: Field::EventTime,
            source: ScanError::NotATime(error),
        };
        Ok(Self {
            event_id: required(Field::EventId, event_id)?.into(),
            event_time: required(Field::EventTime, event_time)?.parse().map_err(as_time)?,
            event_type: required(Field::EventType, event_type)?.into(),
            user_id: required(Field::UserId, user_id)?.into(),
            session_id: required(Field::SessionId, session_id)?.into(),
            page_path: page_path.map(Cow::Borrowed),
            button_id: button_id.map(Cow::Borrowed),
            props: Cow::Borrowed(props.map_or(NO_PROPS, str::as_bytes)),
            own: own
                .filter_map(|(name, cell)| Some((Cow::Borrowed(name), own_value(cell)?)))
                .collect(),
        })
    }

    /// The JSON text of a field beyond those of every event.
    pub fn own_field(&self, name: &str) -> Option<&[u8]> {
        self.own.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The id of who visits, which stays while it becomes known who that is: `anonymous_id` where there is one, otherwise
    /// `user_id`.
    pub fn visitor_id(&self) -> Cow<'_, str> {
        let anonymous = self.own_field(ANONYMOUS_ID).and_then(|json| scan::text(json).ok());
        anonymous.unwrap_or(Cow::Borrowed(&self.user_id))
    }

    /// The same fields, whose texts are borrowed from these.
    pub fn borrowed(&self) -> EventFields<'_> {
        EventFields {
            event_id: Cow::Borrowed(&self.event_id),
            event_time: self.event_time,
            event_type: Cow::Borrowed(&self.event_type),
            user_id: Cow::Borrowed(&self.user_id),
            session_id: Cow::Borrowed(&self.session_id),
            page_path: self.page_path.as_deref().map(Cow::Borrowed),
            button_id: self.button_id.as_deref().map(Cow::Borrowed),
            props: Cow::Borrowed(&self.props),
            own: self
                .own
                .iter()
                .map(|(name, value)| (Cow::Borrowed(&**name), Cow::Borrowed(&**value)))
                .collect(),
        }
    }

    /// The same fields with texts of their own.
    pub fn into_owned(self) -> EventFields<'static> {
        let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let json = |json: Cow<'_, [u8]>| Cow::Owned(json.into_owned());
        EventFields {
            event_id: text(self.event_id),
            event_time: self.event_time,
            event_type: text(self.event_type),
            user_id: text(self.user_id),
            session_id: text(self.session_id),
            page_path: self.page_path.map(text),
            button_id: self.button_id.map(text),
            props: json(self.props),
            own: self.own.into_iter().map(|(name, value)| (text(name), json(value))).collect(),
        }
    }

    /// The event as a value of its own.
    ///
    /// # Errors
    ///
    /// [`FieldError::Props`] and [`FieldError::Own`].
    pub fn to_event(&self) -> Result<Event, FieldError> {
        let props = serde_json::from_slice(&self.props)
            .map_err(|error| FieldError::Props { reason: error.to_string() })?;
        let mut own = Map::new();
        for (name, value) in &self.own {
            let value = serde_json::from_slice(value).map_err(|error| FieldError::Own {
                name: name.clone().into_owned(),
                reason: error.to_string(),
            })?;
            own.insert(name.clone().into_owned(), value);
        }
        Ok(Event {
            event_id: self.event_id.clone().into_owned(),
            event_time: self.event_time,
            event_type: self.event_type.clone().into_owned(),
            user_id: self.user_id.clone().into_owned(),
            session_id: self.session_id.clone().into_owned(),
            page_path: self.page_path.clone().map(Cow::into_owned),
            button_id: self.button_id.clone().map(Cow::into_owned),
            props,
            own,
        })
    }
}

impl<'a> From<&'a Event> for EventFields<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            event_id: Cow::Borrowed(&event.event_id),
            event_time: event.event_time,
            event_type: Cow::Borrowed(&event.event_type),
            user_id: Cow::Borrowed(&event.user_id),
            session_id: Cow::Borrowed(&event.session_id),
            page_path: event.page_path.as_deref().map(Cow::Borrowed),
            button_id: event.button_id.as_deref().map(Cow::Borrowed),
            props: props_text(&event.props),
            own: event
                .own
                .iter()
                .map(|(name, value)| {
                    (Cow::Borrowed(name.as_str()), Cow::Owned(value.to_string().into_bytes()))
                })
                .collect(),
        }
    }
}

/// The name that a key's bytes are.
pub(super) fn name(key: Cow<'_, [u8]>) -> Cow<'_, str> {
    match key {
        Cow::Borrowed(key) => String::from_utf8_lossy(key),
        Cow::Owned(key) => Cow::Owned(String::from_utf8_lossy(&key).into_owned()),
    }
}

fn props_text(props: &Map<String, Value>) -> Cow<'static, [u8]> {
    if props.is_empty() {
        return Cow::Borrowed(NO_PROPS);
    }
    // A map with text keys and JSON values always has a JSON text.
    serde_json::to_vec(props).map_or(Cow::Borrowed(NO_PROPS), Cow::Owned)
}

fn required<'a, T>(
    field: Field,
    raw: Option<&'a [u8]>,
    read: impl FnOnce(&'a [u8]) -> Result<T, ScanError>,
) -> Result<T, FieldError> {
    let raw = raw.ok_or(FieldError::Missing { field })?;
    read(raw).map_err(|source| FieldError::Field { field, source })
}

fn required_text(field: Field, raw: Option<&[u8]>) -> Result<Cow<'_, str>, FieldError> {
    required(field, raw, scan::text)
}

fn optional_text(field: Field, raw: Option<&[u8]>) -> Result<Option<Cow<'_, str>>, FieldError> {
    match raw {
        None | Some(b"null") => Ok(None),
        Some(raw) => required_text(field, Some(raw)).map(Some),
    }
}
