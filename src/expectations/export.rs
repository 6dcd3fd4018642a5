//! The tables as files: CSV for each, and JSON for all.

use serde::Serialize;
use serde_json::{Map, Value};

use super::notes::Notes;
use super::shapes::{ColumnKind, SHAPES, Shape};
use super::tables::Tables;

/// The tables as CSV with a header: file names and contents.
///
/// # Errors
///
/// None that depends on the tables; the CSV writer's are passed on.
pub fn csv_files(tables: &Tables) -> Result<Vec<(String, Vec<u8>)>, csv::Error> {
    let [
        page_engagement,
        session_metrics,
        click_through_rates,
        event_counts,
        funnels,
        users_active,
        goals,
        flow_funnels,
        experiments,
        experiment_properties,
        revenue,
        activity,
        retention,
        attribution,
        policy_funnels,
        lateness,
        users,
        sessions,
    ] = &SHAPES;
    let mut files = vec![
        csv_file(page_engagement, &tables.page_engagement)?,
        csv_file(session_metrics, &tables.session_metrics)?,
        csv_file(click_through_rates, &tables.click_through_rates)?,
        csv_file(event_counts, &tables.event_counts)?,
        csv_file(funnels, &tables.funnels)?,
        csv_file(users_active, &tables.users_active)?,
    ];
    if let Some(rows) = &tables.goals {
        files.push(csv_file(goals, rows)?);
    }
    if let Some(rows) = &tables.flow_funnels {
        files.push(csv_file(flow_funnels, rows)?);
    }
    if let Some(rows) = &tables.experiments {
        files.push(csv_file(experiments, rows)?);
    }
    if let Some(rows) = &tables.experiment_properties {
        files.push(csv_file(experiment_properties, rows)?);
    }
    if let Some(rows) = &tables.revenue {
        files.push(csv_file(revenue, rows)?);
    }
    if let Some(rows) = &tables.activity {
        files.push(csv_file(activity, rows)?);
    }
    if let Some(rows) = &tables.retention {
        files.push(csv_file(retention, rows)?);
    }
    if let Some(rows) = &tables.attribution {
        files.push(csv_file(attribution, rows)?);
    }
    if let Some(rows) = &tables.policy_funnels {
        files.push(csv_file(policy_funnels, rows)?);
    }
    if let Some(rows) = &tables.lateness {
        files.push(csv_file(lateness, rows)?);
    }
    if let Some(rows) = &tables.users {
        files.push(csv_file(users, rows)?);
    }
    if let Some(rows) = &tables.sessions {
        files.push(csv_file(sessions, rows)?);
    }
    Ok(files)
}

fn csv_file<R: Serialize>(shape: &Shape, rows: &[R]) -> Result<(String, Vec<u8>), csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(shape.columns())?;
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok((format!("{}.csv", shape.name), bytes))
}

/// What the columns of the tables that there are hold, by their names and in their order.
fn columns(tables: &Tables) -> Map<String, Value> {
    // In the order of `SHAPES`.
    let is_there: [bool; SHAPES.len()] = [
        true,
        true,
        true,
        true,
        true,
        true,
        tables.goals.is_some(),
        tables.flow_funnels.is_some(),
        tables.experiments.is_some(),
        tables.experiment_properties.is_some(),
        tables.revenue.is_some(),
        tables.activity.is_some(),
        tables.retention.is_some(),
        tables.attribution.is_some(),
        tables.policy_funnels.is_some(),
        tables.lateness.is_some(),
        tables.users.is_some(),
        tables.sessions.is_some(),
    ];
    let there = SHAPES.iter().zip(is_there).filter(|(_, is_there)| *is_there);
    let kind = |column: &str| (column.to_owned(), ColumnKind::of(column).name().into());
    let kinds = |shape: &Shape| Value::Object(shape.columns().map(kind).collect());
    there.map(|(shape, _)| (shape.name.to_owned(), kinds(shape))).collect()
}

#[derive(Serialize)]
struct Document<'a> {
    timeline: Timeline<'a>,
    columns: Map<String, Value>,
    tables: &'a Tables,
}

#[derive(Serialize)]
struct Timeline<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blake3: Option<&'a str>,
    events: u64,
    sessions_without_end: u64,
}

/// All tables as one JSON document, with what their columns hold, with the digest of the timeline that they are true of if
/// that was read whole, and the path from the document to its file if there is one.
///
/// # Errors
///
/// None that depends on the tables; the JSON writer's are passed on.
pub fn json(
    tables: &Tables,
    notes: &Notes,
    blake3: Option<&str>,
    file: Option<&str>,
) -> serde_json::Result<Vec<u8>> {
    let timeline = Timeline {
        file,
        blake3,
        events: notes.events,
        sessions_without_end: notes.sessions_without_end,
    };
    let mut text =
        serde_json::to_vec_pretty(&Document { timeline, columns: columns(tables), tables })?;
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scenario;
    use crate::expectations::Expectations;

    /// The shapes say what the rows' fields are.
    #[test]
    fn headers_are_the_names_of_the_fields() {
        let mut expectations = Expectations::new();
        for event in Scenario::default().compile().unwrap().simulate(0) {
            expectations.observe(&(&event).into()).unwrap();
        }
        let tables = expectations.finish();
        assert_eq!((&tables.goals, &tables.flow_funnels), (&None, &None));
        let value = serde_json::to_value(&tables).unwrap();
        for shape in &SHAPES[..6] {
            let fields: Vec<&String> = value[shape.name][0].as_object().unwrap().keys().collect();
            let columns: Vec<&str> = shape.columns().collect();
            assert_eq!(fields, columns);
        }
    }

    #[test]
    fn no_events_give_headers_alone() {
        let files = csv_files(&Tables::default()).unwrap();
        assert_eq!(files.len(), 6);
        let (name, bytes) = files.last().unwrap();
        assert_eq!(
            (name.as_str(), &bytes[..]),
            ("users_active.csv", &b"date,users,new_users\n"[..])
        );
    }
}
