//! Where a value goes: into the text, or to the sink.

use super::number_text::write_units;
use super::write::ValueWriter;

impl ValueWriter<'_> {
    /// Takes a value that is written as JSON into the text, and gives it to the sink if there is one.
    #[inline]
    pub(super) fn as_text(&mut self, write: impl FnOnce(&mut Self)) {
        let sink = self.sink.take();
        let start = self.out.len();
        write(self);
        if let Some(sink) = sink {
            sink.json(&self.out[start..]);
            self.sink = Some(sink);
        }
    }

    #[inline]
    pub(super) fn json(&mut self, value: &[u8]) {
        match &mut self.sink {
            None => self.out.extend_from_slice(value),
            Some(sink) => sink.json(value),
        }
    }

    #[inline]
    pub(super) fn null(&mut self) {
        match &mut self.sink {
            None => self.out.extend_from_slice(b"null"),
            Some(sink) => sink.null(),
        }
    }

    #[inline]
    pub(super) fn boolean(&mut self, flag: bool) {
        match &mut self.sink {
            None => self.out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Some(sink) => sink.boolean(flag),
        }
    }

    #[inline]
    pub(super) fn number(&mut self, units: i64, decimals: u32) {
        match &mut self.sink {
            None => write_units(units, decimals, self.out),
            Some(sink) => sink.number(units, decimals),
        }
    }

    #[inline]
    pub(super) fn begin_object(&mut self) {
        match &mut self.sink {
            None => self.out.push(b'{'),
            Some(sink) => sink.begin_object(),
        }
    }

    #[inline]
    pub(super) fn end_object(&mut self) {
        match &mut self.sink {
            None => self.out.push(b'}'),
            Some(sink) => sink.end_object(),
        }
    }

    pub(super) fn begin_list(&mut self) {
        match &mut self.sink {
            None => self.out.push(b'['),
            Some(sink) => sink.begin_list(),
        }
    }

    /// Begins the entry of a list that has this number, from 0.
    pub(super) fn begin_entry(&mut self, number: u32) {
        match &mut self.sink {
            None if number > 0 => self.out.push(b','),
            None => {}
            Some(sink) => sink.entry(),
        }
    }

    pub(super) fn end_list(&mut self) {
        match &mut self.sink {
            None => self.out.push(b']'),
            Some(sink) => sink.end_list(),
        }
    }
}
