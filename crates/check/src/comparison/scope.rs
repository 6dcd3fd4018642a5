//! The fields that are compared, and those that are not.

use std::collections::BTreeSet;
use std::fmt;

use event_simulator::event::Field;
use event_simulator::wire::scan;

use super::config::CompareOptions;
use super::raw_event::RawEvent;
use super::shown::cut;

/// Names that are kept; beyond, a writer makes names of values.
const MOST_NAMES: usize = 10_000;

/// The fields that are compared: those of events, and the top-level fields of the sent ones that only their
/// writer knows; none that is to be ignored.
pub(super) struct FieldScope {
    ignored: Vec<Ignored>,
    /// True if what only received events have is compared too.
    added_compared: bool,
    /// Top-level fields of sent events beside those of every event.
    own: BTreeSet<Vec<u8>>,
    /// Top-level fields that only received events have.
    beside: BTreeSet<Vec<u8>>,
    /// The keys under which a target may keep what it replaces, and whether sent `props` have them.
    kept: [(Field, bool); 2],
}

/// A field to be ignored: `country`, or `props.step` within an object.
struct Ignored {
    name: String,
    is_there: bool,
}

/// The fields that are not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotCompared {
    /// Those that were to be ignored.
    pub ignored: Vec<String>,
    /// Those that were to be ignored, and that no event has.
    pub absent: Vec<String>,
    /// Those that no sent event has.
    pub beside: Vec<String>,
    /// Those that are compared beside the fields of every event.
    pub own: Vec<String>,
}

impl FieldScope {
    pub(super) fn new(options: &CompareOptions) -> Self {
        let is_there = |name: &String| Field::NAMES.contains(&name.as_str());
        Self {
            ignored: options
                .ignore
                .iter()
                .map(|name| Ignored { name: name.clone(), is_there: is_there(name) })
                .collect(),
            added_compared: options.added_compared,
            own: BTreeSet::new(),
            beside: BTreeSet::new(),
            kept: [(Field::EventId, false), (Field::EventTime, false)],
        }
    }

    /// Takes note of what a sent event has. All of them are to be seen before a received one.
    pub(super) fn observe_sent(&mut self, event: &RawEvent<'_>) {
        for (name, _) in event.own() {
            note(&mut self.own, name);
        }
        if let Some(props) = event.get(Field::Props).filter(|props| *props != b"{}")
            && self.kept.iter().any(|(_, is_sent)| !is_sent)
            && let Ok(values) = scan::members(props, self.kept.map(|(field, _)| field.name()))
        {
            for ((_, is_sent), value) in self.kept.iter_mut().zip(values) {
                *is_sent |= value.is_some();
            }
        }
        self.look_for_ignored(event);
    }

    /// Takes note of what a received event has beside the fields of those sent.
    pub(super) fn observe_received(&mut self, event: &RawEvent<'_>) {
        for (name, _) in event.own() {
            if !self.added_compared && !self.own.contains(&**name) {
                note(&mut self.beside, name);
            }
        }
        self.look_for_ignored(event);
    }

    fn look_for_ignored(&mut self, event: &RawEvent<'_>) {
        for ignored in self.ignored.iter_mut().filter(|ignored| !ignored.is_there) {
            let value = |name: &str| {
                let field = Field::ALL.into_iter().find(|field| field.name() == name);
                field.map_or_else(|| event.own_value(name.as_bytes()), |field| event.get(field))
            };
            ignored.is_there = value(&ignored.name).is_some()
                || ignored.name.split_once('.').is_some_and(|(name, key)| {
                    let object = value(name).map(|object| scan::members(object, [key]));
                    matches!(object, Some(Ok([Some(_)])))
                });
        }
    }

    /// True if a top-level field is to be ignored.
    pub(super) fn ignores(&self, name: &[u8]) -> bool {
        self.ignored.iter().any(|ignored| ignored.name.as_bytes() == name)
    }

    /// True if a key of an object at the top is to be ignored.
    pub(super) fn ignores_key(&self, name: &[u8], key: &[u8]) -> bool {
        self.ignored.iter().any(|ignored| {
            let rest = ignored.name.as_bytes().strip_prefix(name);
            rest.and_then(|rest| rest.strip_prefix(b".")) == Some(key)
        })
    }

    /// True if a key within the top-level field `name` may be ignored.
    pub(super) fn ignores_within(&self, name: &[u8]) -> bool {
        let begins = |ignored: &Ignored| ignored.name.as_bytes().starts_with(name);
        self.ignored.iter().any(|ignored| ignored.name.contains('.') && begins(ignored))
    }

    /// True if a top-level field that only writers know is compared.
    pub(super) fn compares_own(&self, name: &[u8]) -> bool {
        let is_in_scope =
            self.added_compared || self.own.len() >= MOST_NAMES || self.own.contains(name);
        is_in_scope && !self.ignores(name)
    }

    /// True if a key of `props` is compared. A target that gives events ids and times of its own may keep
    /// the originals there.
    pub(super) fn compares_prop(&self, key: &[u8]) -> bool {
        let is_kept = |(field, is_sent): &(Field, bool)| !is_sent && field.name().as_bytes() == key;
        (self.added_compared || !self.kept.iter().any(is_kept))
            && !self.ignores_key(Field::Props.name().as_bytes(), key)
    }

    pub(super) fn not_compared(&self) -> NotCompared {
        let ignored = |is_there: bool| {
            let names = self.ignored.iter().filter(move |ignored| ignored.is_there == is_there);
            names.map(|ignored| ignored.name.clone()).collect()
        };
        let texts = |names: &BTreeSet<Vec<u8>>| {
            let names = names.iter().filter(|name| !self.ignores(name));
            names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
        };
        NotCompared {
            ignored: ignored(true),
            absent: ignored(false),
            beside: texts(&self.beside),
            own: texts(&self.own),
        }
    }
}

fn note(names: &mut BTreeSet<Vec<u8>>, name: &[u8]) {
    if names.len() < MOST_NAMES && !names.contains(name) {
        names.insert(name.to_owned());
    }
}

impl fmt::Display for NotCompared {
    /// `; not compared: country, order`; nothing if there is nothing of the kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        const NAME_CHARACTERS: usize = 60;
        let list = |names: &[String]| {
            let shown = names.iter().take(SHOWN).map(|name| match name.as_str() {
                // As pandas writes the index.
                "" => "(a column without a name)".into(),
                name => cut(name, 0, NAME_CHARACTERS),
            });
            let shown = shown.collect::<Vec<_>>().join(", ");
            match names.len().saturating_sub(SHOWN) {
                0 => shown,
                more => format!("{shown} and {more} more"),
            }
        };
        let names = [self.ignored.as_slice(), self.beside.as_slice()].concat();
        if !names.is_empty() {
            write!(f, "; not compared: {}", list(&names))?;
        }
        if !self.absent.is_empty() {
            let known = Field::NAMES.iter().map(|name| (*name).to_owned());
            let known: Vec<String> = known.chain(self.own.iter().cloned()).collect();
            let (absent, known) = (list(&self.absent), known.join(", "));
            write!(f, "; to be ignored, but no event has it: {absent} (there are {known})")?;
        }
        Ok(())
    }
}
