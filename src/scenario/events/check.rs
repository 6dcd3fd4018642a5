//! The check of the `events` section: what concerns several keys.

use super::carrier::AttributeCarrier;
use super::currency::is_currency_code;
use super::event_types::{event_types, own_fields, own_properties, unknown_type};
use super::laws::is_whole;
use super::named::Named;
use super::specs::{BySpec, ListSpec, PropertySpec};
use super::template::{TemplatePart, template_parts};
use super::values::Moment;
use crate::event::Field;
use crate::random::{ParameterError, QuantileTable};
use crate::scenario::keys::Scenario;
use crate::scenario::owners::OwnerAttributes;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::spelling::nearest;
use crate::scenario::users::OWNERS;

const EVENTS: &str = "events";

/// The most generators of a scenario, those within others included: each may have a table of some 40 KB.
const MOST_VALUES: usize = 5_000;

/// Refuses events that there are not, and properties that cannot be, also those of users, devices and sessions.
pub(in crate::scenario) fn check(scenario: &Scenario, visit: &mut Visit) {
    let mut check = PropertyCheck {
        visit,
        scopes: Vec::new(),
        attributes: Vec::new(),
        carrier: AttributeCarrier::User,
        values: 0,
    };
    for attributes in scenario.owner_attributes() {
        check.attributes(&attributes);
    }
    check.carrier = AttributeCarrier::Event;
    let PropertyCheck { attributes, mut values, .. } = check;
    let types = event_types(scenario, visit);
    let own_fields: Vec<&str> = own_fields(scenario);
    for (name, event) in scenario.events.iter() {
        let path = join(EVENTS, name);
        if let Some(problem) = unknown_type(name, &path, &types) {
            visit.report(problem);
        }
        let path = join(&path, "properties");
        let own = own_properties(name);
        for (property, _) in event.properties.iter().filter(|(name, _)| own.contains(name)) {
            let message = format!("a `{name}` has this property of its own");
            let help = format!("its own are {}: choose another name", own.join(", "));
            visit.report(Problem::error(join(&path, property), message).help(help));
        }
        for (property, _) in event.properties.iter().filter(|(_, property)| property.field) {
            if own_fields.contains(&property) {
                let path = join(&join(&path, property), "field");
                let message = format!("events have a field `{property}` already");
                visit.report(
                    Problem::error(path, message).help("rename it, or leave it in `props`"),
                );
            }
        }
        let attributes = attributes.clone();
        let mut check = PropertyCheck {
            visit,
            scopes: Vec::new(),
            attributes,
            carrier: AttributeCarrier::Event,
            values,
        };
        check.members(&event.properties, &path);
        values = check.values;
    }
    if values > MOST_VALUES {
        let message = format!("{values} generators of values are more than {MOST_VALUES}");
        visit.report(Problem::error(EVENTS, message).help("leave some out"));
    }
}

/// The check of the values of one carrier, from the first to the last.
struct PropertyCheck<'v> {
    visit: &'v mut Visit,
    /// The properties before this one: those of the event, then those of the object it is in, ... Each is a name, and
    /// whether a text can hold its value.
    scopes: Vec<Vec<(String, bool)>>,
    /// The attributes of users, devices and sessions so far, as others refer to them.
    attributes: Vec<(String, bool)>,
    carrier: AttributeCarrier,
    /// The number of generators so far.
    values: usize,
}

impl PropertyCheck<'_> {
    fn attributes(&mut self, attributes: &OwnerAttributes<'_>) {
        let place = OWNERS.iter().position(|owner| *owner == attributes.owner).unwrap_or(0);
        self.carrier = AttributeCarrier::OWNERS[place];
        // Those that there are anyway are right, and known to the others.
        let built_in = attributes.built_in.iter();
        let built_in: Vec<(String, bool)> =
            built_in.map(|(name, spec)| (name.to_owned(), spec.is_scalar())).collect();
        self.scopes.push(built_in);
        for (name, spec) in attributes.own.iter() {
            let path = join(attributes.path, name);
            if spec.field {
                let help = format!("it stands in `{}` of each event", attributes.owner);
                self.refuse(&join(&path, "field"), "only properties of events are fields", help);
            }
            self.property(spec, &path);
            if let Some(scope) = self.scopes.last_mut() {
                scope.push((name.to_owned(), spec.is_scalar()));
            }
        }
        let known = self.scopes.pop().unwrap_or_default().into_iter();
        let known =
            known.map(|(name, is_scalar)| (format!("{}.{name}", attributes.owner), is_scalar));
        self.attributes.extend(known);
    }

    fn members(&mut self, members: &Named<PropertySpec>, path: &str) {
        self.scopes.push(Vec::new());
        for (name, property) in members.iter() {
            self.property(property, &join(path, name));
            if let Some(scope) = self.scopes.last_mut() {
                scope.push((name.to_owned(), property.is_scalar()));
            }
        }
        self.scopes.pop();
    }

    fn refuse(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.visit.is_sound(path) {
            self.visit.report(Problem::error(path, message).help(help));
        }
    }

    fn property(&mut self, property: &PropertySpec, path: &str) {
        self.values += 1;
        let generators = property.generators();
        let given: Vec<&str> =
            generators.iter().filter(|(_, is_given)| *is_given).map(|(key, _)| *key).collect();
        let [generator] = given[..] else {
            let all = generators.map(|(key, _)| key).join(", ");
            return match given[..] {
                [] if self.visit.has_unknown_keys(path) => {}
                [] => self.refuse(
                    path,
                    "nothing says what its values are",
                    format!("add one of {all}"),
                ),
                _ => self.refuse(
                    path,
                    format!("{} exclude one another", given.join(" and ")),
                    "keep one of them",
                ),
            };
        };
        let path_of = |key: &str| join(path, key);
        if property.decimals.is_some() && !DECIMAL.contains(&generator) {
            let help = format!("only {} have decimals", DECIMAL.join(", "));
            self.refuse(&path_of("decimals"), format!("a {generator} has no decimals"), help);
        }
        if self.carrier != AttributeCarrier::Event && property.counter.is_some() {
            let help = "give it to the events that are to be counted";
            self.refuse(&path_of("counter"), "there is nothing to count here", help);
        }
        if property.field && self.scopes.len() != 1 {
            let help = "give it to the whole property";
            self.refuse(&path_of("field"), "a part of a property is no field", help);
        }
        self.numbers(property, generator, path);
        if let Some(text) = &property.text {
            self.references(text, &path_of("text"));
        }
        if let Some(list) = &property.list {
            self.list(list, &path_of("list"));
        }
        if let Some(by) = &property.by {
            self.by(by, &path_of("by"));
        }
        if let Some(conditions) = &property.when {
            for (name, _) in &conditions.0 {
                self.condition(name, &join(&path_of("when"), name));
            }
        }
        if let Some(currency) = &property.currency {
            self.currency(currency, property, generator, path);
        }
        if let Some(object) = &property.object {
            self.members(object, &path_of("object"));
        }
    }

    fn numbers(&mut self, property: &PropertySpec, generator: &str, path: &str) {
        let path = join(path, generator);
        if !self.visit.is_sound(&path) {
            return;
        }
        for (bound, value) in property.bounds() {
            let units = property.units(value);
            if !is_whole(units) {
                let help = "add `decimals`, or write the bound with fewer digits";
                let message = format!("{value} has more digits after the point than the values");
                self.refuse(&join(&path, bound), message, help);
            } else if units.abs() > QuantileTable::MOST_UNITS as f64 {
                let message = format!("{value} has more than 15 digits with those after the point");
                self.refuse(&join(&path, bound), message, "choose fewer `decimals`");
            }
        }
        if let [(_, min), (_, max)] = property.bounds()[..]
            && min > max
        {
            self.refuse(&path, format!("the least, {min}, is above the most, {max}"), "swap them");
        }
        if let Some(log_normal) = &property.log_normal
            && log_normal.quantiles().count() != 1
        {
            let help = "give `median` and one of p75, p90, p95, p99";
            self.refuse(&path, "expected one quantile beside the median", help);
        }
        if let Some((_, Err(error))) = property.law() {
            let help = match error {
                ParameterError::Quantile { .. } => "raise the quantile",
                _ => "move the bounds, or the distribution",
            };
            self.refuse(&path, error.to_string(), help);
        }
        if let Some(geometric) = &property.geometric
            && !geometric.is_possible()
        {
            let message =
                format!("the mean {} is below the least, {}", geometric.mean, geometric.min);
            self.refuse(&path, message, "raise the mean");
        }
        if let Some(moments) = &property.date_time
            && let (Some(from), Some(to)) =
                (Moment::of_text(&moments.from), Moment::of_text(&moments.to))
            && from.is_surely_after(to)
        {
            self.refuse(&path, "`from` is after `to`", "swap them");
        }
    }

    fn list(&mut self, list: &ListSpec, path: &str) {
        if let Err(error) = list.count() {
            self.refuse(path, error.to_string(), "change `min`, `max` or `mean`");
        }
        let of = join(path, "of");
        for (key, is_given) in
            [("missing", list.of.missing.is_some()), ("when", list.of.when.is_some())]
        {
            if is_given {
                let help = "give the list a smaller `min`, or its entries `nullable`";
                self.refuse(&join(&of, key), "the entries of a list cannot be missing", help);
            }
        }
        self.property(&list.of, &of);
    }

    fn by(&mut self, by: &BySpec, path: &str) {
        self.condition(&by.of, &join(path, "of"));
        for (case, property) in by.cases() {
            // A case has its own path already.
            let path = format!("{path}.{case}");
            for (key, is_given) in
                [("missing", property.missing.is_some()), ("when", property.when.is_some())]
            {
                if is_given {
                    let help = "put it on the property itself, beside `by`";
                    self.refuse(&join(&path, key), "a case cannot be missing", help);
                }
            }
            self.property(property, &path);
        }
    }

    /// Refuses the name of a value on which another cannot depend.
    fn condition(&mut self, name: &str, path: &str) {
        let deciding = self.carrier.deciding_fields();
        let is_other_field = |field: Field| !deciding.contains(&field) && field.name() == name;
        let is_property = self.scopes.iter().flatten().any(|(known, _)| known == name);
        if !is_property && Field::ALL.into_iter().any(is_other_field) {
            let names = deciding.iter().map(|field| format!("{field}, ")).collect::<String>();
            let help =
                format!("name {names}an earlier property, or an attribute such as user.country");
            self.refuse(path, format!("nothing here can depend on `{name}`"), help);
        } else if let Some((message, help)) = self.wrong_reference(name) {
            self.refuse(path, message, help);
        }
    }

    fn currency(&mut self, currency: &str, property: &PropertySpec, generator: &str, path: &str) {
        let path_of_key = join(path, "currency");
        if property.decimals.is_some() {
            let help = "remove `decimals`: the currency has them";
            return self.refuse(&path_of_key, "a currency and decimals exclude one another", help);
        }
        if !DECIMAL.contains(&generator) {
            let help = format!("only {} can be amounts", DECIMAL.join(", "));
            return self.refuse(&path_of_key, format!("a {generator} is no amount"), help);
        }
        if is_currency_code(currency) {
            return;
        }
        if let Some((message, help)) = self.wrong_reference(currency) {
            let help = format!("{help}, or the code of a currency such as EUR");
            self.refuse(&path_of_key, message, help);
        }
    }

    /// Refuses names in a template that nothing before it has.
    fn references(&mut self, text: &str, path: &str) {
        for part in template_parts(text).unwrap_or_default() {
            if let TemplatePart::Name(name) = part
                && let Some((message, help)) = self.wrong_reference(&name)
            {
                self.visit.report(Problem::error(path, message).help(help));
            }
        }
    }

    /// What is wrong with a name, and the cure, unless it is that of a value that a text can hold.
    fn wrong_reference(&self, name: &str) -> Option<(String, String)> {
        let fields = self.carrier.fields().into_iter();
        let known = || self.scopes.iter().rev().flatten().chain(&self.attributes);
        match known().find(|(known, _)| known == name) {
            Some((_, true)) => return None,
            Some(_) => {
                let message = format!("`{name}` is a list or an object, which no text can hold");
                return Some((message, "name a number, a text or a boolean".to_owned()));
            }
            None if fields.clone().any(|field| field.name() == name) => return None,
            None => {}
        }
        let names = known()
            .map(|(name, _)| name.as_str())
            .chain(fields.map(|field| -> &str { field.name() }));
        let names: Vec<&str> = names.collect();
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("to be had here: {}", names.join(", ")),
        };
        Some((format!("there is no `{name}` before it"), help))
    }
}

/// The generators of numbers that can have digits after the point.
const DECIMAL: [&str; 4] = ["uniform", "normal", "log_normal", "exponential"];
