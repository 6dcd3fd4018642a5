//! Who comes again, by the day of the first event.

use foldhash::HashMap;

use crate::time::{MILLIS_PER_DAY, VirtualTime};

use super::sums::SumsBy;

/// The users of each cohort who were there on each day.
#[derive(Debug, Default)]
pub(super) struct RetentionTotals {
    /// By the number of the user: the day on which it was first seen.
    cohorts: Vec<u32>,
    /// By cohort and day.
    users: HashMap<(u32, u32), u64>,
}

impl RetentionTotals {
    /// Takes a user into account who is there on a day, once a day.
    pub(super) fn user_is_active(&mut self, user: u32, day: u32) {
        let user = user as usize;
        if self.cohorts.len() <= user {
            self.cohorts.resize(user + 1, day);
        }
        *self.users.entry((self.cohorts[user], day)).or_default() += 1;
    }

    /// The sums, with the start of each day.
    pub(super) fn into_sums(self, days: &[VirtualTime]) -> SumsBy<(String, u64), u64> {
        let dated = |((cohort, day), users): ((u32, u32), u64)| {
            let (first, then) = (days[cohort as usize], days[day as usize]);
            ((first.date(), then.millis_since(first) / MILLIS_PER_DAY), users)
        };
        self.users.into_iter().map(dated).collect()
    }
}
