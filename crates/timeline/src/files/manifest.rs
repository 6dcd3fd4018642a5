//! The manifest: what stands beside a timeline and says where it came from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use event_simulator::simulation::Shard;
use event_simulator::time::VirtualTime;

/// The version of the timeline's bytes: the same scenario, seed and format version give the same
/// bytes, on any machine and in any release.
pub const FORMAT_VERSION: u32 = 2;

/// The origin and counts of a timeline file, written as JSON beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The version of the program that wrote it.
    pub program_version: String,
    /// `jsonl`, `csv`, `parquet`, `arrow`, `arrivals`, `deliveries`, `ledger`, or the name of another's wire format.
    pub format: String,
    /// The seed it was generated from.
    pub seed: u64,
    /// Digest of what in the scenario shapes the timeline.
    pub scenario_digest: String,
    /// Which part of the users it holds, as `0/1` for all.
    pub shard: String,
    /// Events in all.
    pub events: u64,
    /// Events by type.
    pub events_by_type: BTreeMap<String, u64>,
    /// What the faults of a scenario did, by their names: lines of the ledger.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
    /// Time of the first event; none if there is no event.
    pub first_event_time: Option<VirtualTime>,
    /// Time of the last event.
    pub last_event_time: Option<VirtualTime>,
    /// Length of the timeline, before compression; of Parquet and Arrow that of the file, or of all files.
    pub bytes: u64,
    /// BLAKE3 digest of the timeline, before compression, in hexadecimal.
    pub blake3: String,
}

/// A manifest could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A file without a manifest.
    #[error(
        "{} has no manifest beside it, {}: `generate` writes one with each file",
        timeline.display(),
        path.display()
    )]
    Missing {
        /// The file.
        timeline: PathBuf,
        /// Where its manifest would stand.
        path: PathBuf,
    },
    /// A manifest, or what it is of, that is not there or cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's word.
        source: io::Error,
    },
    /// The file is no manifest.
    #[error("{}: not a manifest: {source}", path.display())]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
}

impl Manifest {
    /// The form of a log of what arrives, with faults.
    pub const ARRIVALS: &'static str = "arrivals";
    /// The form of what arrives with when it is sent.
    pub const DELIVERIES: &'static str = "deliveries";
    /// The form of a ledger.
    pub const LEDGER: &'static str = "ledger";

    /// Reads the manifest that stands beside a timeline.
    ///
    /// # Errors
    /// A file that is not there, cannot be read, or is no manifest.
    pub fn beside(timeline: &Path) -> Result<Self, ManifestError> {
        let path = Self::path_for(timeline);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ManifestError::Io { path, source });
            }
            Err(source) if !timeline.exists() => {
                return Err(ManifestError::Io { path: timeline.to_owned(), source });
            }
            Err(_) => {
                return Err(ManifestError::Missing { timeline: timeline.to_owned(), path });
            }
        };
        serde_json::from_slice(&text).map_err(|source| ManifestError::NotAManifest { path, source })
    }

    /// Which part of the users the timeline holds, or `None` if the manifest does not say so rightly.
    pub fn shard_parsed(&self) -> Option<Shard> {
        self.shard.parse().ok()
    }

    /// Where the manifest of a timeline stands, a file or a directory: its name and `.manifest.json`.
    pub fn path_for(timeline: &Path) -> PathBuf {
        // A slash at the end is no part of a name.
        let mut name: OsString = timeline.components().as_path().as_os_str().to_owned();
        name.push(".manifest.json");
        PathBuf::from(name)
    }
}
