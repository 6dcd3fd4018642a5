//! The pipeline of the demo, with a bug that real ones have.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;
use crate::standard_output::print_result;

#[derive(Deserialize)]
struct PipelineEvent {
    event_type: String,
    user_id: String,
    session_id: String,
}

/// Counts orders whose buyer put something into the cart before, joined by `user_id`. The account that a visitor logs in to
/// has another `user_id`, so that orders are lost; its own check, by session, finds that.
pub(super) fn run(timeline: &Path) -> Result<(), Failure> {
    let cannot_read = || Failure::io(format!("cannot read {}", timeline.display()));
    let (mut users, mut sessions) = (BTreeSet::new(), BTreeSet::new());
    let (mut by_user, mut by_session) = (0_u64, 0_u64);
    for line in BufReader::new(File::open(timeline).map_err(cannot_read())?).lines() {
        let event: PipelineEvent = serde_json::from_str(&line.map_err(cannot_read())?)
            .map_err(|error| Failure::Failed(format!("{}: {error}", timeline.display())))?;
        match &*event.event_type {
            "add_to_cart" => {
                users.insert(event.user_id);
                sessions.insert(event.session_id);
            }
            "purchase" => {
                by_user += u64::from(users.contains(&event.user_id));
                by_session += u64::from(sessions.contains(&event.session_id));
            }
            _ => {}
        }
    }
    if by_user < by_session {
        let reason =
            format!("orders from carts: {by_user} by user_id, but {by_session} by session_id");
        return Err(Failure::Failed(reason));
    }
    print_result(&format!("orders from carts: {by_user}\n"))
}
