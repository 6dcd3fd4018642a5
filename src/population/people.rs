//! Who acts: the persona of a user, the device of a session, the id of a browser.

use std::sync::Arc;

use crate::event::{Record, hex};
use crate::random::{
    Assignment, BoundedCount, CountShape, CumulativeTable, EventDraws, Owner, ParameterError,
    name_hash, scattered,
};
use crate::scenario::{Combinations, MOST_DEVICES, PERSONA, Scenario};

use super::accounts::Accounts;

/// What users are and have, all of it functions of the seed and of the bits of their ids and those of their
/// sessions.
#[derive(Clone, Debug)]
pub(crate) struct People {
    /// The seed's key of what events carry.
    key: u64,
    personas: Option<CumulativeTable>,
    /// The hash of the attribute that says the persona.
    persona_hash: u64,
    /// By experiment: the hash of the attribute that says the variant, and to whom it falls.
    experiments: Arc<[(u64, Assignment)]>,
    combinations: Combinations,
    devices: Devices,
    accounts: Option<Accounts>,
}

/// How many devices users have, and which of them sessions use.
#[derive(Clone, Debug)]
struct Devices {
    /// None if all have one.
    count: Option<BoundedCount>,
    /// By number of devices, from 1: which of them a session uses.
    uses: Vec<CumulativeTable>,
}

/// The text of the id of a browser.
pub(super) type AnonymousId = [u8; ANONYMOUS_PREFIX.len() + 16];

const ANONYMOUS_PREFIX: &[u8; 5] = b"anon_";

/// The draws of a user and of a session that are no attribute's, by numbers that no name has as its hash.
const DEVICE_COUNT: u64 = 2;
const DEVICE: u64 = 3;
/// By which the bits of a device become those of its browser's id.
const BROWSER: u64 = 4;

impl People {
    /// The people of a scenario, with the key of no seed.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, ParameterError> {
        let users = &scenario.users;
        let shares: Vec<f64> = users.personas.iter().map(|persona| persona.share).collect();
        let personas = if shares.is_empty() { None } else { Some(CumulativeTable::new(&shares)?) };
        let per_user = users.devices.as_ref().map_or(1.0, |devices| devices.per_user);
        let accounts = users.identity.as_ref().map(Accounts::new).transpose()?;
        let (devices, persona_hash) = (Devices::new(per_user)?, name_hash(PERSONA));
        let experiments = scenario.experiments.iter().map(|experiment| {
            let shares = experiment.variants.iter().map(|(name, share)| (name, *share));
            Ok((name_hash(&experiment.name), Assignment::new(shares)?))
        });
        Ok(Self {
            key: 0,
            personas,
            persona_hash,
            experiments: experiments.collect::<Result<_, _>>()?,
            combinations: Combinations::new(&scenario.experiments),
            devices,
            accounts,
        })
    }

    /// The same people under the key of a seed.
    pub(crate) fn with_key(self, key: u64) -> Self {
        Self { key, ..self }
    }

    /// The accounts; none if every user is known from the beginning.
    #[inline]
    pub(crate) fn accounts(&self) -> Option<&Accounts> {
        self.accounts.as_ref()
    }

    /// The draws of a user's own values.
    #[inline]
    pub(crate) fn user(&self, user_code: u32) -> EventDraws {
        EventDraws::of_owner(self.key, Owner::User, u64::from(user_code))
    }

    /// The draws of a device's own values.
    #[inline]
    pub(crate) fn device(&self, user_code: u32, device: u32) -> EventDraws {
        EventDraws::of_owner(self.key, Owner::Device, device_code(user_code, device))
    }

    /// The draws of a session's own values.
    #[inline]
    pub(crate) fn session(&self, session_code: u64) -> EventDraws {
        EventDraws::of_owner(self.key, Owner::Session, session_code)
    }

    /// The number of a user's persona, 0 if there are none. Its attribute `persona` is drawn in the same way.
    #[inline]
    fn persona(&self, user_code: u32) -> usize {
        let Some(personas) = &self.personas else { return 0 };
        personas.search(self.user(user_code).of(self.persona_hash).at(0))
    }

    /// The place of a user's variant in an experiment. Its attribute of the experiment's name is drawn in the same way.
    #[inline]
    pub(crate) fn variant(&self, user_code: u32, experiment: usize) -> usize {
        let (hash, assignment) = &self.experiments[experiment];
        assignment.sample(self.user(user_code).of(*hash))
    }

    /// The combinations of variants, for each of which a persona has a behavior.
    pub(crate) fn combinations(&self) -> &Combinations {
        &self.combinations
    }

    /// The number of a user's behavior: that of its persona in the combination of its variants.
    #[inline]
    pub(crate) fn behavior(&self, user_code: u32) -> usize {
        let variant = |experiment| self.variant(user_code, experiment);
        self.persona(user_code) * self.combinations.count() + self.combinations.number(variant)
    }

    /// The number of the device from which a session comes, among its user's.
    #[inline]
    pub(crate) fn device_of(&self, user_code: u32, session_code: u64) -> u32 {
        let Some(count) = &self.devices.count else { return 0 };
        let bits = self.user(user_code).of(DEVICE_COUNT).at(0);
        let uses = &self.devices.uses[count.sample(bits) as usize - 1];
        uses.sample(self.session(session_code).of(DEVICE).at(0)) as u32
    }

    /// True for an event by which time its user is known.
    #[inline]
    pub(crate) fn is_known(&self, record: &Record) -> bool {
        self.accounts.is_none() || record.session.user_is_known()
    }

    /// The id that an event of a user who is not known has instead of the user's.
    #[inline]
    pub(crate) fn anonymous(&self, record: &Record) -> Option<AnonymousId> {
        let Record { user_code, session, .. } = *record;
        let device = || self.device_of(user_code, session.code());
        (!self.is_known(record)).then(|| self.anonymous_id(user_code, device()))
    }

    /// A number that tells that id from all others and from the 32 bits of users' ids.
    #[inline]
    pub(crate) fn anonymous_code(&self, record: &Record) -> Option<u64> {
        const NO_USER: u64 = 1 << 63;
        let Record { user_code, session, .. } = *record;
        let device = || self.device_of(user_code, session.code());
        (!self.is_known(record)).then(|| NO_USER | device_code(user_code, device()))
    }

    /// The id of the browser of a user's device, which no other device has.
    pub(crate) fn anonymous_id(&self, user_code: u32, device: u32) -> AnonymousId {
        let bits = scattered(device_code(user_code, device), scattered(BROWSER, self.key));
        let mut id = [0; ANONYMOUS_PREFIX.len() + 16];
        id[..5].copy_from_slice(ANONYMOUS_PREFIX);
        id[5..13].copy_from_slice(&hex((bits >> 32) as u32));
        id[13..].copy_from_slice(&hex(bits as u32));
        id
    }
}

/// The bits of a device: those of its user's id, and its number.
#[inline]
pub(crate) fn device_code(user_code: u32, device: u32) -> u64 {
    const NUMBER_BITS: u32 = MOST_DEVICES.trailing_zeros() + 1;
    u64::from(user_code) << NUMBER_BITS | u64::from(device)
}

impl Devices {
    fn new(per_user: f64) -> Result<Self, ParameterError> {
        if per_user <= 1.0 {
            return Ok(Self { count: None, uses: Vec::new() });
        }
        // The first device is used most, as by Zipf's law.
        let uses = (1..=MOST_DEVICES).map(|count| {
            let weights: Vec<f64> = (1..=count).map(|rank| 1.0 / f64::from(rank)).collect();
            CumulativeTable::new(&weights)
        });
        let count = BoundedCount::with_mean(1, MOST_DEVICES, per_user, CountShape::Even)?;
        Ok(Self { count: Some(count), uses: uses.collect::<Result<_, _>>()? })
    }
}
