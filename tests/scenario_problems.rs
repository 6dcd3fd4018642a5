//! What is said about wrong scenarios, as users see it.

use std::fs;
use std::path::{Path, PathBuf};

use event_simulator::scenario::{Loaded, Problems};

/// Every file in `tests/wrong-scenarios` has a snapshot of all that is said about it.
#[test]
fn wrong_scenarios_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong-scenarios");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let problems = problems(&file).expect("a wrong scenario");
        let folder = file.parent().unwrap().display().to_string();
        let text = problems.to_string().replace(&format!("{folder}/"), "");
        insta::with_settings!({
            snapshot_path => "../snapshots/problems",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(file.file_stem().unwrap().to_str().unwrap(), text);
        });
    }
}

/// What `check` finds: problems of the text, or else those of the model.
fn problems(file: &Path) -> Option<Problems> {
    let loaded = match Loaded::from_bytes(&fs::read(file).unwrap(), &file.display().to_string()) {
        Ok(loaded) => loaded,
        Err(problems) => return Some(problems),
    };
    let error = loaded.scenario.compile().err()?;
    Some(loaded.source.problems(error.problems().iter().cloned()))
}

#[test]
fn keys_are_found_where_they_stand() {
    let yaml = "\nseed: 1\nuser_behavior:\n  time_per_page_min: 5\nuser_journeys:\n  - name: a\n    \
                probability: 1\nevent_probabilities: { session_start: 0.5, 'a.b': 0.5 }\n";
    let source = Loaded::from_yaml(yaml, "test").unwrap().source;
    for (path, place) in [
        ("seed", Some((2, 1))),
        ("user_behavior.time_per_page_min", Some((4, 3))),
        ("user_behavior.time_per_page_max", Some((3, 1))),
        ("user_journeys[0].probability", Some((7, 5))),
        ("user_journeys[9].probability", Some((5, 1))),
        ("event_probabilities.a.b", Some((8, 44))),
        ("pages", None),
        ("pages[0]", None),
    ] {
        let found = source.position(path).map(|found| (found.line, found.column));
        assert_eq!(found, place, "{path}");
    }
}
