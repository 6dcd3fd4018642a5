//! Events beside those of the timeline, which its users caused.

use crate::event::{Record, UuidV7};
use crate::random::uniform;
use crate::time::VirtualTime;
use crate::wire::quoted;

use super::body::Body;

/// An event that was added.
#[derive(Debug)]
pub(super) struct Addition {
    pub(super) time: VirtualTime,
    pub(super) id: UuidV7,
    /// What happened, as a line of a timeline.
    pub(super) event: Vec<u8>,
}

/// The time after which a browser loads a page ahead.
const PREFETCH_MS: u64 = 50;

/// The same action, done once more.
pub(super) fn twin(record: &Record, line: &[u8], after_ms: u64) -> Addition {
    let added = Addition::of(record, line, after_ms, 0x800);
    Addition { event: added.1.to_bytes(), ..added.0 }
}

/// A page that the browser loads in case its user should go there.
pub(super) fn prefetch(record: &Record, line: &[u8], pages: &[String], bits: u64) -> Addition {
    let (addition, mut body) = Addition::of(record, line, PREFETCH_MS, 0xc00);
    let page = &pages[uniform(bits, 0, (pages.len() as u64).saturating_sub(1)) as usize];
    body.set(&["page_path"], Some(quoted(page).into_bytes()));
    body.set(&["props"], Some(br#"{"purpose":"prefetch"}"#.to_vec()));
    Addition { event: body.to_bytes(), ..addition }
}

/// What somebody does who comes back by the address alone.
pub(super) fn returned(record: &Record, line: &[u8], event_type: &str, after_ms: u64) -> Addition {
    let (addition, mut body) = Addition::of(record, line, after_ms, 0xbff);
    body.set(&["event_type"], Some(quoted(event_type).into_bytes()));
    body.set(&["props"], Some(b"{}".to_vec()));
    body.set(&["session"], None);
    Addition { event: body.to_bytes(), ..addition }
}

impl Addition {
    /// The event of a record, a while later and with an id of its own: `mark` is in no number of an event.
    fn of<'l>(record: &Record, line: &'l [u8], after_ms: u64, mark: u32) -> (Self, Body<'l>) {
        let time = record.time.checked_add_millis(after_ms).unwrap_or(VirtualTime::MAX);
        let id = UuidV7::new(time.as_millis(), mark ^ record.number, record.session.all());
        let mut body = Body::of_object(line);
        body.set(&["event_id"], Some(quoted(&id.to_string()).into_bytes()));
        body.set(&["event_time"], Some(quoted(&time.to_string()).into_bytes()));
        (Self { time, id, event: Vec::new() }, body)
    }
}
