//! What is the receiver's and not the event's.

/// What is the receiver's and not the event's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSettings {
    /// The address of the site, without a slash at the end.
    pub site: String,
    /// The key by which the receiver knows its customer, where it stands in each event.
    pub key: String,
}

impl Default for FormatSettings {
    fn default() -> Self {
        Self { site: "https://shop.example".to_owned(), key: String::new() }
    }
}
