//! Reading ahead: one thread reads, decompresses and digests while another looks at what was read.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::{mem, thread};

const BLOCK_BYTES: usize = 256 * 1024;

/// Blocks that may wait to be looked at.
const BLOCKS_AHEAD: usize = 4;

/// An input that is read by a thread of its own. What there is of a slow input is handed on at once.
///
/// The thread ends with the input, or with the first read after this is dropped.
pub struct ReadAhead {
    blocks: Receiver<io::Result<Block>>,
    used: Sender<Vec<u8>>,
    block: Block,
    consumed: usize,
    has_ended: bool,
    /// The error with which reading ended, which every further read meets too.
    failure: Option<(io::ErrorKind, String)>,
}

/// The bytes of one read; none at the end of the input.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    length: usize,
}

impl ReadAhead {
    /// Starts to read `input`.
    pub fn start(input: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        let (used, returned) = channel();
        let read = move || read_all(input, &sender, &returned);
        thread::Builder::new().name("reading".to_owned()).spawn(read)?;
        Ok(Self {
            blocks,
            used,
            block: Block::default(),
            consumed: 0,
            has_ended: false,
            failure: None,
        })
    }

    fn next_block(&mut self) -> io::Result<()> {
        let block = match self.blocks.recv() {
            Ok(Ok(block)) => block,
            Ok(Err(error)) => {
                self.failure = Some((error.kind(), error.to_string()));
                return Err(error);
            }
            Err(_) => return Err(self.ended()),
        };
        let used = mem::replace(&mut self.block, block);
        // If nobody wants the buffer back it is simply freed.
        let _ = self.used.send(used.bytes);
        self.consumed = 0;
        self.has_ended = self.block.length == 0;
        Ok(())
    }

    /// The error of a read after the thread has ended.
    fn ended(&self) -> io::Error {
        match &self.failure {
            Some((kind, reason)) => io::Error::new(*kind, reason.clone()),
            None => io::Error::other("the reading thread has stopped"),
        }
    }
}

fn read_all(
    mut input: impl Read,
    blocks: &SyncSender<io::Result<Block>>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let mut bytes = used.try_recv().unwrap_or_default();
        bytes.resize(BLOCK_BYTES, 0);
        let block = match input.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result.map(|length| Block { bytes, length }),
        };
        let is_last = block.as_ref().map_or(true, |block| block.length == 0);
        if blocks.send(block).is_err() || is_last {
            return;
        }
    }
}

impl BufRead for ReadAhead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.block.length && !self.has_ended {
            self.next_block()?;
        }
        Ok(self.block.bytes.get(self.consumed..self.block.length).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount;
    }
}

impl Read for ReadAhead {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let length = available.read(target)?;
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it holds in small pieces, and then what the function gives.
    struct Pieces<'a>(&'a [u8], fn() -> io::Result<usize>);

    impl Read for Pieces<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return self.1();
            }
            let length = target.len().min(1_000).min(self.0.len());
            self.0.read(&mut target[..length])
        }
    }

    #[test]
    fn it_gives_what_the_input_gives_and_then_its_end_again_and_again() {
        static TEXT: [u8; 1_000_000] = [7; 1_000_000];
        let mut input = ReadAhead::start(Pieces(&TEXT, || Ok(0))).unwrap();
        let mut read = Vec::new();
        assert_eq!(input.read_to_end(&mut read).unwrap(), TEXT.len());
        assert_eq!(read, TEXT);
        assert_eq!(input.read_to_end(&mut read).unwrap(), 0);
    }

    #[test]
    fn an_error_and_a_panic_are_no_end() {
        let fails = || Err(io::Error::from(io::ErrorKind::InvalidData));
        let mut input = ReadAhead::start(Pieces(b"some", fails)).unwrap();
        let mut read = Vec::new();
        let error = input.read_to_end(&mut read).unwrap_err();
        assert_eq!((error.kind(), &read[..]), (io::ErrorKind::InvalidData, &b"some"[..]));
        assert!(input.read_to_end(&mut read).is_err());

        let mut input = ReadAhead::start(Pieces(b"", || panic!("on purpose"))).unwrap();
        assert!(input.read_to_end(&mut read).is_err());
    }

    #[test]
    fn whoever_reads_on_after_an_error_meets_it_again() {
        let broken = Pieces(b"", || Err(io::Error::other("the data breaks off")));
        let mut input = ReadAhead::start(broken).unwrap();
        for _ in 0..2 {
            assert_eq!(input.fill_buf().unwrap_err().to_string(), "the data breaks off");
        }
    }
}
