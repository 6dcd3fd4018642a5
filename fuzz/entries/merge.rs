//! What must hold of manifests and `merge`, whatever the files, for the fuzzer and the normal tests.

use std::fs;
use std::ops::ControlFlow;

use event_simulator_timeline::{Compression, Manifest, MergedFile, merge};

/// Takes `bytes`, cut at NUL, for a manifest and two parts. They are merged whole or not at all, and a
/// manifest that is read can be written and read again.
pub(crate) fn run(bytes: &[u8]) {
    let mut pieces = bytes.split(|byte| *byte == 0);
    let manifest = pieces.next().unwrap_or_default();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut parts = Vec::new();
    for (index, part) in pieces.take(2).enumerate() {
        let path = folder.path().join(format!("{index}.jsonl"));
        fs::write(&path, part).expect("a part");
        fs::write(Manifest::path_for(&path), manifest).expect("a manifest");
        if let Ok(manifest) = Manifest::beside(&path) {
            let json = serde_json::to_string(&manifest).expect("a manifest can be written");
            assert_eq!(serde_json::from_str::<Manifest>(&json).ok(), Some(manifest));
        }
        parts.push(path);
    }
    let output = folder.path().join("whole.jsonl");
    let whole = MergedFile { path: &output, compression: Compression::None, form: None };
    let merged = merge(&parts, &whole, &mut || ControlFlow::Continue(()));
    assert_eq!(merged.is_ok(), output.exists());
}
