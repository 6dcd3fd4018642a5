//! Moments of the sessions that are under way, which faults have chosen.

use std::collections::HashMap;

/// Moments by session and fault, kept while the session can be under way.
#[derive(Debug, Default)]
pub(super) struct SessionMarks {
    marks: HashMap<(u64, usize), SessionMark>,
    /// With so many it is looked for those that are over.
    sweep_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct SessionMark {
    moment_ms: u64,
    over_ms: u64,
}

const FIRST_SWEEP: usize = 1_024;

impl SessionMarks {
    /// Marks a moment of a session, which is over at another one at the latest.
    pub(super) fn mark(&mut self, session: u64, place: usize, moment_ms: u64, ends: (u64, u64)) {
        let (now_ms, over_ms) = ends;
        if self.marks.len() >= self.sweep_at {
            self.marks.retain(|_, mark| mark.over_ms >= now_ms);
            self.sweep_at = (self.marks.len() * 2).max(FIRST_SWEEP);
        }
        self.marks.insert((session, place), SessionMark { moment_ms, over_ms });
    }

    /// The moment of a session for a fault, in milliseconds.
    pub(super) fn of(&self, session: u64, place: usize) -> Option<u64> {
        self.marks.get(&(session, place)).map(|mark| mark.moment_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_forgotten_and_nothing_else() {
        let mut marks = SessionMarks::default();
        for session in 0..100_000 {
            marks.mark(session, 0, session + 5, (session, session + 100));
            assert!(marks.marks.len() <= FIRST_SWEEP);
            for known in session.saturating_sub(100)..=session {
                assert_eq!(marks.of(known, 0), Some(known + 5));
            }
            assert_eq!(marks.of(session, 1), None);
        }
    }
}
