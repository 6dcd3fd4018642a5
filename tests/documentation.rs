//! What the documentation quotes from the examples is what stands there.

use std::fs;
use std::path::Path;

/// The fenced blocks of a page, each with the file named last before it, as "`path`:" on a line.
fn quotations(page: &str) -> Vec<(String, String)> {
    let mut file = String::new();
    let mut block: Option<String> = None;
    let mut found = Vec::new();
    for line in page.lines() {
        match (&mut block, line.starts_with("```")) {
            (Some(text), true) => {
                found.push((file.clone(), std::mem::take(text)));
                block = None;
            }
            (Some(text), false) => text.extend([line, "\n"]),
            (None, true) => block = Some(String::new()),
            (None, false) => {
                let named = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:"));
                file = named.map_or(file, str::to_owned);
            }
        }
    }
    found
}

#[test]
fn testing_pipelines_quotes_the_files_that_are_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/testing-pipelines.md")).unwrap();
    let quotations = quotations(&page);
    assert_eq!(quotations.len(), 4);
    for (file, text) in quotations {
        let whole = fs::read_to_string(root.join(&file)).unwrap();
        assert!(whole.contains(text.trim_end()), "{file} does not have\n{text}");
    }
}

/// Links between the pages, and from the README to them, lead somewhere.
#[test]
fn links_to_files_lead_to_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut links = 0;
    for page in docs.chain([root.join("README.md"), root.join("CONTRIBUTING.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            links += 1;
            let leads_to = page.parent().unwrap().join(file);
            assert!(leads_to.exists(), "{}: {target} leads nowhere", page.display());
        }
    }
    assert!(links > 20, "{links}");
}
