//! The sums of a user shard's tables as a file, and those of all shards put together.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use event_simulator::expectations::{Notes, TableSums};
use event_simulator::simulation::Shard;

use super::manifest::{FORMAT_VERSION, Manifest};
use super::merge::check_origins;
use super::merge_error::MergeError;

/// What the tables of a part of the users are made of, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardSums {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The seed.
    pub seed: u64,
    /// Digest of what in the scenario shapes the timeline.
    pub scenario_digest: String,
    /// The JSON text of the policy under which events count; none if all of them do.
    pub policy: Option<String>,
    /// Which part of the users they are of, as `0/1` for all.
    pub shard: String,
    /// What is to be said about them.
    pub notes: Notes,
    /// The sums.
    pub sums: TableSums,
}

impl ShardSums {
    /// The name of the file in the folder of the tables.
    pub const FILE: &'static str = "sums.json";

    /// The sums of a part of the users of a scenario.
    pub fn new(
        (seed, scenario_digest): (u64, String),
        policy: Option<String>,
        shard: Shard,
        (sums, notes): (TableSums, Notes),
    ) -> Self {
        let (format_version, shard) = (FORMAT_VERSION, shard.to_string());
        Self { format_version, seed, scenario_digest, policy, shard, notes, sums }
    }

    /// True if a folder has the tables of a part of the users.
    pub fn are_in(folder: &Path) -> bool {
        folder.join(Self::FILE).is_file()
    }

    fn read(folder: &Path) -> Result<Self, MergeError> {
        let path = folder.join(Self::FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(source) => return Err(MergeError::Io { path, source }),
        };
        serde_json::from_slice(&text).map_err(|error| {
            MergeError::NotParts(format!("{}: no sums of tables: {error}", path.display()))
        })
    }

    fn origin(&self) -> Manifest {
        Manifest {
            format_version: self.format_version,
            seed: self.seed,
            scenario_digest: self.scenario_digest.clone(),
            shard: self.shard.clone(),
            ..Manifest::default()
        }
    }
}

/// Puts the sums of all user shards together, each in the folder of its tables.
///
/// # Errors
/// Folders without sums; what is not of one scenario, seed and policy, or not all of it.
pub fn merge_sums(parts: &[PathBuf]) -> Result<ShardSums, MergeError> {
    let all = parts.iter().map(|part| ShardSums::read(part)).collect::<Result<Vec<_>, _>>()?;
    let origins: Vec<Manifest> = all.iter().map(ShardSums::origin).collect();
    check_origins(parts, &origins)?;
    let mut all = parts.iter().zip(all);
    let Some((first, mut whole)) = all.next() else {
        return Err(MergeError::NotParts("there is nothing to merge".to_owned()));
    };
    let first = first.display();
    for (part, sums) in all {
        let part = part.display();
        if sums.policy != whole.policy {
            let reason = format!("{part} and {first} are not counted under one policy");
            return Err(MergeError::NotParts(reason));
        }
        whole.notes.add(sums.notes);
        let added = whole.sums.add(sums.sums);
        added.map_err(|error| MergeError::NotParts(format!("{part} and {first}: {error}")))?;
    }
    whole.shard = Shard::WHOLE.to_string();
    Ok(whole)
}
