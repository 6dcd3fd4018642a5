//! A snapshot test of a pipeline: a seeded timeline goes in, and what comes out is kept in the test.
//!
//! `cargo run --example snapshot_test` prints the table; `cargo test --example snapshot_test` tests it.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use event_simulator::{Event, Scenario, event_type};

/// Small on purpose: a reviewer should be able to read the snapshot.
const SCENARIO: &str = "
seed: 7
simulation:
  num_users: 20
  duration_seconds: 300
pages: [/, /pricing, /blog]
user_journeys:
  - { name: evaluate, probability: 0.6, path: [/, /pricing, /signup], likely_clicks: [sign_up] }
  - { name: browse, probability: 0.4 }
";

/// The pipeline under test: how the sessions that begin on a page go on.
fn landing_pages(events: impl IntoIterator<Item = Event>) -> BTreeMap<String, Landing> {
    let mut landed_on: HashMap<String, String> = HashMap::new();
    let mut table: BTreeMap<String, Landing> = BTreeMap::new();
    for event in events {
        let Some(page) = event.page_path else { continue };
        let landing = landed_on.entry(event.session_id).or_insert_with(|| {
            table.entry(page.clone()).or_default().sessions += 1;
            page
        });
        let row = table.entry(landing.clone()).or_default();
        match event.event_type.as_str() {
            event_type::PAGE_VISITED => row.page_views += 1,
            event_type::BUTTON_CLICKED if event.button_id.as_deref() == Some("sign_up") => {
                row.sign_up_clicks += 1;
            }
            _ => {}
        }
    }
    table
}

/// A row of the table.
#[derive(Debug, Default)]
struct Landing {
    sessions: u32,
    page_views: u32,
    sign_up_clicks: u32,
}

fn report() -> Result<String, Box<dyn Error>> {
    let model = Scenario::from_yaml(SCENARIO)?.compile()?;
    let rows = landing_pages(model.simulate(model.seed()));
    let header = "page       sessions  page_views  sign_up_clicks".to_owned();
    let rows = rows.into_iter().map(|(page, row)| {
        let Landing { sessions, page_views, sign_up_clicks } = row;
        format!("{page:10} {sessions:>8}  {page_views:>10}  {sign_up_clicks:>14}")
    });
    Ok(std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n"))
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", report()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    /// The simulator's part of it changes only with a new format version, so when this differs, it is the
    /// pipeline that has changed. `cargo insta review` takes over what is meant.
    #[test]
    fn the_landing_pages_are_as_they_were() {
        insta::assert_snapshot!(super::report().unwrap(), @r"
        page       sessions  page_views  sign_up_clicks
        /                23         109              58
        /blog             3          13               0
        /pricing          2          11               0
        ");
    }
}
