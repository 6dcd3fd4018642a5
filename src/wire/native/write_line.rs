//! Fields as a line.

use crate::wire::EventFields;

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
        let member = |name: &str, text: &str, line: &mut Vec<u8>| {
            line.push(b',');
            line.extend_from_slice(quoted(name).as_bytes());
            line.push(b':');
            line.extend_from_slice(quoted(text).as_bytes());
        };
        line.extend_from_slice(b"{\"event_id\":");
        line.extend_from_slice(quoted(&self.event_id).as_bytes());
        member("event_time", &self.event_time.to_string(), line);
        member("event_type", &self.event_type, line);
        member("user_id", &self.user_id, line);
        member("session_id", &self.session_id, line);
        if let Some(page) = &self.page_path {
            member("page_path", page, line);
        }
        if let Some(button) = &self.button_id {
            member("button_id", button, line);
        }
        line.extend_from_slice(b",\"props\":");
        line.extend_from_slice(&self.props);
        for (name, value) in &self.own {
            line.push(b',');
            line.extend_from_slice(quoted(name).as_bytes());
            line.push(b':');
            line.extend_from_slice(value);
        }
        line.push(b'}');
    }
}

/// A JSON string, quotes included.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
