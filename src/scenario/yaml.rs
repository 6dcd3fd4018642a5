//! YAML text as a tree of nodes that know their place.
//!
//! The tree is plain data of bounded size and depth, whatever the text: aliases are copied in, and
//! their copies count.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::path::segment;
use super::problem::{Position, Problem};

/// Most nodes of a tree, copies by aliases included.
const MAX_NODES: usize = 1_000_000;
/// Deepest nesting of a tree; a scenario needs five.
const MAX_DEPTH: usize = 64;

/// A YAML value and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) content: Content,
    /// The place of its start, if it stands in a file.
    pub(super) position: Option<Position>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<MapEntry>),
}

/// One `key: value` of a mapping. Keys may repeat.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapEntry {
    pub(super) key: String,
    pub(super) position: Option<Position>,
    pub(super) value: Node,
}

/// A scalar as written. Only a plain one, neither quoted nor tagged as a string, can be anything
/// but text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) is_plain: bool,
}

impl Content {
    /// The same as plain data, by the rules of YAML's core schema.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Scalar(scalar) => scalar.to_json(),
            Self::List(nodes) => nodes.iter().map(|node| node.content.to_json()).collect(),
            Self::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.content.to_json()))
                .collect(),
        }
    }
}

impl Scalar {
    fn to_json(&self) -> serde_json::Value {
        if !self.is_plain {
            return self.text.as_str().into();
        }
        if self.is_null() {
            return serde_json::Value::Null;
        }
        match (self.text.as_str(), self.text.parse::<i64>(), self.text.parse::<f64>()) {
            ("true" | "True" | "TRUE", ..) => true.into(),
            ("false" | "False" | "FALSE", ..) => false.into(),
            (_, Ok(whole), _) => whole.into(),
            (_, _, Ok(number)) if number.is_finite() => plain_number(number),
            (text, ..) => text.into(),
        }
    }

    /// YAML's null: `null`, `~`, or nothing at all.
    pub(super) fn is_null(&self) -> bool {
        self.is_plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// A number as JSON has it: a whole one is the same with and without a fraction of 0.
fn plain_number(number: f64) -> serde_json::Value {
    const MOST_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < MOST_EXACT {
        (number as i64).into()
    } else {
        number.into()
    }
}

impl Node {
    /// Plain data, which stands in no file.
    pub(super) fn from_json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let content = match value {
            Value::Object(members) => {
                let entry = |(key, value): (&String, &Value)| MapEntry {
                    key: key.clone(),
                    position: None,
                    value: Self::from_json(value),
                };
                Content::Map(members.iter().map(entry).collect())
            }
            Value::Array(items) => Content::List(items.iter().map(Self::from_json).collect()),
            Value::String(text) => Content::Scalar(Scalar { text: text.clone(), is_plain: false }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                Content::Scalar(Scalar { text: value.to_string(), is_plain: true })
            }
        };
        Self { content, position: None }
    }

    /// The place of the key that `path` names, or of the nearest one that it stands in.
    pub(super) fn nearest(&self, path: &str) -> Option<Position> {
        let (mut node, mut position, mut rest) = (self, None, path);
        while let Some((next, at, remaining)) = node.step(rest) {
            (node, position, rest) = (next, at, remaining);
        }
        position
    }

    /// The value at a path.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        let (mut node, mut rest) = (self, path);
        while !rest.is_empty() {
            (node, _, rest) = node.step(rest)?;
        }
        Some(node)
    }

    /// The child that `path` starts with, the place where it is named, and the rest of the path.
    fn step<'a, 'p>(&'a self, path: &'p str) -> Option<(&'a Node, Option<Position>, &'p str)> {
        match &self.content {
            Content::Scalar(_) => None,
            Content::List(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let item = items.get(index.parse::<usize>().ok()?)?;
                Some((item, item.position, rest))
            }
            Content::Map(entries) => {
                let path = path.strip_prefix('.').unwrap_or(path);
                entries.iter().find_map(|entry| {
                    let rest = path.strip_prefix(segment(&entry.key).as_str())?;
                    let ends = rest.is_empty() || rest.starts_with(['.', '[']);
                    ends.then_some((&entry.value, entry.position, rest))
                })
            }
        }
    }
}

/// Reads a text of one YAML document at most; `None` if there is nothing in it.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Problem> {
    let mut builder = Builder::default();
    let mut documents = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| syntax(&error))?;
        let at = position(&span.start);
        match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return Err(Problem::error("", "a second YAML document starts here")
                        .at(at)
                        .help("a file holds one scenario: remove the `---`, or split the file"));
                }
            }
            event => builder.take(event, at)?,
        }
    }
    Ok(builder.root)
}

fn syntax(error: &ScanError) -> Problem {
    let problem = Problem::error("", format!("not valid YAML: {}", error.kind()))
        .at(position(error.marker()));
    match error.kind() {
        ErrorKind::MappingValueNotAllowed => problem.help(
            "here or on the line before: is the indentation right, has every key its `:`, and is \
             there a space after it?",
        ),
        ErrorKind::InvalidColonPlacement => {
            problem.help("is a `[`, `{` or quote before it left open?")
        }
        ErrorKind::UnexpectedCharacter { character } if !character.is_control() => {
            problem.help("quote a text that begins with a special character")
        }
        ErrorKind::UnclosedQuotedScalar => {
            problem.help("the text starts here and its quote never ends")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => problem.help("indent with spaces"),
        _ => problem,
    }
}

fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

/// Puts nodes together from the parser's events, without recursion.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    anchored_nodes: usize,
}

/// A list or mapping whose end is still to come.
struct Open {
    node: Node,
    key: Option<(String, Option<Position>)>,
    anchor: usize,
    nodes_before: usize,
    height: usize,
}

/// A node that aliases can name: what it adds to the tree's size and depth.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && !is_text(tag.as_deref(), at)?;
                let content = Content::Scalar(Scalar { text: text.into_owned(), is_plain });
                self.count(1, at)?;
                self.close(Node { content, position: Some(at) }, anchor, 1, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                is_text(tag.as_deref(), at)?;
                self.begin(Content::List(Vec::new()), at, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                is_text(tag.as_deref(), at)?;
                self.begin(Content::Map(Vec::new()), at, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let nodes = self.nodes - open.nodes_before;
                    self.close(open.node, open.anchor, nodes, open.height + 1)
                }
                None => Ok(()),
            },
            Event::Alias(id) => {
                let Some(Anchored { node, nodes, height }) = self.anchors.get(&id) else {
                    return Err(Problem::error("", "an alias stands inside what it names").at(at));
                };
                let (nodes, height) = (*nodes, *height);
                if self.open.len() + height > MAX_DEPTH {
                    return Err(too_deep(at));
                }
                if self.nodes + nodes > MAX_NODES {
                    return Err(too_large(at));
                }
                let node = Node { position: Some(at), ..node.clone() };
                self.count(nodes, at)?;
                self.close(node, 0, nodes, height)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(too_large(at)) } else { Ok(()) }
    }

    fn begin(&mut self, content: Content, at: Position, anchor: usize) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        let nodes_before = self.nodes;
        self.count(1, at)?;
        let node = Node { content, position: Some(at) };
        self.open.push(Open { node, key: None, anchor, nodes_before, height: 0 });
        Ok(())
    }

    /// Gives a complete node to what it stands in.
    fn close(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        height: usize,
    ) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchored_nodes += nodes;
            if self.anchored_nodes > MAX_NODES {
                return Err(too_large(node.position));
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, height });
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.height = parent.height.max(height);
        match &mut parent.node.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => match parent.key.take() {
                Some((key, position)) => entries.push(MapEntry { key, position, value: node }),
                None => parent.key = Some(key_of(node)?),
            },
            Content::Scalar(_) => {}
        }
        Ok(())
    }
}

fn key_of(node: Node) -> Result<(String, Option<Position>), Problem> {
    match node.content {
        Content::Scalar(scalar) => Ok((scalar.text, node.position)),
        Content::List(_) | Content::Map(_) => {
            Err(Problem::error("", "a list or mapping cannot be a key")
                .at(node.position)
                .help("`{{ name }}` of a template? Fill templates in first, or quote the text"))
        }
    }
}

/// True for a tag that makes a text of what follows. Tags of YAML's core schema are let pass: what a
/// value has to be is the scenario's to say.
fn is_text(tag: Option<&Tag>, at: Position) -> Result<bool, Problem> {
    let Some(tag) = tag else { return Ok(false) };
    match tag.core_suffix() {
        Some(name) => Ok(name == "str"),
        None if tag.original() == "!" => Ok(true),
        None => {
            Err(Problem::error("", format!("the tag `{}` has no meaning here", tag.original()))
                .at(at)
                .help("remove it, or quote the text if it starts with `!`"))
        }
    }
}

fn too_large(at: impl Into<Option<Position>>) -> Problem {
    let message = format!("more than {MAX_NODES} values, those that aliases repeat included");
    Problem::error("", message).at(at)
}

fn too_deep(at: Position) -> Problem {
    Problem::error("", format!("nested more than {MAX_DEPTH} levels deep")).at(at)
}
