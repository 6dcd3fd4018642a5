//! Timelines, manifests and scenarios as files: opened, read, written whole, merged.

mod append;
mod batches;
mod counted;
mod decoded_lines;
mod digest_reader;
mod encoding;
mod input;
mod manifest;
mod merge;
mod merge_error;
mod output;
mod read;
mod read_ahead;
mod scenario_file;
mod sort;
mod table_blocks;
mod tables;
mod timeline_file;

pub use append::AppendFile;
pub use batches::{ArrivalBatch, BatchError, BatchManifest, Batching, write_batches};
pub use counted::{CountedEvents, NamedInput, counted_under, judged_under};
pub use decoded_lines::{ReceivedForm, decoded};
pub use digest_reader::{DigestReader, ReadDigest};
pub use input::{LineReader, LineTooLong, open, open_digested};
pub use manifest::{FORMAT_VERSION, Manifest, ManifestError};
pub use merge::merge;
pub use merge_error::MergeError;
pub use output::{Compression, OutputFile, write_whole};
pub use read::{Events, ReadError, TimelineReader};
pub use read_ahead::ReadAhead;
pub use scenario_file::read_scenario;
pub use sort::sorted;
pub(crate) use table_blocks::{TableBlocks, TableOrigin};
pub use tables::{is_table, table_columns};
pub(crate) use timeline_file::{BLOCK_BYTES, TimelineFile};
