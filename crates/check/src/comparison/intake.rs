//! Reading both sides into partitions, with what there is to be known of them.
//!
//! What is read first are fingerprints alone: most events are equal to one of the other side, and of those no more is
//! needed. The lines of what is left are read once more.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use event_simulator_timeline::ReceivedForm;

use super::config::CompareOptions;
use super::detect::MatchingDetector;
use super::difference::{Difference, Emit};
use super::error::CompareError;
use super::event_ref::{EventRef, Side};
use super::event_store::{KeyedEvent, Layout, Sides};
use super::fingerprint::{Fingerprint, IdField, hash_of_id};
use super::matching::{MatchKey, Matching};
use super::raw_event::RawEvent;
use super::reader::{EventReader, InputEvent};
use super::rounds::Round;
use super::scope::FieldScope;
use super::typing::Typing;
use super::unsettled::Unsettled;

/// The fingerprints of both sides, as far as they are read: first what was sent, then what was received.
pub(super) struct Intake<'o> {
    options: &'o CompareOptions,
    pub(super) scope: FieldScope,
    pub(super) sides: Sides,
    pub(super) detector: MatchingDetector,
    /// The round by whose key events are partitioned: the first one, unless ids or times did not survive.
    pub(super) first: Round,
}

/// A file of received events.
pub(super) struct ReceivedFile {
    /// The place of its first event among all.
    pub(super) first: u64,
    /// True if its values are texts without types.
    pub(super) typing: Typing,
}

impl<'o> Intake<'o> {
    pub(super) fn new(options: &'o CompareOptions, layout: Layout) -> Self {
        Self {
            options,
            scope: FieldScope::new(options),
            sides: Sides::new(layout),
            detector: MatchingDetector::new(options),
            first: match options.match_key {
                Some(MatchKey::Content) => Round::ContentInTime,
                _ => Round::EqualById,
            },
        }
    }

    /// Reads the sent file, and tells how far its values have types.
    pub(super) fn read_sent(
        &mut self,
        path: &Path,
        emit: &mut Emit<'_>,
    ) -> Result<Typing, CompareError> {
        let mut events = EventReader::open(path)?;
        while let Some(line) = events.next_event()? {
            self.options.events_read.fetch_add(1, Ordering::Relaxed);
            let (number, order) = (line.number, self.sides.sent.events());
            let at = |line| EventRef { line, side: Side::Sent, file: 0, number, order };
            let InputEvent { fields, .. } = match line.event {
                Ok(event) => event,
                Err(reason) => {
                    emit(&Difference::Unreadable(at(line.raw), reason));
                    continue;
                }
            };
            self.scope.observe_sent(&fields);
            let id = hash_of_id(&fields, IdField::Event);
            let fingerprint = Fingerprint::of(&fields, id, &self.scope);
            self.detector.observe_sent(&fields, &fingerprint);
            let event = KeyedEvent { event: at(b""), fingerprint, props_id: None };
            self.sides.sent.add(self.first.key(&fingerprint, true), &event)?;
        }
        Ok(events.typing())
    }

    /// Reads the received files.
    pub(super) fn read_received(
        &mut self,
        received: &[PathBuf],
        emit: &mut Emit<'_>,
    ) -> Result<Vec<ReceivedFile>, CompareError> {
        let mut files = Vec::new();
        for (file, path) in (0..).zip(received) {
            let mut events = EventReader::open_in(path, self.options.received_form.as_ref())?;
            let typing = events.typing();
            files.push(ReceivedFile { first: self.sides.received.events(), typing });
            let mut newest = 0;
            while let Some(line) = events.next_event()? {
                self.options.events_read.fetch_add(1, Ordering::Relaxed);
                let (number, order) = (line.number, self.sides.received.events());
                let at = |line| EventRef { line, side: Side::Received, file, number, order };
                let InputEvent { line, fields } = match line.event {
                    Ok(event) => event,
                    Err(reason) => {
                        emit(&Difference::Unreadable(at(line.raw), reason));
                        continue;
                    }
                };
                self.scope.observe_received(&fields);
                let id = hash_of_id(&fields, IdField::Event);
                let fingerprint = Fingerprint::of(&fields, id, &self.scope);
                if let Some(limit) = self.options.late_after_millis
                    && let Some(millis) = fingerprint.millis()
                {
                    newest = newest.max(millis);
                    let behind = newest - millis;
                    if behind > limit {
                        emit(&Difference::Late(at(line), behind));
                    }
                }
                let props_id = hash_of_id(&fields, IdField::Props);
                let event = KeyedEvent { event: at(b""), fingerprint, props_id };
                self.detector.observe_received(&fields, &event);
                self.sides.received.add(self.first.key(&fingerprint, true), &event)?;
            }
        }
        Ok(files)
    }
}

/// Both files, to be read once more.
pub(super) struct SecondReading<'a> {
    pub(super) sent: &'a Path,
    pub(super) received: &'a [PathBuf],
    pub(super) received_form: Option<&'a ReceivedForm>,
    pub(super) scope: &'a FieldScope,
    pub(super) matching: Matching,
    pub(super) layout: Layout,
}

impl SecondReading<'_> {
    /// What is unsettled, with its lines, in the partitions of `round`. Repeats are told.
    pub(super) fn read(
        &self,
        unsettled: &Unsettled,
        round: Round,
        emit: &mut Emit<'_>,
    ) -> Result<Sides, CompareError> {
        let mut sides = Sides::new(self.layout);
        for (side, files) in
            [(Side::Sent, &[self.sent.to_owned()][..]), (Side::Received, self.received)]
        {
            if unsettled.is_none_of(side) {
                continue;
            }
            let mut order = 0;
            for (file, path) in (0..).zip(files) {
                let form = self.received_form.filter(|_| side == Side::Received);
                let mut events = EventReader::open_in(path, form)?;
                while let Some(line) = events.next_event()? {
                    let number = line.number;
                    let Ok(InputEvent { line, fields }) = line.event else { continue };
                    let event = EventRef { line, side, file, number, order };
                    if unsettled.has(side, order) {
                        let event = self.keyed(event, &fields);
                        let key = round.key(&event.fingerprint, self.matching.times_compared);
                        sides.of(side).add(key, &event)?;
                    } else if side == Side::Received && unsettled.is_repeat(order) {
                        emit(&Difference::Duplicated(event));
                    }
                    order += 1;
                }
            }
        }
        Ok(sides)
    }

    fn keyed<'e>(&self, event: EventRef<'e>, fields: &RawEvent<'_>) -> KeyedEvent<'e> {
        let is_kept = event.side == Side::Received && self.matching.key == MatchKey::PropsEventId;
        let id = hash_of_id(fields, if is_kept { IdField::Props } else { IdField::Event });
        let fingerprint = Fingerprint::of(fields, id, self.scope);
        KeyedEvent { event, fingerprint, props_id: None }
    }
}
