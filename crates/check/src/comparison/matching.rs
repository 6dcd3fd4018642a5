//! The way in which events are matched.

/// The key by which a received event is matched with the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKey {
    /// By `event_id`.
    EventId,
    /// By `props.event_id`, where a target that gives its own ids may keep the original.
    PropsEventId,
    /// By session, type, page and button, in order.
    Content,
}

/// The way in which events are matched and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matching {
    /// The key.
    pub key: MatchKey,
    /// True if `event_id` is the one that was sent, and so compared.
    pub ids_survive: bool,
    /// True if `event_time` is the one that was sent for at least some events, so that it tells equal
    /// events apart.
    pub times_survive: bool,
    /// True if `event_time` is compared.
    pub times_compared: bool,
}
