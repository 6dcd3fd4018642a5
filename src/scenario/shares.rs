//! Shares that must sum to 1, and those that would.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::event_probabilities::default_share;
use super::problem::Problem;
use super::yaml_text;
use crate::event::BuiltIn;

/// The distance that a sum of shares may have from 1.
const SUM_TOLERANCE: f64 = 1e-6;
/// The distance that a sum may have from what it is: decimals have no exact binary form.
const ROUNDING: f64 = 1e-12;
/// The most shares that are offered scaled.
const MOST_SHOWN: usize = 20;

/// The problem of a mix whose shares miss 1, with a mix that does not.
pub(super) fn mix_problem(path: &str, shares: &BTreeMap<String, f64>) -> Option<Problem> {
    let values: Vec<f64> = shares.values().copied().collect();
    let problem = sum_problem(path, "shares of all events", &values)?;
    let cure = rescaled_mix(shares).filter(|mix| mix.len() <= MOST_SHOWN);
    Some(match cure {
        Some(mix) => {
            let share =
                |(key, share): (&String, &f64)| format!("{}: {share}", yaml_text::text(key));
            let shares: Vec<String> = mix.iter().map(share).collect();
            problem.help(format!("scaled to sum to 1: {{ {} }}", shares.join(", ")))
        }
        None => divide(problem, &values),
    })
}

/// The problem of a list's shares that miss 1, with those that do not.
pub(super) fn list_problem(path: &str, what: &str, listed: &[f64]) -> Option<Problem> {
    let problem = sum_problem(path, what, listed)?;
    let cure = scaled(listed, sum(listed), 1.0);
    Some(match cure.filter(|scaled| scaled.len() <= MOST_SHOWN) {
        Some(scaled) => {
            let shares: Vec<String> = scaled.iter().map(f64::to_string).collect();
            problem.help(format!("scaled to sum to 1: {}", shares.join(", ")))
        }
        None => divide(problem, listed),
    })
}

/// The problem of shares by name that miss 1, with those that do not.
pub(super) fn named_problem(path: &str, what: &str, shares: &[(String, f64)]) -> Option<Problem> {
    let values: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    let problem = sum_problem(path, what, &values)?;
    let cure = scaled(&values, sum(&values), 1.0).filter(|scaled| scaled.len() <= MOST_SHOWN);
    Some(match cure {
        Some(scaled) => {
            let share = |((name, _), share): (&(String, f64), &f64)| {
                format!("{}: {share}", yaml_text::text(name))
            };
            let shares: Vec<String> = shares.iter().zip(&scaled).map(share).collect();
            problem.help(format!("scaled to sum to 1: {{ {} }}", shares.join(", ")))
        }
        None => divide(problem, &values),
    })
}

/// The mix nearest in meaning whose shares sum to 1. One without `session_start` is a part of a mix,
/// and the default has the rest. Shares other than the default's were meant and stay, if they can; the
/// others make room.
pub(super) fn rescaled_mix(shares: &BTreeMap<String, f64>) -> Option<BTreeMap<String, f64>> {
    let mut mix = shares.clone();
    if !mix.contains_key(BuiltIn::SessionCreated.scenario_key()) {
        for event in BuiltIn::ALL {
            mix.entry(event.scenario_key().to_owned()).or_insert(default_share(event));
        }
    }
    let is_default = |key: &str, share: f64| {
        BuiltIn::of_key(key).is_some_and(|event| default_share(event).total_cmp(&share).is_eq())
    };
    let (rest, meant): (Vec<_>, Vec<_>) =
        mix.iter().map(|(key, share)| (key.clone(), *share)).partition(|(k, s)| is_default(k, *s));
    let values = |shares: &[(String, f64)]| shares.iter().map(|(_, s)| *s).collect::<Vec<f64>>();
    let (rest_shares, meant_shares) = (values(&rest), values(&meant));
    let (rest_sum, meant_sum) = (sum(&rest_shares), sum(&meant_shares));
    if rest_sum > 0.0 && meant_sum < 1.0 {
        let room = scaled(&rest_shares, rest_sum, 1.0 - meant_sum)?;
        let made_room = rest.into_iter().zip(room).map(|((key, _), share)| (key, share));
        return Some(made_room.chain(meant).collect());
    }
    let all: Vec<f64> = mix.values().copied().collect();
    Some(mix.into_keys().zip(scaled(&all, sum(&all), 1.0)?).collect())
}

/// A mix as plain data.
pub(super) fn plain(mix: &BTreeMap<String, f64>) -> Map<String, Value> {
    mix.iter().map(|(key, share)| (key.clone(), Value::from(*share))).collect()
}

fn sum_problem(path: &str, what: &str, shares: &[f64]) -> Option<Problem> {
    let sum = sum(shares);
    if sums_to(sum, 1.0) {
        return None;
    }
    let excess = sum - 1.0;
    let direction = if excess > 0.0 { "too much" } else { "missing" };
    Some(Problem::error(
        path,
        format!(
            "the {what} must sum to 1, found {}: {} {direction}",
            rounded(sum, 7),
            rounded(excess.abs(), 7),
        ),
    ))
}

fn divide(problem: Problem, shares: &[f64]) -> Problem {
    let sum = sum(shares);
    if sum > 0.0 { problem.help(format!("divide each by {}", rounded(sum, 7))) } else { problem }
}

/// From 0 on: the sum of nothing is 0, not -0.
fn sum(shares: &[f64]) -> f64 {
    shares.iter().fold(0.0, |sum, share| sum + share)
}

fn sums_to(sum: f64, whole: f64) -> bool {
    (sum - whole).abs() <= SUM_TOLERANCE + ROUNDING
}

/// Shares that sum to `from`, made to sum to `to`, with as many decimals as it takes to do so and to
/// leave out none. Equal ones stay equal and the order stays.
fn scaled(shares: &[f64], from: f64, to: f64) -> Option<Vec<f64>> {
    let positive = |shares: &[f64]| shares.iter().filter(|share| **share > 0.0).count();
    (6..=12)
        .map(|decimals| shares.iter().map(|share| rounded(share / from * to, decimals)).collect())
        .find(|scaled: &Vec<f64>| sums_to(sum(scaled), to) && positive(scaled) == positive(shares))
}

pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = f64::powi(10.0, decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_shares_sum_to_one_and_keep_their_order() {
        for shares in [vec![0.1; 7], vec![0.3, 0.3, 0.3], vec![1.0; 20], vec![1e-9, 0.5]] {
            let scaled = scaled(&shares, sum(&shares), 1.0).unwrap();
            assert!(sums_to(sum(&scaled), 1.0), "{scaled:?}");
            assert!(
                shares
                    .windows(2)
                    .zip(scaled.windows(2))
                    .all(|(a, b)| a[0].total_cmp(&a[1]) == b[0].total_cmp(&b[1]))
            );
        }
    }

    #[test]
    fn what_was_meant_stays_and_the_rest_makes_room() {
        let mix = |shares: &[(&str, f64)]| {
            let shares = shares.iter().map(|(key, share)| ((*key).to_owned(), *share)).collect();
            rescaled_mix(&shares).unwrap()
        };
        let is = |found: f64, wanted: f64| (found - wanted).abs() < 1e-9;
        let raised = mix(&[("button_click", 0.5)]);
        assert!(is(raised["button_click"], 0.5) && raised["session_start"] < 0.05);
        assert!(sums_to(raised.values().sum(), 1.0));
        assert!(is(mix(&[("button_click", 0.4)])["page_visit"], 0.25));
        let all_meant = mix(&[("session_start", 1.0), ("page_visit", 3.0)]);
        assert!(is(all_meant["session_start"], 0.25) && is(all_meant["page_visit"], 0.75));
    }
}
