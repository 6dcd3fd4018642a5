//! Random bits by their place.

/// Random bits of one user or one session. A draw has a place: an aspect, and a number within it. So what one
/// draw is for, and whether it is made at all, moves no other: an edit of a scenario changes what it is about.
///
/// The bits at a place are those that `SplitMix64` gives there (Steele, Lea, Flood, "Fast Splittable
/// Pseudorandom Number Generators", OOPSLA 2014), of which each aspect has a sequence of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    key: u64,
}

/// Random bits of what one event carries, or its user, device or session: they depend on the seed and on which it is
/// alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventDraws {
    key: u64,
}

/// The bits of one aspect, or of one value that an event carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AspectDraws {
    key: u64,
}

/// What is drawn. The numbers are part of the format: a new aspect gets a new one.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Aspect {
    /// A user's first start.
    FirstStart = 1,
    /// A session's journey.
    Journey = 2,
    /// The number of a session's pages.
    PageCount = 3,
    /// By position in the session: the page.
    Page = 4,
    /// By position: the number of the page's actions; in a flow, that of each of its events.
    ActionCount = 5,
    /// By action: its kind; in a flow, by position: the event that leads on.
    Action = 6,
    /// By action: its target.
    Target = 7,
    /// By position: whether the page is left by a link.
    Navigates = 8,
    /// By position: whether the page says that it is closed.
    Closes = 9,
    /// Whether the session says that it has ended.
    Ends = 10,
    /// By position: the time on the page.
    Dwell = 11,
    /// By position: the time until the next page.
    Load = 12,
    /// By action: its moment on the page.
    Moment = 13,
    /// The time until the user's next session.
    Gap = 14,
    /// By event: the interval after it, with a fixed pace.
    Interval = 15,
    /// By step of a session's journey: whether it goes on to the next one.
    JourneyStep = 80,
    /// Whether a session's user signs up or logs in, and when.
    LogIn = 64,
    /// Whether a session's user logs out, and when.
    LogOut = 65,
}

/// To whom values belong that are not one event's. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Owner {
    /// A user, by the bits of its id.
    User = 1,
    /// A device, by the bits of its user's id and its number.
    Device = 2,
    /// A session, by the bits of its id.
    Session = 3,
}

/// 2^64 divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    /// The draws that belong to `key`, whose bits are random.
    pub(super) const fn new(key: u64) -> Self {
        Self { key }
    }

    /// The draws of an aspect.
    #[inline]
    pub(crate) const fn of(self, aspect: Aspect) -> AspectDraws {
        AspectDraws { key: mix64(self.key ^ aspect as u64) }
    }
}

impl EventDraws {
    /// The draws of an event: `seed_key` is that of the seed.
    #[inline]
    pub(crate) const fn new(seed_key: u64, session_code: u64, number: u32) -> Self {
        let session_key = mix64(seed_key ^ session_code);
        Self { key: mix64(session_key.wrapping_add((number as u64 + 1).wrapping_mul(GOLDEN))) }
    }

    /// The draws of an owner, whose bits have 48 places at most.
    #[inline]
    pub(crate) const fn of_owner(seed_key: u64, owner: Owner, code: u64) -> Self {
        // No session has bits there, so that no event has these draws.
        Self { key: mix64(mix64(seed_key ^ (owner as u64) << 56 ^ code)) }
    }

    /// The draws of the value whose name has this hash.
    #[inline]
    pub(crate) const fn of(self, name_hash: u64) -> AspectDraws {
        AspectDraws { key: mix64(self.key ^ name_hash) }
    }
}

impl AspectDraws {
    /// The draws of a member of this value, by the hash of its name.
    #[inline]
    pub(crate) const fn member(self, name_hash: u64) -> Self {
        Self { key: mix64(self.key ^ name_hash) }
    }

    /// The draws of an entry of this value.
    #[inline]
    pub(crate) const fn entry(self, number: u64) -> Self {
        Self { key: redrawn(self.at(number)) }
    }

    /// The 64 bits of a place.
    #[inline]
    pub(crate) const fn at(self, number: u64) -> u64 {
        mix64(self.key.wrapping_add(number.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// The 64 bits of an action's place: those of its page in the session, and its number there.
    #[inline]
    pub(crate) const fn at_action(self, position: usize, action: u32) -> u64 {
        self.at(((position as u64) << u32::BITS) | action as u64)
    }
}

/// 64 bits that look random for a number, and are others for every other number with the same key.
#[inline]
pub(crate) const fn scattered(number: u64, key: u64) -> u64 {
    mix64(number ^ key)
}

/// Other bits made from some.
#[inline]
pub(crate) const fn redrawn(bits: u64) -> u64 {
    mix64(bits.wrapping_add(GOLDEN))
}

/// The output function of `SplitMix64`, a bijection.
#[inline]
const fn mix64(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// A uniform integer in `low..=high`, from 64 bits; `low` if they cross. A bound that moves a little moves the
/// integer a little. Its probability is off by less than one in `2^64 / (high - low)`.
#[inline]
pub(crate) const fn uniform(bits: u64, low: u64, high: u64) -> u64 {
    let span = high.saturating_sub(low) as u128 + 1;
    low + ((bits as u128 * span) >> u64::BITS) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first numbers of the reference implementation (Vigna, `splitmix64.c`) from the seed 1234567.
    #[test]
    fn the_bits_are_those_of_splitmix64() {
        let draws = AspectDraws { key: 1_234_567 };
        let found = [0, 1, 2, 3, 4].map(|number| draws.at(number));
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn integers_keep_their_bounds() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            assert_eq!(uniform(bits, 5, 5), 5);
            assert_eq!(uniform(bits, 9, 7), 9);
            assert_eq!(uniform(bits, 0, u64::MAX), bits);
        }
        assert_eq!((uniform(0, 7, 9), uniform(u64::MAX, 7, 9)), (7, 9));
    }

    proptest! {
        /// A bound that moves by a hundredth moves no integer by more.
        #[test]
        fn a_bound_that_moves_a_little_moves_integers_a_little(bits: u64, high in 0..1_u64 << 40) {
            let further = high + high / 100;
            let moved = uniform(bits, 0, further) - uniform(bits, 0, high);
            prop_assert!(moved <= high / 100 + 1);
        }
    }
}
