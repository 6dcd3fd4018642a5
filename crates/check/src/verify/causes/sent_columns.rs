//! The events that were sent, as columns.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use foldhash::{HashMap, HashMapExt};

use event_simulator::VirtualTime;
use event_simulator::event::Field;
use event_simulator::wire::scan;

use crate::comparison::RawEvent;

use super::attribute::Attribute;
use super::population::{FactColumn, FactTable, LabelTable, Places, Scale};

/// The memory that an event takes in all columns.
pub(in crate::verify) const BYTES_PER_EVENT: u64 = 400;

/// The keys of `props` that become columns.
const MOST_KEYS: usize = 16;

const MILLIS_PER_HOUR: u64 = 3_600_000;

/// Fields that a wrong key for deduplication may consist of.
const REPEAT_KEYS: [(&str, &[KeyPart]); 12] = [
    ("session_id and event_type", &[KeyPart::Session, KeyPart::Type]),
    ("session_id, event_type and page_path", &[KeyPart::Session, KeyPart::Type, KeyPart::Page]),
    (
        "session_id, event_type, page_path and button_id",
        &[KeyPart::Session, KeyPart::Type, KeyPart::Page, KeyPart::Button],
    ),
    ("user_id and event_type", &[KeyPart::User, KeyPart::Type]),
    ("user_id, event_type and page_path", &[KeyPart::User, KeyPart::Type, KeyPart::Page]),
    (
        "user_id, event_type, page_path and button_id",
        &[KeyPart::User, KeyPart::Type, KeyPart::Page, KeyPart::Button],
    ),
    ("user_id and page_path", &[KeyPart::User, KeyPart::Page]),
    ("session_id and page_path", &[KeyPart::Session, KeyPart::Page]),
    ("user_id and event_time", &[KeyPart::User, KeyPart::Millis]),
    ("user_id, event_type and second", &[KeyPart::User, KeyPart::Type, KeyPart::Second]),
    ("user_id and second", &[KeyPart::User, KeyPart::Second]),
    ("event_time", &[KeyPart::Millis]),
];

#[derive(Clone, Copy)]
enum KeyPart {
    Type,
    User,
    Session,
    Page,
    Button,
    Millis,
    Second,
}

/// The columns while events are added.
#[derive(Default)]
pub(super) struct SentColumns {
    fields: [LabelTable; 5],
    values: [Vec<u32>; 5],
    times: Vec<u64>,
    lengths: Vec<u32>,
    beyond_ascii: Vec<u32>,
    keys: LabelTable,
    key_sets: Vec<u32>,
    props: BTreeMap<String, PropsColumn>,
}

/// The values of one key of `props`, of the events so far.
#[derive(Default)]
struct PropsColumn {
    labels: LabelTable,
    values: Vec<u32>,
}

const FIELDS: [Field; 5] =
    [Field::EventType, Field::PagePath, Field::ButtonId, Field::UserId, Field::SessionId];

const TYPE: usize = 0;
const PAGE: usize = 1;
const BUTTON: usize = 2;
const USER: usize = 3;
const SESSION: usize = 4;

impl SentColumns {
    pub(super) fn new() -> Self {
        let mut columns = Self::default();
        // What is not there has the first label.
        columns.fields.iter_mut().for_each(|labels| _ = labels.index(""));
        columns.keys.index("");
        columns
    }

    pub(super) fn add(&mut self, line: &[u8], event: &RawEvent<'_>) {
        for ((field, labels), values) in
            FIELDS.into_iter().zip(&mut self.fields).zip(&mut self.values)
        {
            values.push(labels.index(&event.text(field).unwrap_or_default()));
        }
        self.times.push(event.time().map_or(0, VirtualTime::as_millis));
        self.lengths.push(line.len() as u32);
        self.beyond_ascii.push(u32::from(!line.is_ascii()));
        self.add_props(event.get(Field::Props).filter(|raw| *raw != b"{}"));
    }

    fn add_props(&mut self, props: Option<&[u8]>) {
        let before = self.key_sets.len();
        let mut members = Vec::new();
        let mut add = |key, value| {
            members.push((key, value));
            Ok(())
        };
        // What is no object has no keys.
        if props.is_some_and(|raw| scan::each_member(raw, &mut add).is_err()) {
            members.clear();
        }
        members.sort_unstable();
        members.dedup_by(|a, b| a.0 == b.0);
        let mut keys = String::new();
        for (key, value) in &members {
            let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            let joint = if keys.is_empty() { "" } else { "+" };
            keys.extend([joint, &*key]);
            if !self.props.contains_key(&*key) {
                if self.props.len() >= MOST_KEYS {
                    continue;
                }
                self.props.insert(key.clone().into_owned(), PropsColumn::default());
            }
            let Some(column) = self.props.get_mut(&*key) else { continue };
            column.labels.index("");
            column.values.resize(before, 0);
            let text = scan::text(value.as_bytes()).unwrap_or(Cow::Borrowed(&*value));
            column.values.push(column.labels.index(&text));
        }
        self.key_sets.push(self.keys.index(&keys));
    }

    /// True if an event of that field's value was added.
    pub(super) fn knows(&self, field: Field, text: &str) -> bool {
        let position = FIELDS.iter().position(|known| *known == field);
        position.is_none_or(|position| self.fields[position].known(text))
    }

    /// The earliest and the latest time.
    pub(super) fn times(&self) -> (u64, u64) {
        let times = || self.times.iter().copied();
        (times().min().unwrap_or_default(), times().max().unwrap_or_default())
    }

    pub(super) fn into_population(self) -> FactTable {
        let size = self.times.len();
        let mut columns = self.repeats();
        columns.extend(self.places_in_groups());
        columns.extend(self.sessions());
        let Self { fields, values, times, lengths, beyond_ascii, keys, key_sets, props } = self;
        let mut plain = vec![];
        for ((field, labels), values) in FIELDS.into_iter().zip(fields).zip(values) {
            let scale = Scale::Labels(labels.into_labels());
            plain.push(FactColumn { attribute: Attribute::Named(field.name()), values, scale });
        }
        let yes_no = |attribute, values| FactColumn { attribute, values, scale: yes_no_labels() };
        let has = |values: &[u32]| values.iter().map(|value| u32::from(*value > 0)).collect();
        plain.push(yes_no(Attribute::Has("page_path"), has(&plain[PAGE].values)));
        plain.push(yes_no(Attribute::Has("button_id"), has(&plain[BUTTON].values)));
        plain.push(yes_no(Attribute::Has("props"), has(&key_sets)));
        plain.push(yes_no(Attribute::BeyondAscii, beyond_ascii));
        let scale = Scale::Labels(keys.into_labels());
        plain.push(FactColumn { attribute: Attribute::PropsKeys, values: key_sets, scale });
        for (key, mut column) in props {
            column.values.resize(size, 0);
            let scale = Scale::Labels(column.labels.into_labels());
            plain.push(FactColumn {
                attribute: Attribute::PropsValue(key),
                values: column.values,
                scale,
            });
        }
        plain.extend(calendar(&times));
        plain.push(amounts(Attribute::LineLength, lengths));
        plain.append(&mut columns);
        FactTable { size, columns: plain, places: Places(times) }
    }

    fn part(&self, part: KeyPart, index: usize) -> u64 {
        let label = |field: usize| u64::from(self.values[field][index]);
        match part {
            KeyPart::Type => label(TYPE),
            KeyPart::User => label(USER),
            KeyPart::Session => label(SESSION),
            KeyPart::Page => label(PAGE),
            KeyPart::Button => label(BUTTON),
            KeyPart::Millis => self.times[index],
            KeyPart::Second => self.times[index] / 1_000,
        }
    }

    /// For each key, which events repeat an earlier one, and which are repeated.
    fn repeats(&self) -> Vec<FactColumn> {
        let size = self.times.len();
        let mut columns = Vec::new();
        for (name, parts) in REPEAT_KEYS {
            let (mut earlier, mut later) = (vec![0; size], vec![0; size]);
            let mut last: HashMap<u64, u32> = HashMap::with_capacity(size);
            for (index, repeats) in earlier.iter_mut().enumerate() {
                let mut hasher = FixedState::default().build_hasher();
                for part in parts {
                    self.part(*part, index).hash(&mut hasher);
                }
                let hash = hasher.finish();
                if let Some(before) = last.insert(hash, index as u32) {
                    *repeats = 1;
                    later[before as usize] = 1;
                }
            }
            let column =
                |attribute, values| FactColumn { attribute, values, scale: yes_no_labels() };
            columns.push(column(Attribute::RepeatOf(name), earlier));
            columns.push(column(Attribute::RepeatedLater(name), later));
        }
        columns
    }

    /// The place of each event in its session and among its user's events, from both ends.
    fn places_in_groups(&self) -> Vec<FactColumn> {
        let mut columns = Vec::new();
        for (field, name) in [(SESSION, "session"), (USER, "user")] {
            let groups = &self.values[field];
            let count = |order: &mut dyn Iterator<Item = usize>| {
                let mut counts: HashMap<u32, u32> = HashMap::new();
                let mut places = vec![0; groups.len()];
                for index in order {
                    let count = counts.entry(groups[index]).or_default();
                    places[index] = *count;
                    *count += 1;
                }
                places
            };
            let from_start = count(&mut (0..groups.len()));
            let from_end = count(&mut (0..groups.len()).rev());
            columns.push(amounts(Attribute::FromStart(name), from_start));
            columns.push(amounts(Attribute::FromEnd(name), from_end));
        }
        columns
    }

    /// The number of each event's session among its user's, and the session's length.
    fn sessions(&self) -> Vec<FactColumn> {
        let (users, sessions) = (&self.values[USER], &self.values[SESSION]);
        let mut lengths: HashMap<u32, u32> = HashMap::new();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let mut of_users: HashMap<u32, u32> = HashMap::new();
        for (session, user) in sessions.iter().zip(users) {
            *lengths.entry(*session).or_default() += 1;
            numbers.entry(*session).or_insert_with(|| {
                let next = of_users.entry(*user).or_default();
                *next += 1;
                *next - 1
            });
        }
        let of = |known: &HashMap<u32, u32>| sessions.iter().map(|s| known[s]).collect();
        vec![
            amounts(Attribute::SessionNumber, of(&numbers)),
            amounts(Attribute::SessionLength, of(&lengths)),
            amounts(Attribute::Pause, self.pauses()),
        ]
    }
}

impl SentColumns {
    /// The milliseconds since the user's event before, of each event.
    fn pauses(&self) -> Vec<u32> {
        let mut last: HashMap<u32, u64> = HashMap::new();
        let pause = |(user, time): (&u32, &u64)| {
            let before = last.insert(*user, *time);
            before.map_or(u32::MAX, |before| {
                u32::try_from(time.saturating_sub(before)).unwrap_or(u32::MAX)
            })
        };
        self.values[USER].iter().zip(&self.times).map(pause).collect()
    }
}

fn amounts(attribute: Attribute, values: Vec<u32>) -> FactColumn {
    FactColumn { attribute, values, scale: Scale::Amounts }
}

fn yes_no_labels() -> Scale {
    Scale::Labels(["no", "yes"].map(str::to_owned).to_vec())
}

fn calendar(times: &[u64]) -> [FactColumn; 2] {
    let mut dates = LabelTable::default();
    let date = |millis: &u64| {
        let date = VirtualTime::from_millis(*millis).map(VirtualTime::date);
        dates.index(&date.unwrap_or_default())
    };
    let date_values = times.iter().map(date).collect();
    let hour = |millis: &u64| (millis / MILLIS_PER_HOUR % 24) as u32;
    let hours = (0..24).map(|hour: u32| hour.to_string()).collect();
    [
        FactColumn {
            attribute: Attribute::Date,
            values: date_values,
            scale: Scale::Labels(dates.into_labels()),
        },
        FactColumn {
            attribute: Attribute::Hour,
            values: times.iter().map(hour).collect(),
            scale: Scale::Labels(hours),
        },
    ]
}
