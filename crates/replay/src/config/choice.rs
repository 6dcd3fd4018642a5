//! Options that are one of a few words.

use event_simulator_timeline::Compression;

/// A type whose values are written as words.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every value with its word and its meaning.
    const CHOICES: &'static [(Self, &'static str, &'static str)];

    /// The value that `word` stands for.
    ///
    /// # Errors
    ///
    /// The words that there are.
    fn from_word(word: &str) -> Result<Self, String> {
        let found = Self::CHOICES.iter().find(|(_, known, _)| *known == word);
        found.map(|(value, ..)| *value).ok_or_else(|| {
            let words: Vec<_> = Self::CHOICES.iter().map(|(_, word, _)| *word).collect();
            format!("{word:?} is not one of {}", words.join(", "))
        })
    }
}

/// What the time field says when an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// The time that stands in the timeline.
    Original,
    /// The moment of sending.
    Now,
    /// The whole timeline moved so that its first event is now.
    Shift,
}

impl Choice for EventTime {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Original, "original", "What stands in the timeline"),
        (Self::Now, "now", "The moment of sending"),
        (Self::Shift, "shift", "The whole timeline moved so that its first event is now"),
    ];
}

/// Form of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFormat {
    /// A JSON array.
    Json,
    /// A line for each event.
    Ndjson,
}

impl Choice for BatchFormat {
    const CHOICES: &'static [(Self, &'static str, &'static str)] =
        &[(Self::Json, "json", "A JSON array"), (Self::Ndjson, "ndjson", "A line for each event")];
}

impl Choice for Compression {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::None, "none", "As they are"),
        (Self::Gzip, "gzip", "`Content-Encoding: gzip`"),
        (Self::Zstd, "zstd", "`Content-Encoding: zstd`"),
    ];
}

/// Version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpVersion {
    /// The version that TLS negotiates; HTTP/1.1 without TLS.
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2, also without TLS (prior knowledge).
    Http2,
}

impl Choice for HttpVersion {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Auto, "auto", "What TLS negotiates; HTTP/1.1 without TLS"),
        (Self::Http1, "1.1", "HTTP/1.1 only"),
        (Self::Http2, "2", "HTTP/2, also without TLS (prior knowledge)"),
    ];
}

/// What to do when the target is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOutage {
    /// Probe it until it is back.
    Wait,
    /// Stop; a journal makes it possible to go on later.
    Abort,
}

impl Choice for OnOutage {
    const CHOICES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Wait, "wait", "Probe it until it is back"),
        (Self::Abort, "abort", "Stop; a journal makes it possible to go on later"),
    ];
}
