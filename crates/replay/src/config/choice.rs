//! Options that are one of a few words.

use event_simulator_timeline::Compression;

use super::kafka::SaslMechanism;

/// A type whose values are written as words.
pub trait Choice: Copy + PartialEq + 'static {
    /// The words, each with its meaning.
    const WORDS: &'static [(&'static str, &'static str)];

    /// The value that `word` stands for.
    ///
    /// # Errors
    ///
    /// The words that there are.
    fn from_word(word: &str) -> Result<Self, String>;
}

/// Makes a type a [`Choice`] out of rows: a value, its word, and its meaning.
macro_rules! choice {
    ($name:ident { $($value:ident = $word:literal, $meaning:literal;)+ }) => {
        impl Choice for $name {
            const WORDS: &'static [(&'static str, &'static str)] = &[$(($word, $meaning)),+];

            fn from_word(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$value),)+
                    _ => Err(format!("{word:?} is not one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

/// The time that the time field says when an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// The time that stands in the timeline.
    Original,
    /// The moment of sending.
    Now,
    /// The whole timeline moved so that its first event is now.
    Shift,
}

choice! {
    EventTime {
        Original = "original", "What stands in the timeline";
        Now = "now", "The moment of sending";
        Shift = "shift", "The whole timeline moved so that its first event is now";
    }
}

/// Form of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFormat {
    /// A JSON array.
    Json,
    /// A line for each event.
    Ndjson,
}

choice! {
    BatchFormat {
        Json = "json", "A JSON array";
        Ndjson = "ndjson", "A line for each event";
    }
}

choice! {
    Compression {
        None = "none", "As they are";
        Gzip = "gzip", "gzip";
        Zstd = "zstd", "Zstandard";
    }
}

choice! {
    SaslMechanism {
        Plain = "plain", "PLAIN";
        ScramSha256 = "scram-sha-256", "SCRAM-SHA-256";
        ScramSha512 = "scram-sha-512", "SCRAM-SHA-512";
    }
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

choice! {
    HttpVersion {
        Auto = "auto", "What TLS negotiates; HTTP/1.1 without TLS";
        Http1 = "1.1", "HTTP/1.1 only";
        Http2 = "2", "HTTP/2, also without TLS (prior knowledge)";
    }
}

/// The reaction to a target that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOutage {
    /// Probe it until it is back.
    Wait,
    /// Stop; a journal makes it possible to go on later.
    Abort,
}

choice! {
    OnOutage {
        Wait = "wait", "Probe it until it is back";
        Abort = "abort", "Stop; a journal makes it possible to go on later";
    }
}
