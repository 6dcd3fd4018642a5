//! What verify counts on random files, held against rules that are written down a second time, the slow way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::slice::from_ref;

use event_simulator_check::comparison::{CompareOptions, MatchKey};
use event_simulator_check::verify::{FindingKind, Findings, Report, Subject, verify_events};
use proptest::prelude::*;

/// An event of which every value is a number; 0 stands for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Small {
    id: u16,
    time: u16,
    user: u8,
    session: u8,
    kind: u8,
    step: u16,
    own: u8,
}

impl Small {
    fn content(self) -> (u8, u8, u8) {
        (self.user, self.session, self.kind)
    }

    fn body(self) -> (u16, (u8, u8, u8), u16, u8) {
        (self.time, self.content(), self.step, self.own)
    }

    fn line(self, is_written_our_way: bool) -> String {
        let Self { id, time, user, session, kind, step, own } = self;
        let id = if id == 0 { "null".to_owned() } else { format!("\"{id}\"") };
        let time = format!("2026-01-01T00:{:02}:{:02}.000Z", time / 60 % 60, time % 60);
        if is_written_our_way {
            format!(
                r#"{{"event_id":{id},"event_time":"{time}","event_type":"t{kind}","user_id":"u{user}","session_id":"s{session}","own":{own},"props":{{"step":{step}}}}}"#
            )
        } else {
            format!(
                r#"{{"props": {{"none": null, "step": {step}e0}}, "own": {own}, "session_id": "s{session}", "user_id": "\u0075{user}", "event_type": "t{kind}", "event_time": "{time}", "event_id": {id}}}"#
            )
        }
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Drop(prop::sample::Index),
    Duplicate(prop::sample::Index, prop::sample::Index),
    SwapIds(prop::sample::Index, prop::sample::Index),
    IdOf(prop::sample::Index, prop::sample::Index),
    FreshId(prop::sample::Index),
    LoseId(prop::sample::Index),
    Step(prop::sample::Index),
    Time(prop::sample::Index, u16),
    User(prop::sample::Index, u8),
    Session(prop::sample::Index, u8),
    Move(prop::sample::Index, prop::sample::Index),
    FreshIds,
}

fn changes_no_ids() -> BoxedStrategy<Operation> {
    use Operation::*;
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => index().prop_map(Drop),
        3 => (index(), index()).prop_map(|(i, j)| Duplicate(i, j)),
        2 => index().prop_map(Step),
        1 => (index(), 0_u16..90).prop_map(|(i, time)| Time(i, time)),
        1 => (index(), 1_u8..4).prop_map(|(i, user)| User(i, user)),
        1 => (index(), 1_u8..4).prop_map(|(i, session)| Session(i, session)),
        2 => (index(), index()).prop_map(|(i, j)| Move(i, j)),
    ]
    .boxed()
}

fn operation() -> BoxedStrategy<Operation> {
    use Operation::*;
    let index = any::<prop::sample::Index>;
    prop_oneof![
        12 => changes_no_ids(),
        2 => (index(), index()).prop_map(|(i, j)| SwapIds(i, j)),
        2 => (index(), index()).prop_map(|(i, j)| IdOf(i, j)),
        2 => index().prop_map(FreshId),
        1 => index().prop_map(LoseId),
        1 => Just(FreshIds),
    ]
    .boxed()
}

fn after(sent: &[Small], operations: &[Operation]) -> Vec<Small> {
    let mut events = sent.to_vec();
    for (fresh, operation) in (1_000_u16..).zip(operations) {
        if events.is_empty() {
            break;
        }
        let length = events.len();
        let at = |index: &prop::sample::Index| index.index(length);
        match operation {
            Operation::Drop(i) => drop(events.remove(at(i))),
            Operation::Duplicate(i, j) => events.insert(at(j), events[at(i)]),
            Operation::SwapIds(i, j) => {
                let (a, b) = (events[at(i)].id, events[at(j)].id);
                events[at(i)].id = b;
                events[at(j)].id = a;
            }
            Operation::IdOf(i, j) => events[at(i)].id = events[at(j)].id,
            Operation::FreshId(i) => events[at(i)].id = fresh,
            Operation::LoseId(i) => events[at(i)].id = 0,
            Operation::Step(i) => events[at(i)].step = fresh,
            Operation::Time(i, time) => events[at(i)].time = *time,
            Operation::User(i, user) => events[at(i)].user = *user,
            Operation::Session(i, session) => events[at(i)].session = *session,
            Operation::Move(i, j) => {
                let event = events.remove(at(i));
                events.insert(j.index(length), event);
            }
            Operation::FreshIds => {
                for (number, event) in (5_000..).zip(&mut events) {
                    event.id = number;
                }
            }
        }
    }
    events
}

/// Events of few users, sessions and types, so that many are alike; ids are their own unless they are shared.
fn timeline(with_shared_ids: bool) -> impl Strategy<Value = Vec<Small>> {
    let event = (1_u8..3, 1_u8..3, 1_u8..4, 1_u16..4, 0_u16..4, 1_u16..12);
    prop::collection::vec(event, 0..24).prop_map(move |events| {
        let mut time = 0;
        let events =
            (1_u16..).zip(events).map(|(number, (user, session, kind, step, wait, id))| {
                time += wait;
                // Where ids are their own, no event is altered into another one.
                let step = if with_shared_ids { step } else { 100 + number };
                let id = if with_shared_ids { id } else { number };
                Small { id, time, user, session, kind, step, own: kind }
            });
        events.collect()
    })
}

struct Outcome {
    report: Report,
    key: MatchKey,
}

impl Outcome {
    fn count(&self, kind: FindingKind) -> u64 {
        self.report.counts.get(&kind).copied().unwrap_or(0)
    }

    fn counts(&self) -> [u64; 4] {
        [
            FindingKind::Missing,
            FindingKind::Duplicated,
            FindingKind::Unexpected,
            FindingKind::Altered,
        ]
        .map(|kind| self.count(kind))
    }
}

/// Verifies events in two files, of which the second is written in another way; a bad line stands on
/// either side.
fn verify(sent: &[Small], received: &[Small], cut: usize, memory_bytes: u64) -> Outcome {
    const BAD_LINE: &str = "{\"event_id\":";
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, lines: Vec<String>| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        path
    };
    let lines = |events: &[Small], is_ours: bool| -> Vec<String> {
        let lines = events.iter().map(|event| event.line(is_ours));
        lines.chain([BAD_LINE.to_owned()]).collect()
    };
    let sent_path = write("sent.jsonl", lines(sent, true));
    let (first, second) = received.split_at(cut.min(received.len()));
    let files = [write("a.jsonl", lines(first, true)), write("b.jsonl", lines(second, false))];
    let options = CompareOptions { memory_bytes, check_order: false, ..CompareOptions::default() };
    let report = verify_events(&sent_path, &files, &options, Findings::default()).unwrap();
    let Subject::Events { compared, .. } = &report.subject else { unreachable!() };
    assert_eq!((compared.sent, compared.received), (sent.len() as u64, received.len() as u64));
    Outcome { key: compared.matching.key, report }
}

/// The rules of matching by id, each looking at every pair: missing, duplicated, unexpected, altered.
fn by_the_rules(sent: &[Small], received: &[Small]) -> [u64; 4] {
    let mut free: Vec<Small> = sent.to_vec();
    let mut left: Vec<Small> = received.to_vec();
    let (mut duplicated, mut altered) = (0, 0);
    let mut pair =
        |is_pair: &dyn Fn(Small, Small) -> bool, free: &mut Vec<Small>, left: &mut Vec<Small>| {
            left.retain(|theirs| {
                let Some(at) = free.iter().position(|ours| is_pair(*ours, *theirs)) else {
                    return true;
                };
                altered += u64::from(free.remove(at) != *theirs);
                false
            });
        };
    let has_same_id = |a: Small, b: Small| a.id == b.id && a.id != 0;
    pair(&|a, b| has_same_id(a, b) && a.body() == b.body(), &mut free, &mut left);
    left.retain(|theirs| {
        let is_repeat = theirs.id != 0
            && sent.contains(theirs)
            && !free.iter().any(|ours| has_same_id(*ours, *theirs));
        duplicated += u64::from(is_repeat);
        !is_repeat
    });
    pair(&|a, b| a.body() == b.body(), &mut free, &mut left);
    pair(
        &|a, b| has_same_id(a, b) && a.content() == b.content() && a.time == b.time,
        &mut free,
        &mut left,
    );
    pair(&|a, b| has_same_id(a, b) && a.content() == b.content(), &mut free, &mut left);
    pair(&has_same_id, &mut free, &mut left);
    left.retain(|theirs| {
        let is_repeat =
            sent.iter().any(|ours| has_same_id(*ours, *theirs) || ours.body() == theirs.body());
        duplicated += u64::from(is_repeat);
        !is_repeat
    });
    [free.len() as u64, duplicated, left.len() as u64, altered]
}

fn adds_up(sent: &[Small], received: &[Small], outcome: &Outcome) -> bool {
    let [missing, duplicated, unexpected, _] = outcome.counts();
    sent.len() as u64 + duplicated + unexpected == received.len() as u64 + missing
        && outcome.count(FindingKind::Unreadable) == 3
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn counts_add_up_and_are_those_of_the_rules(
        (sent, operations) in any::<bool>().prop_flat_map(|shared| {
            (timeline(shared), prop::collection::vec(operation(), 0..10))
        }),
        cut in 0_usize..30,
    ) {
        let received = after(&sent, &operations);
        let outcome = verify(&sent, &received, cut, 1 << 30);
        prop_assert!(adds_up(&sent, &received, &outcome), "{}", outcome.report);
        let ids: BTreeSet<u16> = sent.iter().map(|event| event.id).filter(|id| *id != 0).collect();
        let ids_survive = received.iter().any(|event| ids.contains(&event.id));
        prop_assert_eq!(outcome.key == MatchKey::EventId, ids_survive);
        if ids_survive {
            prop_assert_eq!(outcome.counts(), by_the_rules(&sent, &received), "{}", outcome.report);
        }
        // Little memory changes nothing where ids tell. Where they do not, sessions that are too large are not matched in
        // sequence, so that others of them may be left, and then fewer or more be found that are equal but for one field.
        let small = verify(&sent, &received, cut, 2_000);
        if ids_survive {
            prop_assert_eq!(small.counts(), outcome.counts(), "{}", small.report);
        }
        prop_assert!(adds_up(&sent, &received, &small), "{}", small.report);
        prop_assert_eq!(small.count(FindingKind::Duplicated), outcome.count(FindingKind::Duplicated), "{}", small.report);
    }

    #[test]
    fn ids_are_a_multiset(
        sent in timeline(false),
        operations in prop::collection::vec(changes_no_ids(), 0..12),
        cut in 0_usize..30,
    ) {
        let received = after(&sent, &operations);
        let outcome = verify(&sent, &received, cut, 1 << 30);
        let mut surplus: BTreeMap<u16, i64> = BTreeMap::new();
        for event in &sent {
            *surplus.entry(event.id).or_default() += 1;
        }
        for event in &received {
            *surplus.entry(event.id).or_default() -= 1;
        }
        let missing: i64 = surplus.values().map(|n| (*n).max(0)).sum();
        let duplicated: i64 = surplus.values().map(|n| (-*n).max(0)).sum();
        let [found_missing, found_duplicated, unexpected, _] = outcome.counts();
        prop_assert_eq!((found_missing, found_duplicated), (missing as u64, duplicated as u64), "{}", outcome.report);
        prop_assert_eq!(unexpected, 0);
    }

    #[test]
    fn a_file_differs_from_itself_in_nothing(
        sent in any::<bool>().prop_flat_map(timeline),
        is_without_ids: bool,
    ) {
        let sent: Vec<Small> = sent
            .into_iter()
            .map(|event| if is_without_ids { Small { id: 0, ..event } } else { event })
            .collect();
        for memory_bytes in [1 << 30, 2_000] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("sent.jsonl");
            let lines: Vec<String> = sent.iter().map(|event| event.line(true)).collect();
            std::fs::write(&path, lines.join("\n")).unwrap();
            let options = CompareOptions { memory_bytes, ..CompareOptions::default() };
            let report =
                verify_events(&path, from_ref(&path), &options, Findings::default()).unwrap();
            prop_assert!(report.counts.is_empty(), "{report}");
            prop_assert_eq!(report.is_clean(), !sent.is_empty());
        }
    }
}
