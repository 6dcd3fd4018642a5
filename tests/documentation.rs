//! What the documentation quotes from the examples is what stands there.

use std::fs;
use std::path::Path;

use event_simulator::Scenario;
use serde_json::Value;

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
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for page in pages.chain([root.join("README.md"), root.join("CONTRIBUTING.md")]) {
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

/// Every scenario on the page can be used, and the JSON below it is the properties of its first event that has any.
/// `INSTA_UPDATE=always cargo test` writes it.
#[test]
fn the_examples_of_properties_are_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/properties.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut blocks = page.split("```");
    let mut made = blocks.next().unwrap().to_owned();
    let (mut shown, mut examples) = (String::new(), 0);
    while let (Some(block), Some(after)) = (blocks.next(), blocks.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        let text = match language {
            "yaml" => {
                examples += 1;
                shown = first_properties(text);
                text
            }
            "json" => &shown,
            _ => text,
        };
        made.extend(["```", language, "\n", text, "```", after]);
    }
    assert!(examples >= 6, "{examples}");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        return fs::write(path, made).unwrap();
    }
    assert!(
        page == made,
        "docs/properties.md is not up to date: INSTA_UPDATE=always cargo test writes it"
    );
}

fn first_properties(yaml: &str) -> String {
    let model = Scenario::from_yaml(yaml).unwrap().compile().unwrap();
    let schema: Value = serde_yaml::from_str(yaml).unwrap();
    let (event_type, _) = schema["events"].as_object().unwrap().iter().next().unwrap();
    let event = model.simulate(0).find(|event| event.event_type == *event_type).unwrap();
    format!("{}\n", serde_json::to_string(&event.props).unwrap())
}
