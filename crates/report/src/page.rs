//! The page: a verdict, then why, then pictures, then tables.

use serde::Serialize;
use serde_json::Value;

use crate::pages;
use crate::picture::{Form, Picture, Place, Shape};
use crate::recorded::RecordedResult;

/// What a report says, before it is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// All in one line.
    pub verdict: Verdict,
    /// A part for each result, those first in which something is wrong.
    pub chapters: Vec<Chapter>,
    /// The results, as they were recorded.
    #[serde(skip)]
    pub results: Vec<RecordedResult>,
}

/// Whether all is well.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// True if nothing is wrong.
    pub is_ok: bool,
    /// It in one line.
    pub line: String,
}

/// What a report says of a result, or of several that are laid over each other.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter {
    /// The command that gives such results.
    pub command: &'static str,
    /// What was recorded.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The numbers that matter.
    pub facts: Vec<Fact>,
    /// Why it is so, the likeliest first.
    pub reasons: Vec<Reason>,
    /// Pictures, then tables.
    pub pictures: Vec<Picture>,
}

/// A number that matters.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// The number.
    pub value: Place,
    /// Its form.
    pub form: Form,
    /// The command line that gives it.
    pub read: String,
}

/// Why something is as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reason {
    /// What it is about; empty if the text says that.
    pub title: String,
    /// The reason.
    pub text: String,
    /// More about it, a line each.
    pub details: Vec<String>,
    /// A command line that shows it again; empty if there is none.
    pub again: String,
}

impl Page {
    /// The page of results. Several of `replay` are laid over each other.
    pub fn of(results: Vec<RecordedResult>) -> Self {
        let mut chapters = pages::chapters(&results);
        chapters.sort_by_key(|chapter| chapter.verdict.is_ok);
        let wrong = chapters.iter().filter(|chapter| !chapter.verdict.is_ok).count();
        let verdict = match chapters.as_slice() {
            [one] => one.verdict.clone(),
            [] => Verdict { is_ok: false, line: "There is no result".to_owned() },
            all if wrong == 0 => Verdict {
                is_ok: true,
                line: format!("All {} results are as they should be", all.len()),
            },
            all => Verdict {
                is_ok: false,
                line: format!("In {wrong} of {} results something is wrong", all.len()),
            },
        };
        Self { verdict, chapters, results }
    }

    /// The value at a place.
    pub fn value(&self, place: &Place) -> Option<&Value> {
        self.results.get(place.result)?.value.pointer(place.in_result())
    }
}

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
    pub(crate) fn root(&self) -> Place {
        Place::of(self.number)
    }

    /// The place of a member, if it is there and has something in it.
    pub(crate) fn place(&self, path: &str) -> Option<Place> {
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
    pub(crate) fn facts(&self, rows: &[(&'static str, &str, Form)]) -> Vec<Fact> {
        let fact = |(label, path, form): &(&'static str, &str, Form)| {
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
        shape: impl FnOnce(Place) -> Shape,
    ) -> Option<Picture> {
        let place = self.place(path)?;
        Some(self.drawn(title, about, shape(place)))
    }

    /// A picture of several members.
    pub(crate) fn drawn(&self, title: &str, about: &str, shape: Shape) -> Picture {
        drawn(title, about, &[*self], shape)
    }
}

/// Columns that a table in half the page can have.
const MOST_COLUMNS: usize = 7;

/// A picture of members of several results.
pub(crate) fn drawn(title: &str, about: &str, views: &[ResultView<'_>], shape: Shape) -> Picture {
    let mut read: Vec<String> = Vec::new();
    for place in shape.places() {
        let of = views.iter().find(|view| view.number == place.result);
        let command = of.map(|view| view.result.command(place)).unwrap_or_default();
        if !read.contains(&command) {
            read.push(command);
        }
    }
    let is_wide = match &shape {
        Shape::Cases { .. } | Shape::Flow { .. } | Shape::Lanes { .. } | Shape::Marked { .. } => {
            true
        }
        Shape::Table { columns, .. } => {
            let is_code = columns.first().is_none_or(|column| column.form == Form::Code);
            columns.len() > MOST_COLUMNS || is_code
        }
        _ => false,
    };
    Picture { title: title.to_owned(), about: about.to_owned(), read, is_wide, shape }
}
