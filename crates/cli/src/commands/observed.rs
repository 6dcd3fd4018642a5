//! What was observed of a timeline, and its files.

use std::fs;
use std::path::{Path, PathBuf};

use event_simulator::expectations::{Expectations, Notes, TableSums, Tables, csv_files, json};
use event_simulator::quantity::grouped;
use event_simulator::simulation::Shard;
use event_simulator_timeline::{Manifest, ShardSums, write_whole};

use crate::failure::Failure;

/// The file that has all tables.
pub(super) const DOCUMENT: &str = "expectations.json";

/// Which tables are wanted.
pub(super) struct TableChoice<'a> {
    pub(super) policy: Option<&'a str>,
    /// A row for each user and each session, too.
    pub(super) rows: bool,
    /// Retention by cohort, too.
    pub(super) retention: bool,
}

/// What was observed.
pub(super) struct Observed {
    pub(super) sums: TableSums,
    pub(super) notes: Notes,
    /// The digest of the events; none if they were not read in one place.
    pub(super) blake3: Option<String>,
    /// The file whose bytes have that digest.
    pub(super) file: Option<PathBuf>,
    /// The part of the users that it is of, if it is to be put together with others.
    pub(super) shard: Option<ShardOrigin>,
}

/// What was written.
pub(super) struct WrittenTables {
    pub(super) tables: Tables,
    /// All tables as one document.
    pub(super) document: Vec<u8>,
}

/// Where the tables of a part of the users come from.
pub(super) struct ShardOrigin {
    /// The seed and the digest of the scenario.
    pub(super) origin: (u64, String),
    /// The JSON text of the policy.
    pub(super) policy: Option<String>,
    pub(super) shard: Shard,
}

impl Observed {
    pub(super) fn new(expectations: Expectations, blake3: String) -> Self {
        let (sums, notes) = expectations.into_sums();
        Self { sums, notes, blake3: Some(blake3), file: None, shard: None }
    }

    /// All tables as one document.
    pub(super) fn document(self) -> Result<Vec<u8>, Failure> {
        let document = json(&self.sums.into_tables(), &self.notes, self.blake3.as_deref(), None);
        document.map_err(|error| Failure::Failed(error.to_string()))
    }

    /// Writes all tables into a folder, with the sums of those of a part of the users, and says so unless the result is
    /// told otherwise.
    pub(super) fn write_directory(
        self,
        directory: &Path,
        is_told: bool,
    ) -> Result<WrittenTables, Failure> {
        let Self { sums, notes, blake3, file, shard } = self;
        let shown = directory.display();
        fs::create_dir_all(directory).map_err(Failure::io(format!("cannot make {shown}")))?;
        let broken = |error: serde_json::Error| Failure::Failed(error.to_string());
        let sums_file = shard.map(|ShardOrigin { origin, policy, shard }| {
            serde_json::to_vec(&ShardSums::new(origin, policy, shard, (sums.clone(), notes)))
        });
        let sums_file = sums_file.transpose().map_err(broken)?;
        let tables = sums.into_tables();
        let files = csv_files(&tables);
        let mut files = files.map_err(|error| Failure::Failed(error.to_string()))?;
        let file = file.as_ref().and_then(|file| path_from(directory, file));
        let document = json(&tables, &notes, blake3.as_deref(), file.as_deref()).map_err(broken)?;
        files.push((DOCUMENT.to_owned(), document.clone()));
        files.extend(sums_file.map(|bytes| (ShardSums::FILE.to_owned(), bytes)));
        for (name, contents) in &files {
            let path = directory.join(name);
            write_whole(&path, contents)
                .map_err(Failure::io(format!("cannot write {}", path.display())))?;
        }
        if !is_told {
            let (events, files) = (grouped(notes.events), files.len());
            note!("{shown}: what a pipeline must report for {events} events, in {files} files");
        }
        Ok(WrittenTables { tables, document })
    }
}

/// The path from a directory to a file, with `/` on every system, so that both can be moved together.
fn path_from(directory: &Path, file: &Path) -> Option<String> {
    let (directory, file) = (directory.canonicalize().ok()?, file.canonicalize().ok()?);
    let common = directory.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().skip(common).map(|_| Some(".."));
    let down = file.components().skip(common).map(|component| component.as_os_str().to_str());
    let path: Option<Vec<&str>> = up.chain(down).collect();
    path.filter(|_| common > 0).map(|path| path.join("/"))
}

/// Warns of what tables leave out, of events that messages call `name`.
pub(super) fn warn_of(name: &str, notes: &Notes) {
    if notes.sessions_without_start > 0 {
        tell!(
            "warning: in {name}, {} sessions do not begin with session_created: either the timeline \
             is not whole, or sessions of one user overlap, and then they are counted more than once",
            grouped(notes.sessions_without_start)
        );
    }
    for (count, event, lacks, table) in [
        (notes.visits_without_page, "page_visited", "page_path", "page_engagement"),
        (
            notes.clicks_without_place,
            "button_clicked",
            "page_path or button_id",
            "click_through_rates",
        ),
    ] {
        if count > 0 {
            let count = grouped(count);
            tell!("warning: in {name}, {count} {event} have no {lacks}: {table} is without them");
        }
    }
}

/// Says of a file whose manifest knows of faults that it is no timeline.
pub(super) fn warn_of_faults(timelines: &[PathBuf]) {
    for path in timelines {
        if Manifest::beside(path).is_ok_and(|manifest| manifest.format == Manifest::ARRIVALS) {
            let path = path.display();
            tell!(
                "warning: {path} is what arrived, with faults, and each arrival counts as an event; --policy says what counts"
            );
        }
    }
}
