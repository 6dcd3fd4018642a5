//! Refusals from the first request on: more of the same would follow.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Equal refusals from the first request on after which no other response is expected; more where it
/// may be what is in the events.
const ENOUGH: u32 = 20;
const ENOUGH_FOR_CONTENT: u32 = 100;

/// The refusals before anything was accepted. One for all requests.
#[derive(Debug, Default)]
pub(super) struct FirstRefusals {
    has_accepted: AtomicBool,
    /// A status, and how often in a row it came.
    streak: Mutex<(u16, u32)>,
}

impl FirstRefusals {
    /// Notes that the target accepts.
    pub(super) fn accepted(&self) {
        if !self.has_accepted.load(Ordering::Relaxed) {
            self.has_accepted.store(true, Ordering::Relaxed);
        }
    }

    /// Notes a refusal, and gives their number once there are enough of them.
    pub(super) fn refused(&self, status: u16, blames_content: bool) -> Option<u32> {
        if self.has_accepted.load(Ordering::Relaxed) {
            return None;
        }
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        *streak = if streak.0 == status { (status, streak.1 + 1) } else { (status, 1) };
        let enough = if blames_content { ENOUGH_FOR_CONTENT } else { ENOUGH };
        (streak.1 >= enough).then_some(streak.1)
    }
}

/// What a person may do about such a status.
pub(super) fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => "redirects are not followed: give the URL that they lead to",
        401 | 403 => "are the credentials right (--api-key, --bearer, --basic, --header)?",
        404 | 410 => "is the path of the URL right?",
        405 => "is it the right method (--method), and the right URL?",
        407 => "are the proxy's credentials right (--proxy)?",
        411 | 415 => {
            "does it take this form (--batch-format, --compress, --header 'Content-Type: ...')?"
        }
        400 | 413 | 422 => "does it take events of this form (--batch, --batch-format)?",
        429 => "is there a quota? Slower may do (--rate)",
        _ => "is it the right URL, and is the target well?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_refusals_are_enough_only_from_the_first_request_on() {
        let refusals = FirstRefusals::default();
        assert!((1..ENOUGH).all(|_| refusals.refused(404, false).is_none()));
        assert_eq!(refusals.refused(401, false), None, "another status starts the count anew");
        assert!((2..ENOUGH).all(|_| refusals.refused(401, false).is_none()));
        assert_eq!(refusals.refused(401, false), Some(ENOUGH));
        let refusals = FirstRefusals::default();
        assert!((1..ENOUGH_FOR_CONTENT).all(|_| refusals.refused(422, true).is_none()));
        assert_eq!(refusals.refused(422, true), Some(ENOUGH_FOR_CONTENT));
        refusals.accepted();
        assert_eq!(refusals.refused(422, true), None);
    }
}
