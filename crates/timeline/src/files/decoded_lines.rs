//! Lines in another form, read as lines of our own.

use std::io::{self, BufRead, Read};

use event_simulator::wire::{FieldMap, WireFormat};

use super::input::MAX_LINE_BYTES;

/// The form of events that came back, where it is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceivedForm {
    /// A wire format.
    Wire(&'static WireFormat),
    /// What a map of fields made of them.
    Fields(FieldMap),
}

impl ReceivedForm {
    /// The event of a text as a line of our own; none if it is no event.
    fn decode(&self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Wire(format) => format.decode(text).ok(),
            Self::Fields(map) => map.decode(text).ok(),
        }
    }
}

/// Reads `input`, each line of which is an event in `form`, as lines of our own. A line that is none stays
/// what it is, so that the reader tells of it.
pub fn decoded(input: Box<dyn BufRead + Send>, form: ReceivedForm) -> Box<dyn BufRead + Send> {
    Box::new(DecodedLines { input, form, text: Vec::new(), at: 0, is_within_line: false })
}

struct DecodedLines {
    input: Box<dyn BufRead + Send>,
    form: ReceivedForm,
    /// The line that is read, from `at` on.
    text: Vec<u8>,
    at: usize,
    /// True if the end of a line that is too long is still to come.
    is_within_line: bool,
}

impl DecodedLines {
    fn read_line(&mut self) -> io::Result<()> {
        self.at = 0;
        self.text.clear();
        let mut bounded = (&mut self.input).take(MAX_LINE_BYTES as u64 + 1);
        bounded.read_until(b'\n', &mut self.text)?;
        let is_whole = self.text.last() == Some(&b'\n') || self.text.len() <= MAX_LINE_BYTES;
        let is_line = is_whole && !self.is_within_line;
        self.is_within_line = !is_whole;
        if is_line && let Some(mut line) = self.form.decode(self.text.trim_ascii()) {
            line.push(b'\n');
            self.text = line;
        }
        Ok(())
    }
}

impl BufRead for DecodedLines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.text.len() {
            self.read_line()?;
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for DecodedLines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_decoded_and_the_rest_stays() {
        let event = r#"{"type":"track","event":"a","userId":"u","messageId":"m"}"#;
        let input = format!("{event}\n\nno event\n{event}");
        let format = ReceivedForm::Wire(WireFormat::named("segment").unwrap());
        let mut text = String::new();
        decoded(Box::new(io::Cursor::new(input)), format).read_to_string(&mut text).unwrap();
        let ours = r#"{"event_id":"m","event_type":"a","user_id":"u","session_id":"","props":{}}"#;
        assert_eq!(text, format!("{ours}\n\nno event\n{ours}\n"));
    }
}
