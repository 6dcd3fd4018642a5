//! Fields as a line.

use crate::wire::EventFields;
use crate::wire::json_text::push_quoted;

impl EventFields<'_> {
    /// Appends the line of these fields, without its end: in the order of [`Field::ALL`](crate::event::Field::ALL), then
    /// those of its own. Values of `props` and of own fields stand as they stood.
    ///
    /// ```
    /// use event_simulator::{Scenario, wire::EventFields};
    ///
    /// for event in Scenario::default().compile()?.simulate(1) {
    ///     let mut line = Vec::new();
    ///     EventFields::from(&event).write_line(&mut line);
    ///     assert_eq!(line, serde_json::to_vec(&event)?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_line(&self, line: &mut Vec<u8>) {
        // The names of members that every event has need no escapes.
        let member = |label: &[u8], text: &str, line: &mut Vec<u8>| {
            line.extend_from_slice(label);
            push_quoted(text, line);
        };
        member(b"{\"event_id\":", &self.event_id, line);
        line.extend_from_slice(b",\"event_time\":\"");
        line.extend_from_slice(&self.event_time.text());
        member(b"\",\"event_type\":", &self.event_type, line);
        member(b",\"user_id\":", &self.user_id, line);
        member(b",\"session_id\":", &self.session_id, line);
        if let Some(page) = &self.page_path {
            member(b",\"page_path\":", page, line);
        }
        if let Some(button) = &self.button_id {
            member(b",\"button_id\":", button, line);
        }
        line.extend_from_slice(b",\"props\":");
        line.extend_from_slice(&self.props);
        for (name, value) in &self.own {
            line.push(b',');
            push_quoted(name, line);
            line.push(b':');
            line.extend_from_slice(value);
        }
        line.push(b'}');
    }
}
