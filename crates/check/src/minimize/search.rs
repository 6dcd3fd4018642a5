//! Whole users first, then sessions, then events.
//!
//! The idea is that of hierarchical delta debugging (Misherghi, Su: HDD, ICSE 2006): what is left out
//! in large pieces need not be left out in small ones.

use std::collections::HashSet;

use event_simulator::digest::Digest;

use super::ddmin::{Found, Oracle, ddmin};
use super::structure::Structure;

/// The pieces that are left out as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// All events of a user.
    Users,
    /// All events of a session.
    Sessions,
    /// Single events, with those that cannot stand without them.
    Events,
}

/// Reduces `lines`, which are interesting as a whole, to a 1-minimal choice of them.
///
/// The oracle is asked about lines in their order, never about none, and never twice about a choice
/// that was not interesting. After each success `watch` is told the level and what is left. If the
/// oracle stops the search, `lines` is the best so far.
pub fn minimize<O: Oracle>(
    structure: &Structure,
    lines: &mut Vec<u32>,
    oracle: &mut O,
    mut watch: impl FnMut(Level, &[u32]),
) -> Result<(), O::Stop> {
    let mut uninteresting = HashSet::new();
    for level in [Level::Users, Level::Sessions, Level::Events] {
        let mut units = units(structure, lines, level);
        let mut search = LevelSearch {
            structure,
            level,
            is_kept: vec![false; structure.lines()],
            lines,
            oracle,
            uninteresting: &mut uninteresting,
            watch: &mut watch,
        };
        ddmin(&mut units, &mut search)?;
    }
    Ok(())
}

/// Choices of more events than this are not looked at again.
const MOST_LOOKED_AT_AGAIN: usize = 64;

/// Choices of no more events than this are looked at again [several times](LOOKS_AT_FEW), which costs little then: of a
/// command that fails in four of five runs one look overlooks a fifth of what could be left out.
const FEW: usize = 8;
const LOOKS_AT_FEW: u32 = 3;

/// Looks again at what [`minimize`] left: leaves out each event once more, of few events three times, for a command may
/// not always do the same. True if nothing of it was interesting now either; if something was, `lines` is that.
pub fn stays_minimal<O: Oracle>(
    structure: &Structure,
    lines: &mut Vec<u32>,
    oracle: &mut O,
    mut watch: impl FnMut(Level, &[u32]),
) -> Result<bool, O::Stop> {
    let left = lines.len();
    if left > MOST_LOOKED_AT_AGAIN {
        return Ok(true);
    }
    let looks = if left > FEW { 1 } else { LOOKS_AT_FEW };
    for _ in 0..looks {
        let mut units = units(structure, lines, Level::Events);
        let mut search = LevelSearch {
            structure,
            level: Level::Events,
            is_kept: vec![false; structure.lines()],
            lines,
            oracle,
            uninteresting: &mut HashSet::new(),
            watch: &mut watch,
        };
        ddmin(&mut units, &mut search)?;
        if lines.len() < left {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The numbers of the units that are there. Events of a session stand side by side, so that the large
/// parts which are left out first are parts of few sessions.
fn units(structure: &Structure, lines: &[u32], level: Level) -> Vec<u32> {
    let mut units: Vec<u32> = lines.iter().map(|&line| unit(structure, line, level)).collect();
    match level {
        Level::Users | Level::Sessions => {
            units.sort_unstable();
            units.dedup();
        }
        Level::Events => units.sort_by_key(|&line| structure.session(line)),
    }
    units
}

fn unit(structure: &Structure, line: u32, level: Level) -> u32 {
    match level {
        Level::Users => structure.user(line),
        Level::Sessions => structure.session(line),
        Level::Events => line,
    }
}

/// The search on one level: turns units into lines for the oracle, and back.
struct LevelSearch<'a, O, W> {
    structure: &'a Structure,
    level: Level,
    /// By unit: true while the candidate at hand keeps it. All false in between.
    is_kept: Vec<bool>,
    lines: &'a mut Vec<u32>,
    oracle: &'a mut O,
    /// Digests of what is known not to be interesting.
    uninteresting: &'a mut HashSet<String>,
    watch: &'a mut W,
}

impl<O: Oracle, W: FnMut(Level, &[u32])> Oracle for LevelSearch<'_, O, W> {
    type Stop = O::Stop;

    fn first_interesting(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<Option<Found>, O::Stop> {
        let Self { structure, level, is_kept, lines, oracle, uninteresting, watch } = self;
        let mut asked: Vec<(usize, String)> = Vec::new();
        let mut new_candidates = candidates.enumerate().filter_map(|(index, units)| {
            let chosen = choose(structure, *level, lines, &units, is_kept);
            let digest = digest(&chosen);
            let is_new = !chosen.is_empty() && !uninteresting.contains(&digest);
            is_new.then(|| {
                asked.push((index, digest));
                chosen
            })
        });
        let found = oracle.first_interesting(&mut new_candidates)?;
        let uninteresting_count = found.as_ref().map_or(asked.len(), |found| found.index);
        let asked_until = asked.split_off(uninteresting_count);
        uninteresting.extend(asked.into_iter().map(|(_, digest)| digest));
        let Some(found) = found else { return Ok(None) };
        let (index, _) = asked_until[0];
        **lines = found.items;
        watch(*level, lines);
        Ok(Some(Found { index, items: units(structure, lines, *level) }))
    }
}

/// The lines that belong to the units and have all that they need.
fn choose(
    structure: &Structure,
    level: Level,
    lines: &[u32],
    units: &[u32],
    is_kept: &mut [bool],
) -> Vec<u32> {
    set(is_kept, units, true);
    let keeps = |line| is_kept[unit(structure, line, level) as usize];
    let chosen = lines.iter().copied().filter(|&line| structure.stands(line, &keeps)).collect();
    set(is_kept, units, false);
    chosen
}

fn set(is_kept: &mut [bool], units: &[u32], value: bool) {
    for &unit in units {
        is_kept[unit as usize] = value;
    }
}

fn digest(lines: &[u32]) -> String {
    let mut digest = Digest::default();
    for line in lines {
        digest.update(&line.to_le_bytes());
    }
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimize::Lines;
    use event_simulator::Scenario;
    use event_simulator_timeline::SimulationReader;
    use proptest::prelude::*;

    fn structure(users: u32, duration_seconds: f64, seed: u64) -> (Structure, Vec<u32>) {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = users;
        scenario.simulation.duration_seconds = duration_seconds;
        let simulation = scenario.compile().unwrap().simulate(seed);
        let lines = Lines::new(SimulationReader::new(simulation)).unwrap();
        (Structure::of(&lines).unwrap(), lines.all())
    }

    /// Judges by the numbers of the lines, and checks what it is asked.
    struct Predicate<'a, F> {
        structure: &'a Structure,
        interesting: F,
        asked: HashSet<Vec<u32>>,
    }

    impl<F: Fn(&[u32]) -> bool> Oracle for Predicate<'_, F> {
        type Stop = String;

        fn first_interesting(
            &mut self,
            candidates: &mut dyn Iterator<Item = Vec<u32>>,
        ) -> Result<Option<Found>, String> {
            for (index, items) in candidates.enumerate() {
                if items.is_empty() || !items.is_sorted() {
                    return Err(format!("{items:?}"));
                }
                let is_there = |line| items.binary_search(&line).is_ok();
                if let Some(line) = items.iter().find(|&&l| !self.structure.stands(l, &is_there)) {
                    return Err(format!("line {line} cannot stand in {items:?}"));
                }
                if (self.interesting)(&items) {
                    return Ok(Some(Found { index, items }));
                }
                if !self.asked.insert(items) {
                    return Err("asked twice".to_owned());
                }
            }
            Ok(None)
        }
    }

    fn reduce(
        structure: &Structure,
        all: &[u32],
        interesting: impl Fn(&[u32]) -> bool,
    ) -> (Vec<u32>, usize) {
        let (mut lines, mut successes) = (all.to_vec(), Vec::new());
        let mut oracle = Predicate { structure, interesting, asked: HashSet::new() };
        let watch = |_, left: &[u32]| successes.push(left.to_vec());
        minimize(structure, &mut lines, &mut oracle, watch).unwrap();
        assert!(successes.last().is_none_or(|last| *last == lines));
        (lines, oracle.asked.len() + successes.len())
    }

    fn without(structure: &Structure, lines: &[u32], left_out: u32) -> Vec<u32> {
        let is_kept = |line| line != left_out && lines.contains(&line);
        lines.iter().copied().filter(|&line| structure.stands(line, &is_kept)).collect()
    }

    #[test]
    fn one_event_of_many_users_takes_tens_of_candidates() {
        let (structure, all) = structure(5_000, 60.0, 7);
        assert!(all.len() > 90_000);
        for wanted in [0, 44_444, all.len() as u32 - 1] {
            let (lines, tried) = reduce(&structure, &all, |lines| lines.contains(&wanted));
            assert!(lines.contains(&wanted) && lines.len() <= 4, "{lines:?}");
            assert!(tried <= 60, "{tried}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_needs_some_events_gets_them_and_what_they_need(
            seed: u64,
            places in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        ) {
            let (structure, all) = structure(20, 120.0, seed);
            let wanted: Vec<u32> = places.iter().map(|place| *place.get(&all)).collect();
            let has_all = |lines: &[u32]| wanted.iter().all(|line| lines.contains(line));
            let (lines, _) = reduce(&structure, &all, has_all);
            // A line is needed exactly if some wanted line cannot stand without it.
            let is_needed = |&line: &u32| {
                wanted.iter().any(|&wanted| !structure.stands(wanted, &|kept| kept != line))
            };
            let needed: Vec<u32> = all.iter().copied().filter(is_needed).collect();
            prop_assert_eq!(lines, needed);
        }

        /// Interesting by a hash of the choice: no structure at all to rely on.
        #[test]
        fn any_predicate_gives_a_1_minimal_choice(seed: u64, salt: u64, one_in in 2_u64..9) {
            let (structure, all) = structure(4, 30.0, seed);
            let hash = |lines: &[u32]| lines.iter().fold(salt, |hash, &line| {
                (hash ^ u64::from(line)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            });
            let interesting =
                |lines: &[u32]| lines.len() == all.len() || hash(lines).is_multiple_of(one_in);
            let (lines, _) = reduce(&structure, &all, interesting);
            prop_assert!(interesting(&lines));
            for &line in &lines {
                let rest = without(&structure, &lines, line);
                prop_assert!(rest.is_empty() || !interesting(&rest), "{line} of {lines:?}");
            }
        }
    }
}
