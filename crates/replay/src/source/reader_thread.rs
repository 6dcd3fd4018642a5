//! The thread that reads ahead of the schedule.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::event_source::{EventSource, SourceItem};
use crate::error::SourceError;
use crate::metrics::SharedMetrics;
use crate::notifier::Notifier;
use crate::records::RangeSet;

/// Items are handed on in chunks, because waking a thread costs more than an event.
const CHUNK_ITEMS: usize = 256;
const CHUNK_BYTES: u64 = 512 * 1024;
const CHUNKS_READ_AHEAD: usize = 2;

/// Items that were read together, or the error at which the source ended.
pub(crate) type SourceChunk = Result<Vec<SourceItem>, SourceError>;

/// Reads from the source what is not settled already.
pub(crate) struct ReaderThread {
    pub(crate) source: Box<dyn EventSource>,
    pub(crate) settled: RangeSet,
    pub(crate) metrics: Arc<SharedMetrics>,
    pub(crate) notifier: Notifier,
}

impl ReaderThread {
    /// Starts the thread. It is not joined: a source such as a terminal may never return.
    pub(crate) fn spawn(self) -> std::io::Result<Receiver<SourceChunk>> {
        let capacity = if self.source.is_live() { CHUNK_ITEMS } else { CHUNKS_READ_AHEAD };
        let (sender, receiver) = sync_channel(capacity);
        std::thread::Builder::new().name("reader".to_owned()).spawn(move || self.run(&sender))?;
        Ok(receiver)
    }

    fn run(mut self, chunks: &SyncSender<SourceChunk>) {
        loop {
            let (chunk, end) = self.next_chunk();
            for warning in self.source.warnings() {
                self.notifier.notice(format!("warning: {warning}"));
            }
            if !chunk.is_empty() && chunks.send(Ok(chunk)).is_err() {
                return;
            }
            match end {
                None => {}
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    let _ = chunks.send(Err(error));
                    return;
                }
            }
        }
    }

    /// The next items, and the end of the source if it has come.
    fn next_chunk(&mut self) -> (Vec<SourceItem>, Option<Result<(), SourceError>>) {
        let max_items = if self.source.is_live() { 1 } else { CHUNK_ITEMS };
        let mut chunk = Vec::with_capacity(max_items);
        let (mut bytes, mut settled_bytes, mut settled_events) = (0, 0, 0);
        let end = loop {
            match self.source.next() {
                Ok(Some(item)) if self.settled.contains(item.position()) => {
                    settled_bytes += item.line_bytes();
                    settled_events += 1;
                }
                Ok(Some(item)) => {
                    bytes += item.line_bytes();
                    chunk.push(item);
                }
                Ok(None) => break Some(self.check_end()),
                Err(error) => break Some(Err(error)),
            }
            if chunk.len() == max_items || bytes + settled_bytes >= CHUNK_BYTES {
                break None;
            }
        };
        self.metrics.read(bytes, settled_bytes, settled_events);
        (chunk, end)
    }

    /// An error if more is settled than there is.
    fn check_end(&self) -> Result<(), SourceError> {
        match (self.settled.last(), self.source.end()) {
            (Some(position), Some(end)) if position > end => {
                Err(SourceError::JournalBeyondEnd { position, end })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::source::LineSource;

    /// Reads three lines of which those from 1 to `last` are settled, and gives how many are to be sent.
    fn read(last: u64) -> Result<usize, SourceError> {
        let lines = Box::new(&b"{\"user_id\":1}\n{\"user_id\":2}\n{\"user_id\":3}\n"[..]);
        let mut config = Config::default();
        config.schedule.pace = crate::config::ReplayPace::Max;
        let source = Box::new(LineSource::new("t".to_owned(), lines, &config));
        let mut settled = RangeSet::default();
        settled.insert(1, last);
        let (notifier, _messages) = Notifier::new(false);
        let reader = ReaderThread { source, settled, metrics: Arc::default(), notifier };
        let chunks: Result<Vec<_>, _> = reader.spawn().unwrap().iter().collect();
        chunks.map(|chunks| chunks.iter().map(Vec::len).sum())
    }

    #[test]
    fn what_is_settled_is_passed_over_and_must_be_there() {
        assert_eq!(read(2).unwrap(), 1);
        assert_eq!(read(3).unwrap(), 0);
        let beyond = read(4).unwrap_err();
        assert!(
            matches!(beyond, SourceError::JournalBeyondEnd { position: 4, end: 3 }),
            "{beyond}"
        );
    }
}
