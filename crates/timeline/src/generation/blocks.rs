//! From a simulation to blocks of bytes, on one core or several.

use std::io;

use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::simulation::Simulation;

use super::tally::Tally;
use super::windows::{Piece, in_windows, merge};
use crate::conversion::LineConverter;
use crate::files::BLOCK_BYTES;
use event_simulator::wire::Encode;

/// Room for one line; most are shorter.
const LINE_ROOM: usize = 320;

/// Room for a block and what goes beyond it.
const BLOCK_ROOM: usize = BLOCK_BYTES + 16 * LINE_ROOM;

/// Gives a simulation's events as an encoder writes them to `write`, block by block, in order, with the tally so far. It
/// may keep a block and leave another in its place.
pub(crate) fn write_blocks(
    mut simulation: Simulation,
    mut encoder: impl Encode,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    let mut block = Vec::with_capacity(BLOCK_ROOM);
    while let Some(record) = simulation.next_record() {
        tally.add(&record);
        encoder.encode(&record, &mut block);
        if block.len() >= BLOCK_BYTES {
            write(&mut block, &tally)?;
            block.clear();
            block.reserve(BLOCK_ROOM);
        }
    }
    write(&mut block, &tally)?;
    Ok(tally)
}

/// Gives a simulation's records to `take`, in order, with the tally so far.
pub(crate) fn take_records(
    mut simulation: Simulation,
    mut take: impl FnMut(&Record, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(simulation.model());
    while let Some(record) = simulation.next_record() {
        tally.add(&record);
        take(&record, &tally)?;
    }
    Ok(tally)
}

/// The same records, simulated by `jobs` threads.
pub(crate) fn take_records_in_parallel(
    model: &Model,
    seed: u64,
    jobs: u32,
    mut take: impl FnMut(&Record, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(model);
    let merged = || {
        |pieces: &[Piece]| {
            let mut records =
                Vec::with_capacity(pieces.iter().map(|piece| piece.records.len()).sum());
            merge(pieces, |record| records.push(*record));
            records
        }
    };
    in_windows(model, seed, jobs, merged, |records| {
        for record in &records {
            tally.add(record);
            take(record, &tally)?;
        }
        Ok(())
    })?;
    Ok(tally)
}

/// The lines of one window, made by one thread.
struct EncodedWindow {
    bytes: io::Result<Vec<u8>>,
    tally: Tally,
}

/// The same bytes by `jobs` threads, each of which also turns what is encoded into another form if there is one.
pub(crate) fn write_blocks_in_parallel(
    model: &Model,
    seed: u64,
    jobs: u32,
    encoder: &(impl Encode + Clone + Send),
    converter: Option<&LineConverter>,
    mut write: impl FnMut(&mut Vec<u8>, &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let mut tally = Tally::new(model);
    let encode = || {
        let (mut encoder, mut converter) = (encoder.clone(), converter.cloned());
        move |pieces: &[Piece]| encoded(model, &mut encoder, converter.as_mut(), pieces)
    };
    in_windows(model, seed, jobs, encode, |window: EncodedWindow| {
        tally.append(&window.tally);
        write(&mut window.bytes?, &tally)
    })?;
    Ok(tally)
}

/// Encodes the records of a window, and converts their lines.
fn encoded(
    model: &Model,
    encoder: &mut impl Encode,
    converter: Option<&mut LineConverter>,
    pieces: &[Piece],
) -> EncodedWindow {
    let mut tally = Tally::new(model);
    let records: usize = pieces.iter().map(|piece| piece.records.len()).sum();
    let mut bytes = Vec::with_capacity(records * LINE_ROOM);
    merge(pieces, |record| {
        tally.add(record);
        encoder.encode(record, &mut bytes);
    });
    let bytes = match converter {
        Some(converter) => {
            let mut converted = Vec::with_capacity(2 * bytes.len());
            let outcome = converter.convert_block(&bytes, &mut converted);
            outcome.map(|()| converted).map_err(io::Error::other)
        }
        None => Ok(bytes),
    };
    EncodedWindow { bytes, tally }
}
