//! The expected size of a timeline.

use std::iter::once;

use crate::event::Kind;
use crate::model::Model;
use crate::wire::Encoder;

use super::frequency::Frequencies;

/// Bytes of one session's lines, on average.
pub fn expected_bytes_per_session(model: &Model) -> f64 {
    let encoder = Encoder::new(model);
    let frequencies = model.frequencies();
    let count = |kind: Kind| frequencies.kinds[kind.index()];
    let heads: f64 = encoder
        .types
        .iter()
        .zip(&frequencies.kinds)
        .map(|(event_type, count)| (Encoder::FIXED_LEN + event_type.len()) as f64 * count)
        .sum();
    let sessions_own = count(Kind::SESSION_CREATED) + count(Kind::SESSION_ENDED);
    let page_events = frequencies.kinds.iter().sum::<f64>() - sessions_own;
    let with_own_props = count(Kind::BUTTON_CLICKED)
        + count(Kind::LINK_ONWARD)
        + count(Kind::LINK_ELSEWHERE)
        + count(Kind::PAGE_VISITED);
    heads
        + page_events * mean_length(&encoder.pages, &frequencies.visits)
        + count(Kind::BUTTON_CLICKED) * mean_length(&encoder.buttons, &frequencies.clicks)
        + count(Kind::LINK_ONWARD) * mean_length(&encoder.links_onward, &frequencies.later_visits)
        + count(Kind::LINK_ELSEWHERE) * mean_of_random_pages(&encoder, model)
        + count(Kind::PAGE_VISITED) * mean_of_steps(&encoder, &frequencies)
        + (page_events - with_own_props + sessions_own) * Encoder::NO_PROPS.len() as f64
}

fn mean_of_random_pages(encoder: &Encoder, model: &Model) -> f64 {
    let mut weights = vec![0.0; encoder.links_elsewhere.len()];
    weights[..usize::from(model.behavior().random_pages)].fill(1.0);
    mean_length(&encoder.links_elsewhere, &weights)
}

fn mean_of_steps(encoder: &Encoder, frequencies: &Frequencies) -> f64 {
    let lengths = once(Encoder::NO_PROPS.len()).chain(encoder.steps.iter().map(Vec::len));
    let weights = once(frequencies.off_path).chain(frequencies.steps.iter().copied());
    weighted_mean(lengths.zip(weights))
}

fn mean_length(fragments: &[Vec<u8>], weights: &[f64]) -> f64 {
    weighted_mean(fragments.iter().map(Vec::len).zip(weights.iter().copied()))
}

fn weighted_mean(values: impl Iterator<Item = (usize, f64)>) -> f64 {
    let (sum, weighed) = values.fold((0.0, 0.0), |(sum, weighed), (value, weight)| {
        (sum + weight, weighed + value as f64 * weight)
    });
    if sum > 0.0 { weighed / sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::wire::Encode;

    #[test]
    fn the_size_is_that_of_a_simulation() {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = 3_000;
        let model = scenario.compile().unwrap();
        let mut encoder = Encoder::new(&model);
        let mut simulation = model.simulate(0);
        let (mut sessions, mut lines) = (0, Vec::new());
        while let Some(record) = simulation.next_record() {
            sessions += usize::from(record.content.kind == Kind::SESSION_CREATED);
            encoder.encode(&record, &mut lines);
        }
        let found = lines.len() as f64 / sessions as f64;
        let error = found / expected_bytes_per_session(&model) - 1.0;
        assert!(error.abs() < 0.02, "off by {error}");
    }
}
