//! The check of what the entries of carts say of the user.

use super::cart::CartSpec;
use super::named::Named;
use super::specs::{BySpec, PropertySpec};
use super::template::{TemplatePart, template_parts};
use crate::event::Field;
use crate::scenario::keys::Scenario;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;

/// Refuses carts whose entries say the `user_id` of their events where users become known in the midst of a session:
/// which of them were before the log-in is not kept.
pub(in crate::scenario) fn check(scenario: &Scenario, visit: &mut Visit) {
    if scenario.users.identity.is_none() {
        return;
    }
    for (name, event) in scenario.events.iter() {
        for (path, cart) in carts(&event.properties, &join(&join("events", name), "properties")) {
            let Some(of) = scenario.events.get(&cart.of) else { continue };
            let saying = properties_saying_user_id(&of.properties);
            let taken = saying.into_iter().find(|property| cart.takes(property));
            if let Some(taken) = taken.filter(|_| visit.is_sound(&path)) {
                let message = format!(
                    "its entries say `user_id` in `{taken}`, which can change while a session goes on, with `users.identity`"
                );
                let help = format!(
                    "leave `{taken}` out by `take`: the event that has the cart says `user_id`"
                );
                visit.report(Problem::error(path, message).help(help));
            }
        }
    }
}

/// The carts among some properties, each with its path.
fn carts<'p>(properties: &'p Named<PropertySpec>, at: &str) -> Vec<(String, &'p CartSpec)> {
    let mut found = Vec::new();
    for (name, property) in properties.iter() {
        let path = join(at, name);
        found.extend(property.cart.as_ref().map(|cart| (join(&path, "cart"), cart)));
        let members = property.object.as_ref();
        found
            .extend(members.into_iter().flat_map(|members| carts(members, &join(&path, "object"))));
    }
    found
}

/// The properties whose text has `user_id`, itself or by that of an earlier one.
fn properties_saying_user_id(properties: &Named<PropertySpec>) -> Vec<&str> {
    let mut saying = Vec::new();
    for (name, property) in properties.iter() {
        if says_user_id(property, &saying) {
            saying.push(name);
        }
    }
    saying
}

fn says_user_id(property: &PropertySpec, saying: &[&str]) -> bool {
    let parts = property.text.as_deref().map(template_parts);
    let parts = parts.and_then(Result::ok).unwrap_or_default();
    let is_user_id = |part: &TemplatePart| match part {
        TemplatePart::Text(_) => false,
        TemplatePart::Name(name) => {
            let first = name.split('.').next().unwrap_or(name);
            name == Field::UserId.name() || saying.contains(&first)
        }
    };
    parts.iter().any(is_user_id)
        || property.list.iter().any(|list| says_user_id(&list.of, saying))
        || property.by.iter().flat_map(BySpec::cases).any(|(_, case)| says_user_id(case, saying))
        || property
            .object
            .iter()
            .flat_map(Named::iter)
            .any(|(_, inner)| says_user_id(inner, saying))
}
