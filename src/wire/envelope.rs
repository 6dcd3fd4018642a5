//! What stands around the events of a request, and finding the events in it.

use serde_json::value::RawValue;

use super::format_error::FormatError;
use super::json_text::{push_key, push_quoted};
use super::notation::Notation;
use super::scan::{self, ScanError};
use super::wire_format::{Envelope, EnvelopePiece, WireFormat, site_and_token};

impl WireFormat {
    /// What stands before the events of a request, and what behind them; commas stand between.
    pub fn around(&self, key: &str, now: &str) -> (Vec<u8>, Vec<u8>) {
        let mut before = Vec::new();
        let mut behind = Vec::new();
        match self.envelope {
            Envelope::Array => {
                before.push(b'[');
                behind.push(b']');
            }
            Envelope::Object { open, events, close } => {
                push_pieces(open, key, now, &mut before);
                push_key(events, &mut before);
                before.push(b'[');
                behind.push(b']');
                push_pieces(close, key, now, &mut behind);
            }
            Envelope::Nothing | Envelope::Message => {}
        }
        (before, behind)
    }

    /// True if an event can stand in the query of a URL.
    pub fn takes_queries(&self) -> bool {
        self.notation == Notation::Query
    }

    /// The events of a request, each as it stands: those of an envelope, of a list, or one alone.
    ///
    /// # Errors
    /// A body that is no JSON.
    pub fn events_of<'a>(&self, body: &'a [u8]) -> Result<Vec<&'a [u8]>, FormatError> {
        let body = body.trim_ascii();
        let is_query = self.takes_queries() && !body.starts_with(b"{");
        if is_query && !body.is_empty() && body[0] != b'[' {
            return Ok(vec![body]);
        }
        if body.first() == Some(&b'[') {
            return list(body);
        }
        if let Envelope::Object { events, .. } = self.envelope
            && let [Some(found)] = scan::members(body, [events])?
            && found.starts_with(b"[")
        {
            return list(found);
        }
        // White space in what is passed over is let through, so the whole is looked at.
        scan::each_member(body, |_, _| Ok(()))?;
        Ok(vec![body])
    }
}

fn push_pieces(pieces: &[EnvelopePiece], key: &str, now: &str, out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            EnvelopePiece::Json(json) => out.extend_from_slice(json.as_bytes()),
            EnvelopePiece::Key => push_quoted(key, out),
            EnvelopePiece::Now => push_quoted(now, out),
            EnvelopePiece::TokenMember(name) => {
                let (_, token) = site_and_token(key);
                if !token.is_empty() {
                    out.push(b',');
                    push_key(name, out);
                    push_quoted(token, out);
                }
            }
        }
    }
}

fn list(text: &[u8]) -> Result<Vec<&[u8]>, FormatError> {
    let events: Vec<&RawValue> = serde_json::from_slice(text).map_err(|error| {
        let column = error.column();
        FormatError::Json(ScanError::Syntax { expected: "a list of events", column })
    })?;
    Ok(events.into_iter().map(|event| event.get().as_bytes()).collect())
}
