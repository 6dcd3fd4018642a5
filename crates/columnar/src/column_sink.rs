//! Values of records into columns.

use event_simulator::event::{EventPart, ValueSink};
use event_simulator::time::VirtualTime;

use super::columns::{Column, StructColumn};
use super::cursor::Cursor;
use super::decimals::{double_of_units, units_of_units};
use super::error::ColumnarError;

/// The place of `props` among the columns that a sink fills: the first.
pub(crate) const PROPS: usize = 0;

/// Where a sink is: kept from one event to the next for its memory.
#[derive(Default)]
pub(crate) struct SinkPlace {
    /// The members on the way to the value that follows.
    path: Vec<usize>,
    /// How many of them are of objects and lists that are begun and not ended.
    open: usize,
    /// The place after the member that was begun last.
    next: usize,
}

/// Fills `props` and the columns behind it with the values of one event.
pub(crate) struct ColumnSink<'a> {
    columns: &'a mut StructColumn,
    at: &'a mut SinkPlace,
    outcome: Result<(), ColumnarError>,
}

impl<'a> ColumnSink<'a> {
    pub(crate) fn new(columns: &'a mut StructColumn, at: &'a mut SinkPlace) -> Self {
        Self { columns, at, outcome: Ok(()) }
    }

    /// The first value that did not fit.
    pub(crate) fn finish(self) -> Result<(), ColumnarError> {
        self.outcome
    }

    /// The column of the value that follows.
    fn column(&mut self) -> Option<&mut Column> {
        let (first, rest) = self.at.path.split_first()?;
        rest.iter().try_fold(self.columns.members.get_mut(*first)?, |column, place| match column {
            Column::Struct(of) => of.members.get_mut(*place),
            Column::List(list) => Some(&mut list.entries),
            _ => None,
        })
    }

    /// The object that was begun last and not ended.
    fn object(&mut self) -> Option<&mut StructColumn> {
        self.at.path.truncate(self.at.open);
        if self.at.open == 0 {
            return Some(self.columns);
        }
        match self.column()? {
            Column::Struct(of) => Some(of),
            _ => None,
        }
    }

    /// Does something to the column of the value that follows.
    fn fill(&mut self, act: impl FnOnce(&mut Column) -> Result<(), ColumnarError>) {
        if self.outcome.is_ok() {
            let filled = self.column().map_or_else(|| Err(misfit()), act);
            self.outcome = filled.map_err(|error| self.within(error));
        }
    }

    /// An error with the names on the way to the value.
    fn within(&self, error: ColumnarError) -> ColumnarError {
        let names = self.columns.names(&self.at.path);
        names.into_iter().rev().fold(error, |error, name| error.within(&name))
    }
}

fn misfit() -> ColumnarError {
    ColumnarError::value("a value is not of the type that its column has")
}

impl ValueSink for ColumnSink<'_> {
    fn turn_to(&mut self, part: EventPart) {
        self.at.path.clear();
        self.at.next = 0;
        if part == EventPart::Props {
            self.at.path.push(PROPS);
        }
        self.at.open = self.at.path.len();
    }

    fn member(&mut self, name: &str) {
        if self.outcome.is_err() {
            return;
        }
        let next = self.at.next;
        let place = match self.object() {
            Some(object) => object.begin_member(name, next),
            None => Err(misfit()),
        };
        match place {
            Ok(place) => {
                self.at.path.push(place);
                self.at.next = place + 1;
            }
            Err(error) => self.outcome = Err(self.within(error)),
        }
    }

    fn entry(&mut self) {
        self.at.path.truncate(self.at.open);
        self.at.path.push(0);
    }

    fn wants_json(&mut self) -> bool {
        matches!(self.column(), Some(Column::Json(_)))
    }

    fn json(&mut self, value: &[u8]) {
        if value == b"null" {
            return self.null();
        }
        self.fill(|column| match (column, value) {
            (Column::Text(texts), [b'"', text @ .., b'"']) if !text.contains(&b'\\') => {
                texts.append(text);
                Ok(())
            }
            (column, _) => {
                let text = str::from_utf8(value).map_err(|_| misfit())?;
                column.append(&mut Cursor::new(text))
            }
        });
    }

    fn null(&mut self) {
        self.fill(|column| {
            column.append_nulls(1);
            Ok(())
        });
    }

    fn boolean(&mut self, flag: bool) {
        self.fill(|column| match column {
            Column::Boolean(flags) => {
                flags.append_value(flag);
                Ok(())
            }
            _ => Err(misfit()),
        });
    }

    fn number(&mut self, units: i64, decimals: u32) {
        self.fill(|column| {
            match column {
                Column::Integer(numbers) if decimals == 0 => numbers.append_value(units),
                Column::Number(numbers) => numbers.append_value(double_of_units(units, decimals)),
                Column::Decimal(numbers, scale) => {
                    numbers.append_value(units_of_units(units, decimals, *scale)?);
                }
                _ => return Err(misfit()),
            }
            Ok(())
        });
    }

    fn text(&mut self, text: &str) {
        self.fill(|column| match column {
            Column::Text(texts) => {
                texts.append(text.as_bytes());
                Ok(())
            }
            _ => Err(misfit()),
        });
    }

    fn time(&mut self, time: VirtualTime) {
        self.fill(|column| {
            match column {
                Column::DateTime(times) => times.append_value(time.as_millis() as i64),
                Column::Text(texts) => texts.append(&time.text()),
                _ => return Err(misfit()),
            }
            Ok(())
        });
    }

    fn date(&mut self, time: VirtualTime) {
        const DATE: usize = 10;
        self.fill(|column| {
            match column {
                Column::Date(dates) => dates.append_value(time.day() as i32),
                Column::Text(texts) => texts.append(&time.text()[..DATE]),
                _ => return Err(misfit()),
            }
            Ok(())
        });
    }

    fn begin_object(&mut self) {
        self.at.open = self.at.path.len();
        self.at.next = 0;
    }

    fn end_object(&mut self) {
        if self.outcome.is_ok() {
            match self.object() {
                Some(object) => object.end_row(),
                None => self.outcome = Err(misfit()),
            }
        }
        self.end();
    }

    fn begin_list(&mut self) {
        self.at.open = self.at.path.len();
    }

    fn end_list(&mut self) {
        self.at.path.truncate(self.at.open);
        self.fill(|column| match column {
            Column::List(list) => {
                list.end_row();
                Ok(())
            }
            _ => Err(misfit()),
        });
        self.end();
    }
}

impl ColumnSink<'_> {
    /// Ends the object or list that was begun last.
    fn end(&mut self) {
        self.at.open = self.at.open.saturating_sub(1);
        self.at.next = self.at.path.last().map_or(0, |place| place + 1);
    }
}
