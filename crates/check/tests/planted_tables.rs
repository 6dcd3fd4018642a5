//! Tables that are right, and what can be done to them.

use std::collections::BTreeMap;

use event_simulator::expectations::{Expectations, Tables, csv_files};
use event_simulator::{Event, VirtualTime};

/// The tables of a directory as a pipeline wrote them: names and texts.
pub(super) type Files = BTreeMap<String, String>;

pub(super) struct Truth {
    pub(super) events: Vec<Event>,
    pub(super) files: Files,
}

pub(super) struct Plant {
    pub(super) name: &'static str,
    pub(super) expected: &'static [&'static str],
    pub(super) damage: fn(&Truth) -> Files,
}

pub(super) fn tables<'e>(events: impl IntoIterator<Item = &'e Event>) -> Tables {
    let mut expectations = Expectations::new();
    for event in events {
        expectations.observe(&event.into()).unwrap();
    }
    expectations.finish()
}

pub(super) fn files(tables: &Tables) -> Files {
    let files = csv_files(tables).unwrap().into_iter();
    files.map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
}

impl Truth {
    /// The tables with a change of the cells of a column.
    pub(super) fn column(
        &self,
        table: &str,
        column: &str,
        change: impl Fn(&str) -> String,
    ) -> Files {
        self.rows(table, |header, cells| {
            let position = header.iter().position(|name| name == column).unwrap();
            cells[position] = change(&cells[position]);
            true
        })
    }

    /// The tables with a change of a table's rows, which are left out where it says false.
    pub(super) fn rows(
        &self,
        table: &str,
        change: impl Fn(&[String], &mut Vec<String>) -> bool,
    ) -> Files {
        let mut files = self.files.clone();
        edit(files.get_mut(&format!("{table}.csv")).unwrap(), change);
        files
    }

    /// The tables with another date in each row.
    pub(super) fn dates(&self, change: impl Fn(&str) -> String) -> Files {
        let mut files = self.files.clone();
        for text in files.values_mut().filter(|text| text.starts_with("date,")) {
            edit(text, |_, cells| {
                cells[0] = change(&cells[0]);
                true
            });
        }
        files
    }

    /// The tables of other events.
    pub(super) fn of(&self, change: impl Fn(&Event) -> Option<Event>) -> Files {
        let events: Vec<Event> = self.events.iter().filter_map(change).collect();
        files(&tables(&events))
    }

    /// The tables of the events of a zone.
    pub(super) fn in_zone(&self, minutes: i64) -> Files {
        self.by_local_time(|_| minutes)
    }

    /// The tables by local times, so many minutes ahead at each time.
    pub(super) fn by_local_time(&self, minutes: impl Fn(VirtualTime) -> i64) -> Files {
        self.of(|event| {
            let millis = event.event_time.as_millis().cast_signed();
            let shown = millis + minutes(event.event_time) * 60_000;
            let event_time = VirtualTime::from_millis(shown.cast_unsigned()).unwrap();
            Some(Event { event_time, ..event.clone() })
        })
    }

    pub(super) fn with(&self, name: &str, text: String) -> Files {
        let mut files = self.files.clone();
        files.insert(name.to_owned(), text);
        files
    }
}

pub(super) fn edit(text: &mut String, change: impl Fn(&[String], &mut Vec<String>) -> bool) {
    let split = |line: &str| -> Vec<String> { line.split(',').map(str::to_owned).collect() };
    let mut lines = text.lines();
    let header = split(lines.next().unwrap());
    let mut edited = vec![header.join(",")];
    for line in lines {
        let mut cells = split(line);
        if change(&header, &mut cells) {
            edited.push(cells.join(","));
        }
    }
    *text = edited.join("\n") + "\n";
}

pub(super) fn times(factor: f64) -> impl Fn(&str) -> String {
    move |cell| cell.parse::<f64>().map_or(String::new(), |number| (number * factor).to_string())
}

pub(super) fn next_day(date: &str) -> String {
    let day: VirtualTime = format!("{date}T00:00:00Z").parse().unwrap();
    day.checked_add_millis(86_400_000).unwrap().date()
}

pub(super) const NONE: &[&str] = &[];
