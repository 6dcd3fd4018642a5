//! A result as the pages read it.

use serde_json::Value;

use crate::measures::NumberPlace;
use crate::page::Fact;
use crate::picture::{Form, JsonPlace, Picture, PictureShape};
use crate::recorded::RecordedResult;

/// A result, and the parts of a page that are made of it.
#[derive(Clone, Copy)]
pub(crate) struct ResultView<'a> {
    pub(crate) result: &'a RecordedResult,
    number: usize,
}

impl<'a> ResultView<'a> {
    pub(crate) fn all(results: &'a [RecordedResult]) -> Vec<Self> {
        results.iter().enumerate().map(|(number, result)| Self { result, number }).collect()
    }

    /// The place of the result.
    pub(crate) fn root(&self) -> JsonPlace {
        JsonPlace::of(self.number)
    }

    /// The place of a member, if it is there and has something in it.
    pub(crate) fn place(&self, path: &str) -> Option<JsonPlace> {
        let place = path.split('/').fold(self.root(), |place, name| place.at(name));
        let is_something = match self.result.value.pointer(place.in_result())? {
            Value::Null => false,
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => true,
        };
        is_something.then_some(place)
    }

    pub(crate) fn get(&self, path: &str) -> &'a Value {
        const NOTHING: &Value = &Value::Null;
        self.result.value.pointer(&format!("/{path}")).unwrap_or(NOTHING)
    }

    /// The text of a member; empty if it is none.
    pub(crate) fn text(&self, path: &str) -> &'a str {
        self.get(path).as_str().unwrap_or_default()
    }

    pub(crate) fn count(&self, path: &str) -> u64 {
        self.get(path).as_u64().unwrap_or_default()
    }

    pub(crate) fn items(&self, path: &str) -> &'a [Value] {
        self.get(path).as_array().map_or(&[], Vec::as_slice)
    }

    /// The facts of those members that are there.
    pub(crate) fn facts(&self, rows: &[NumberPlace]) -> Vec<Fact> {
        let fact = |(label, path, form): &NumberPlace| {
            let value = self.place(path)?;
            let read = self.result.command(&value);
            Some(Fact { label, value, form: *form, read })
        };
        rows.iter().filter_map(fact).collect()
    }

    /// A picture of the member at a path, unless there is nothing in it.
    pub(crate) fn picture(
        &self,
        title: &str,
        about: &str,
        path: &str,
        shape: impl FnOnce(JsonPlace) -> PictureShape,
    ) -> Option<Picture> {
        let place = self.place(path)?;
        Some(self.drawn(title, about, shape(place)))
    }

    /// A picture of several members.
    pub(crate) fn drawn(&self, title: &str, about: &str, shape: PictureShape) -> Picture {
        drawn(title, about, &[*self], shape)
    }
}

/// Columns that a table in half the page can have.
const MOST_COLUMNS: usize = 7;

/// A picture of members of several results.
pub(crate) fn drawn(
    title: &str,
    about: &str,
    views: &[ResultView<'_>],
    shape: PictureShape,
) -> Picture {
    let mut read: Vec<String> = Vec::new();
    for place in shape.places() {
        let of = views.iter().find(|view| view.number == place.result);
        let command = of.map(|view| view.result.command(place)).unwrap_or_default();
        if !read.contains(&command) {
            read.push(command);
        }
    }
    let is_wide = match &shape {
        PictureShape::Cases { .. }
        | PictureShape::Flow { .. }
        | PictureShape::Intervals { .. }
        | PictureShape::Lanes { .. }
        | PictureShape::Marked { .. } => true,
        PictureShape::Table { columns, .. } => {
            let is_code = columns.first().is_none_or(|column| column.form == Form::Code);
            columns.len() > MOST_COLUMNS || is_code
        }
        _ => false,
    };
    Picture { title: title.to_owned(), about: about.to_owned(), read, is_wide, shape }
}
