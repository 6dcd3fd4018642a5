//! What of a scenario's events a vendor does not keep whole.

use serde_json::Value;

use crate::event::Field;
use crate::model::Model;
use crate::scenario::ANONYMOUS_ID;

use super::form::{FormNode, Member, Part, each};
use super::wire_format::{KeptLimits, WireFormat};

impl WireFormat {
    /// What of a model's events the vendor does not keep whole, a sentence each: names, texts that are written in the scenario,
    /// and properties beyond their number, those among them that the format itself adds.
    pub fn cuts_of(&self, model: &Model) -> Vec<String> {
        let KeptLimits { event_name, property_name, text, properties } = self.kept;
        let schema = model.event_schema();
        let mut cuts = Vec::new();
        let mut say = |what: String, length: usize, limit: Option<usize>| {
            if let Some(limit) = limit.filter(|limit| length > *limit) {
                let cut = format!("{what} has {length} characters, of which {limit} are kept");
                if !cuts.contains(&cut) {
                    cuts.push(cut);
                }
            }
        };
        for name in model.event_types() {
            say(format!("the event type {name:?}"), length(name), event_name);
        }
        let mut own = model.own_fields();
        own.retain(|name| {
            name != ANONYMOUS_ID && Part::FIELDS.iter().all(|(part, _)| name != part)
        });
        let types = schema["definitions"].as_object();
        for (name, of_type) in types.into_iter().flatten() {
            for (property, values) in properties_of(of_type, &own) {
                say(format!("the property {property:?}"), length(property), property_name);
                let longest = longest_text(values).unwrap_or_default();
                say(format!("a value of {property:?} of {name:?}"), length(longest), text);
            }
        }
        let more = types.into_iter().flatten().filter_map(|(name, of_type)| {
            let flat = properties_of(of_type, &own).filter(|(_, values)| !is_nested(values));
            let count = flat.count() + self.properties_of_its_own();
            let limit = properties.filter(|limit| count > *limit)?;
            Some(format!(
                "the event {name:?} can have {count} properties, of which {limit} are kept"
            ))
        });
        cuts.extend(more);
        cuts
    }

    /// The number of properties that the format adds at most.
    fn properties_of_its_own(&self) -> usize {
        let of_form = self.forms.iter().filter_map(|form| beside_properties(form.members));
        of_form.max().unwrap_or_default()
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The number of members beside those of `props`, in the object that has them.
fn beside_properties(members: &'static [Member]) -> Option<usize> {
    let has_properties = |member: &Member| {
        matches!(member, Member::Rest(Part::Props) | Member::Scalars(Part::Props))
    };
    if each(members).any(has_properties) {
        return Some(each(members).filter(|member| matches!(member, Member::Named(..))).count());
    }
    each(members).find_map(|member| match member {
        Member::Named(_, node) => beside_properties_in(node),
        _ => None,
    })
}

fn beside_properties_in(node: &'static FormNode) -> Option<usize> {
    match node {
        FormNode::Object(members) | FormNode::WholeObject(members) => beside_properties(members),
        FormNode::ListOfOne(inner)
        | FormNode::JsonText(inner)
        | FormNode::Entities(inner)
        | FormNode::Described(inner, _) => beside_properties_in(inner),
        FormNode::Constant(_)
        | FormNode::Value(_)
        | FormNode::HeaderText(_)
        | FormNode::Base64(_) => None,
    }
}

/// The properties of a type of event, those that are fields of their own among them, with the schema of their values.
fn properties_of<'a>(
    of_type: &'a Value,
    own: &'a [String],
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let fields = of_type["properties"].as_object();
    let props = fields.and_then(|fields| fields.get(Field::Props.name()));
    let props = props.and_then(|props| props["properties"].as_object());
    let own = fields.into_iter().flatten().filter(|(name, _)| own.contains(name));
    props.into_iter().flatten().chain(own)
}

/// True for values that are lists or objects: what they stand in is one of the format's own properties.
fn is_nested(schema: &Value) -> bool {
    matches!(schema["type"].as_str(), Some("object" | "array"))
}

/// The longest text that a schema names.
fn longest_text(schema: &Value) -> Option<&str> {
    let choices = ["anyOf", "enum"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    let texts = choices.filter_map(|choice| choice.as_str().or_else(|| longest_text(choice)));
    texts.chain(schema["const"].as_str()).max_by_key(|text| length(text))
}
