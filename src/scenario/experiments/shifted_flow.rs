//! A flow as it is in one combination of variants.

use super::target::EffectTarget;
use crate::scenario::flow::{FlowEventSpec, FlowPageSpec, FlowSpec, ViewCount};
use crate::scenario::shares::rounded;

/// The distance that probabilities may have from their bound: decimals have no exact binary form.
const ROUNDING: f64 = 1e-12;

/// What a target is multiplied by, by one experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift<'e> {
    pub(super) target: EffectTarget<'e>,
    pub(super) factor: f64,
    /// The place of the experiment.
    pub(super) experiment: usize,
    /// The target as it is written.
    pub(super) text: &'e str,
}

/// A shift that cannot be, and why.
#[derive(Debug)]
pub(super) struct ShiftRefusal<'e> {
    pub(super) shift: Shift<'e>,
    pub(super) message: String,
}

/// The flow with all shifts, and those that cannot be.
pub(super) fn shifted<'e>(
    flow: &FlowSpec,
    shifts: &[Shift<'e>],
) -> (FlowSpec, Vec<ShiftRefusal<'e>>) {
    let (mut flow, mut refusals) = (flow.clone(), Vec::new());
    for (name, page) in &mut flow.pages.0 {
        let here: Vec<Shift<'e>> =
            shifts.iter().filter(|shift| shift.target.page() == name).copied().collect();
        if !here.is_empty() {
            events(page, &here, &mut refusals);
            ways(page, &here, &mut refusals);
        }
    }
    (flow, refusals)
}

/// The shift that raises most: what goes beyond a bound is said of it.
fn greatest<'e>(shifts: &[Shift<'e>]) -> Option<Shift<'e>> {
    shifts.iter().copied().max_by(|a, b| a.factor.total_cmp(&b.factor))
}

fn events<'e>(page: &mut FlowPageSpec, shifts: &[Shift<'e>], refusals: &mut Vec<ShiftRefusal<'e>>) {
    let mut of_leads = Vec::new();
    for (name, event) in &mut page.events.0 {
        let is_of = |shift: &&Shift<'_>| matches!(shift.target, EffectTarget::Event { event, .. } if event == name);
        let on_event: Vec<Shift<'e>> = shifts.iter().filter(is_of).copied().collect();
        let Some(greatest) = greatest(&on_event) else { continue };
        let factor: f64 = on_event.iter().map(|shift| shift.factor).product();
        if let Err(message) = multiply(event, factor) {
            refusals.push(ShiftRefusal { shift: greatest, message });
        }
        if event.next.is_some() {
            of_leads.push(greatest);
        }
    }
    let led: f64 = page.events.iter().filter_map(|(_, event)| event.lead()).map(|(p, _)| p).sum();
    if let Some(shift) = greatest(&of_leads).filter(|_| led > 1.0 + ROUNDING) {
        let message = format!(
            "the events of {} that lead on would have probabilities of {} together",
            shift.target.page(),
            rounded(led, 6),
        );
        refusals.push(ShiftRefusal { shift, message });
    }
}

/// Multiplies the mean number of an event in a view.
fn multiply(event: &mut FlowEventSpec, factor: f64) -> Result<(), String> {
    match event.count() {
        Some(ViewCount::Bernoulli(before)) => {
            let probability = before * factor;
            event.probability = Some(probability.min(1.0));
            if probability > 1.0 + ROUNDING {
                return Err(format!(
                    "its probability, {before}, would be {}, above 1",
                    rounded(probability, 6)
                ));
            }
        }
        Some(ViewCount::Poisson(before)) => {
            event.mean = Some(before * factor);
            if before * factor > FlowEventSpec::MOST_MEAN {
                return Err(format!(
                    "its mean, {before}, would be {}, above {}",
                    rounded(before * factor, 6),
                    FlowEventSpec::MOST_MEAN,
                ));
            }
        }
        Some(ViewCount::Bounded { min, max, mean }) => {
            let before = mean.unwrap_or(f64::midpoint(f64::from(min), f64::from(max)));
            let (low, high) = (f64::from(min), f64::from(max));
            event.mean = Some((before * factor).clamp(low, high.max(low)));
            if !(low - ROUNDING..=high + ROUNDING).contains(&(before * factor)) {
                return Err(format!(
                    "its mean, {before}, would be {}, not within {min} to {max}",
                    rounded(before * factor, 6)
                ));
            }
        }
        None => {}
    }
    Ok(())
}

/// Shifts the shares of ways; those that are not shifted make room in proportion.
fn ways<'e>(page: &mut FlowPageSpec, shifts: &[Shift<'e>], refusals: &mut Vec<ShiftRefusal<'e>>) {
    let of_ways: Vec<Shift<'e>> = shifts
        .iter()
        .filter(|shift| matches!(shift.target, EffectTarget::Way { .. }))
        .copied()
        .collect();
    let Some(shift) = greatest(&of_ways) else { return };
    let factor = |name: &str| {
        let to = of_ways
            .iter()
            .filter(|shift| matches!(shift.target, EffectTarget::Way { next, .. } if next == name));
        to.map(|shift| shift.factor).reduce(|all, factor| all * factor)
    };
    let (mut shifted, mut others) = (0.0, 0.0);
    for (name, share) in page.next.iter() {
        match factor(name) {
            Some(factor) => shifted += share * factor,
            None => others += share,
        }
    }
    let left = 1.0 - shifted;
    let is_left = left >= -ROUNDING && (others > 0.0 || left.abs() <= 1e-6);
    if !is_left {
        let other = if others > 0.0 { "the others" } else { "others, of which there are none," };
        let message = format!(
            "the shares of these ways would be {} together, so that {other} would have {}",
            rounded(shifted, 6),
            rounded(left, 6),
        );
        return refusals.push(ShiftRefusal { shift, message });
    }
    for (name, share) in &mut page.next.0 {
        *share *= factor(name).unwrap_or(if others > 0.0 { left.max(0.0) / others } else { 1.0 });
    }
}
