//! The types of events that the simulator itself knows, with the keys of their shares in a scenario.

use super::event_type::{self, EXPERIMENT_VIEWED};

/// A built-in type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltIn {
    /// See [`event_type::SESSION_CREATED`].
    SessionCreated,
    /// See [`event_type::SESSION_ENDED`].
    SessionEnded,
    /// See [`event_type::PAGE_VISITED`].
    PageVisited,
    /// See [`event_type::PAGE_CLOSED`].
    PageClosed,
    /// See [`event_type::BUTTON_CLICKED`].
    ButtonClicked,
    /// See [`event_type::LINK_CLICK`].
    LinkClick,
}

/// A property that events have without being told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnProperty {
    pub(crate) name: &'static str,
    /// The type in a JSON Schema.
    pub(crate) json_type: &'static str,
    /// It is always there.
    pub(crate) is_required: bool,
}

impl OwnProperty {
    const fn new(name: &'static str, json_type: &'static str, is_required: bool) -> Self {
        Self { name, json_type, is_required }
    }
}

impl BuiltIn {
    /// Every built-in type, in the order of a scenario's keys.
    pub const ALL: [Self; 6] = [
        Self::SessionCreated,
        Self::SessionEnded,
        Self::PageVisited,
        Self::PageClosed,
        Self::ButtonClicked,
        Self::LinkClick,
    ];

    const fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::SessionCreated => ("session_start", event_type::SESSION_CREATED),
            Self::SessionEnded => ("session_end", event_type::SESSION_ENDED),
            Self::PageVisited => ("page_visit", event_type::PAGE_VISITED),
            Self::PageClosed => ("page_close", event_type::PAGE_CLOSED),
            Self::ButtonClicked => ("button_click", event_type::BUTTON_CLICKED),
            Self::LinkClick => ("link_click", event_type::LINK_CLICK),
        }
    }

    /// The key under `event_probabilities`.
    pub const fn scenario_key(self) -> &'static str {
        self.row().0
    }

    /// The text in `event_type`.
    pub const fn event_type(self) -> &'static str {
        self.row().1
    }

    const fn own(self) -> &'static [OwnProperty] {
        const OF_PAGE_VISITED: [OwnProperty; 2] = [
            OwnProperty::new("journey", "string", false),
            OwnProperty::new("step", "integer", false),
        ];
        const OF_LINK_CLICK: [OwnProperty; 2] =
            [OwnProperty::new("href", "string", true), OwnProperty::new("target", "string", false)];
        match self {
            Self::PageVisited => &OF_PAGE_VISITED,
            Self::LinkClick => &OF_LINK_CLICK,
            _ => &[],
        }
    }

    /// The properties that events of a type have without being told to.
    pub(crate) fn own_properties(event_type: &str) -> &'static [OwnProperty] {
        const OF_EXPERIMENT_VIEWED: [OwnProperty; 2] = [
            OwnProperty::new("experiment", "string", true),
            OwnProperty::new("variant", "string", true),
        ];
        match Self::of_type(event_type) {
            Some(built_in) => built_in.own(),
            None if event_type == EXPERIMENT_VIEWED => &OF_EXPERIMENT_VIEWED,
            None => &[],
        }
    }

    /// The type whose share stands under a key of `event_probabilities`; none for a custom event.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|built_in| built_in.scenario_key() == key)
    }

    /// The type of an `event_type`; none for a custom event.
    pub fn of_type(event_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|built_in| built_in.event_type() == event_type)
    }
}
