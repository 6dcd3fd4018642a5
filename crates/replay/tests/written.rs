//! Files as a target: whole lines, in order, gone on with after a stop.

use std::fs;
use std::path::{Path, PathBuf};

use event_simulator_replay::{Config, ReplayPace, ReplayStatus, Rotation, Summary};
use tempfile::TempDir;

use super::support::{assert_complete, replay_file, timeline};

/// A folder with a timeline in it, whose lines are written to `out.jsonl` beside it.
struct Written {
    folder: TempDir,
    text: String,
}

impl Written {
    fn new(events: u64) -> Self {
        let (folder, text) = (tempfile::tempdir().unwrap(), timeline(events));
        fs::write(folder.path().join("timeline.jsonl"), &text).unwrap();
        Self { folder, text }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        let url = format!("file://{}", self.path("out.jsonl").display());
        config.target.url = url.parse().unwrap();
        config.schedule.pace = ReplayPace::Max;
        config
    }

    fn replay(&self, adapt: impl FnOnce(&mut Config)) -> Summary {
        let mut config = self.config();
        adapt(&mut config);
        replay_file(&self.path("timeline.jsonl"), config)
    }

    /// The names of the files that were written, in order, and all that stands in them.
    fn written(&self) -> (Vec<String>, String) {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("out")).collect();
        names.sort();
        let text = names.iter().map(|name| fs::read_to_string(self.path(name)).unwrap()).collect();
        (names, text)
    }
}

fn resume(config: &mut Config, journal: &Path) {
    config.records.resume = true;
    config.records.journal = Some(journal.to_owned());
}

#[test]
fn a_file_has_the_timeline_s_lines_in_its_order() {
    let stage = Written::new(3_000);
    let summary = stage.replay(|_| ());
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, 3_000);
    assert_eq!(stage.written(), (vec!["out.jsonl".to_owned()], stage.text.clone()));
}

#[test]
fn files_that_are_full_are_finished_and_no_line_is_cut() {
    let stage = Written::new(3_000);
    assert_complete(&stage.replay(|config| config.target.rotation = Some(Rotation::Bytes(50_000))));
    let (names, text) = stage.written();
    assert_eq!(text, stage.text);
    assert_eq!(names[0], "out-000001.jsonl");
    assert!(names.len() > 10 && names.iter().all(|name| !name.contains(".part")), "{names:?}");
    for name in &names {
        let text = fs::read_to_string(stage.path(name)).unwrap();
        assert!(text.len() <= 50_000 && text.ends_with('\n'), "{name}");
    }
    let tiny = Written::new(5);
    assert_complete(&tiny.replay(|config| config.target.rotation = Some(Rotation::Bytes(1))));
    assert_eq!((tiny.written().0.len(), tiny.written().1), (5, tiny.text.clone()));
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    for rotation in [None, Some(Rotation::Bytes(50_000))] {
        let stage = Written::new(10);
        assert_complete(&stage.replay(|config| config.target.rotation = rotation));
        let before = stage.written();
        let mut config = stage.config();
        config.target.rotation = rotation;
        let path = stage.path("timeline.jsonl");
        let source = event_simulator_replay::LineSource::open(&path, &config).unwrap();
        let replay = event_simulator_replay::Replay::new(config);
        let error = replay.run(Box::new(source), &mut event_simulator_replay::Silent).unwrap_err();
        assert!(error.to_string().contains("there already"), "{error}");
        assert_eq!(stage.written(), before);
    }
}

/// As after kill -9: the file has more than the journal knows, and ends in the midst of a line.
#[test]
fn what_was_left_is_gone_on_with_behind_its_last_whole_line() {
    for rotation in [None, Some(Rotation::Bytes(60_000))] {
        let stage = Written::new(1_000);
        let journal = stage.path("journal");
        let part = stage.replay(|config| {
            resume(config, &journal);
            config.target.rotation = rotation;
            config.schedule.until = Some("2026-01-01T00:00:01Z".parse().unwrap());
        });
        assert_complete(&part);
        let (names, text) = stage.written();
        assert_eq!(text.lines().count(), 500);
        let last = stage.path(names.last().unwrap());
        let mut lines = fs::read_to_string(&last).unwrap();
        lines.push_str(stage.text.lines().nth(500).unwrap());
        lines.push_str("\n{\"event_id\":\"torn");
        fs::write(last.with_file_name(format!("{}.part", names.last().unwrap())), lines).unwrap();
        fs::remove_file(last).unwrap();
        assert_complete(&stage.replay(|config| {
            resume(config, &journal);
            config.target.rotation = rotation;
        }));
        let (names, text) = stage.written();
        assert!(names.iter().all(|name| !name.contains(".part")), "{names:?}");
        let twice = stage.text.lines().nth(500).unwrap();
        let mut lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[500], lines[501]), (twice, twice));
        lines.remove(500);
        assert!(lines.into_iter().eq(stage.text.lines()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_replay_and_nothing_is_settled() {
    let stage = Written::new(1_000);
    std::os::unix::fs::symlink("/dev/full", stage.path("out.jsonl.part")).unwrap();
    let journal = stage.path("journal");
    let summary = stage.replay(|config| resume(config, &journal));
    let ReplayStatus::Failed(error) = &summary.status else { panic!("{:?}", summary.status) };
    let error = error.to_string();
    assert!(error.contains("No space left") && error.contains("--resume"), "{error}");
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (0, 0));
}
