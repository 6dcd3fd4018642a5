//! The text of times that come one after the other.

use super::virtual_time::{TEXT_LEN, VirtualTime};

const MS_PER_MINUTE: u64 = 60_000;

/// The text of a time, of which only what has changed since the last one is made anew.
#[derive(Clone, Debug)]
pub(crate) struct TimeText {
    /// The minute since the epoch that the text shows.
    minute: u64,
    text: [u8; TEXT_LEN],
}

impl Default for TimeText {
    fn default() -> Self {
        Self { minute: 0, text: VirtualTime::MIN.text() }
    }
}

impl TimeText {
    /// The text of a time, as [`VirtualTime::text`] gives it.
    #[inline]
    pub(crate) fn show(&mut self, time: VirtualTime) -> &[u8; TEXT_LEN] {
        let minute = time.as_millis() / MS_PER_MINUTE;
        if minute != self.minute {
            self.minute = minute;
            self.text = time.text();
        }
        let millis = (time.as_millis() - minute * MS_PER_MINUTE) as u32;
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let digit = |number: u32| b'0' + (number % 10) as u8;
        self.text[17] = digit(seconds / 10);
        self.text[18] = digit(seconds);
        self.text[20] = digit(millis / 100);
        self.text[21] = digit(millis / 10);
        self.text[22] = digit(millis);
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_follows_in_any_order() {
        let mut text = TimeText::default();
        for millis in [0, 59_999, 60_000, 1_767_225_600_123, 61_001, VirtualTime::MAX.as_millis()] {
            let time = VirtualTime::from_millis(millis).unwrap();
            assert_eq!(*text.show(time), time.text());
        }
    }
}
