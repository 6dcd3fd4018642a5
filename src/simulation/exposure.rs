//! The events of a session by which its user is exposed to experiments.

use crate::behavior::Plan;
use crate::event::Record;
use crate::model::{ExposingView, Model};
use crate::population::KnownSpan;

/// The exposing events of a session that began with `created`.
pub(super) fn records(
    model: &Model,
    created: &Record,
    plan: &Plan<'_>,
    known: Option<&KnownSpan>,
) -> Vec<Record> {
    let identity = || known.into_iter().flat_map(KnownSpan::events);
    let taken: Vec<u64> = identity().map(|event| event.offset_ms).collect();
    let number = (plan.steps.len() + taken.len()) as u32;
    let views = model.exposures().in_session(plan.steps, plan.duration_ms, taken);
    let record = |(number, view): (u32, ExposingView)| {
        let ExposingView { experiment, offset_ms, .. } = view;
        let time = created.time.checked_add_millis(offset_ms)?;
        let variant = model.people().variant(created.user_code, experiment);
        let content = model.exposures().content(view, variant)?;
        let is_known = known.map(|known| known.is_known_at_ms(offset_ms));
        let session = is_known.map_or(created.session, |is| created.session.marked(is));
        Some(Record { time, session, number, content, ..*created })
    };
    (number..).zip(views).filter_map(record).collect()
}
