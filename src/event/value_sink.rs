//! Where values of events go that are not written as text.

use crate::time::VirtualTime;

/// A part of an event that has members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPart {
    /// Its `props`.
    Props,
    /// The event itself, with fields beside those of all events.
    Event,
}

/// Takes what an event carries, value by value, as typed columns do. What is missing is not given.
///
/// Each value follows the member that it is of, or the beginning of its list's entry; an object or a list is begun, given
/// and ended.
pub trait ValueSink {
    /// Says of what the next members are.
    fn turn_to(&mut self, part: EventPart);

    /// Begins a member of that part, or of the object that was begun last.
    fn member(&mut self, name: &str);

    /// Begins an entry of the list that was begun last.
    fn entry(&mut self);

    /// True if the next value is taken as JSON only.
    fn wants_json(&mut self) -> bool;

    /// Takes a value as JSON without white space.
    fn json(&mut self, value: &[u8]);

    /// Takes a null.
    fn null(&mut self);

    /// Takes a flag.
    fn boolean(&mut self, flag: bool);

    /// Takes a number of units of which 1 has ten to the power of `decimals`.
    fn number(&mut self, units: i64, decimals: u32);

    /// Takes a text.
    fn text(&mut self, text: &str);

    /// Takes a time.
    fn time(&mut self, time: VirtualTime);

    /// Takes the date of a time.
    fn date(&mut self, time: VirtualTime);

    /// Begins an object.
    fn begin_object(&mut self);

    /// Ends the object that was begun last.
    fn end_object(&mut self);

    /// Begins a list.
    fn begin_list(&mut self);

    /// Ends the list that was begun last.
    fn end_list(&mut self);
}
