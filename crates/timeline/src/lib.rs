//! Timelines as files: generated from a model, read back, merged, plain or compressed, with a manifest beside
//! them.
//!
//! | module | what it is about |
//! |---|---|
//! | `conversion` | lines in another form: a vendor's, by a map of fields, by a template |
//! | `generation` | from a model to bytes, on one core or several |
//! | `files` | files opened, read, written whole, merged |

mod conversion;
mod files;
mod generation;

pub use conversion::{
    ConvertError, EventTemplate, FieldMapError, LineConverter, OwnForm, TemplateError,
    read_field_map, read_rules,
};
pub use files::{
    AppendFile, ArrivalBatch, BatchError, BatchManifest, Batching, Compression, CountedEvents,
    DigestReader, Events, FORMAT_VERSION, LineReader, LineTooLong, Manifest, ManifestError,
    MergeError, MergedFile, MergedForm, NamedInput, OutputFile, ReadAhead, ReadDigest, ReadError,
    ReceivedForm, ShardSums, TimelineReader, counted_under, decoded, is_table, judged_under, merge,
    merge_sums, open, open_digested, read_scenario, sorted, table_columns, write_batches,
    write_whole,
};
pub use generation::{Format, Generation, Progress, SimulationReader, Watch, write_delivery_rows};
