//! What must hold of the files that replay keeps, for the fuzzer and the normal tests.

use std::fs;

use event_simulator_replay::{
    Config, EventSource, Replay, ReplayError, Silent, SourceError, SourceItem, Summary,
    TargetConfig,
};

/// The timeline that journals belong to.
const TIMELINE: &str = "{}\n";

/// A source that has nothing to send.
struct Nothing;

impl EventSource for Nothing {
    fn next(&mut self) -> Result<Option<SourceItem>, SourceError> {
        Ok(None)
    }
}

/// Opens `bytes` as a journal and as dead letters, with nothing to send. What is none of them is refused
/// and stays as it is; of what is one, only a torn last line is cut off.
pub(crate) fn run(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    let timeline = folder.path().join("timeline.jsonl");
    fs::write(&timeline, TIMELINE).expect("a timeline");
    let open = |config: Config| -> Result<Summary, ReplayError> {
        fs::write(&path, bytes).expect("a file");
        Replay::new(config).of_timeline(&timeline).run(Box::new(Nothing), &mut Silent)
    };

    let mut config = config();
    config.records.dead_letters = Some(path.clone());
    let is_ours = bytes.is_empty() || bytes.starts_with(b"{\"dead_letter\"");
    assert_eq!(open(config).is_ok(), is_ours);
    assert_eq!(fs::read(&path).expect("it is there"), bytes);

    let with_journal = |bytes: &[u8], resume: bool| {
        let mut config = self::config();
        config.records.journal = Some(path.clone());
        config.records.resume = resume;
        fs::write(&path, bytes).expect("a file");
        let opened = Replay::new(config).of_timeline(&timeline).run(Box::new(Nothing), &mut Silent);
        (opened.is_ok(), fs::read(&path).expect("it is there"))
    };
    for resume in [false, true] {
        let (is_opened, left) = with_journal(bytes, resume);
        let is_journal = left.starts_with(b"{\"journal_version\":");
        assert!(if is_opened { is_journal } else { left == bytes }, "{left:?}");
        if is_opened && resume {
            assert_eq!(with_journal(&left, true), (true, left), "it can be opened again");
        }
    }
}

fn config() -> Config {
    let url = "http://127.0.0.1:9/".parse().expect("a URL");
    Config { target: TargetConfig { url, ..TargetConfig::default() }, ..Config::default() }
}
