//! The check of the `events` section: what concerns several keys.

use super::currency::is_currency_code;
use super::laws::is_whole;
use super::named::Named;
use super::specs::{BySpec, EventSpec, ListSpec, PropertySpec};
use super::template::{TemplatePart, template_parts};
use super::values::Moment;
use crate::event::{BuiltIn, Field};
use crate::random::{ParameterError, QuantileTable};
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::spelling::nearest;

const EVENTS: &str = "events";

/// The most generators of a scenario, those within others included: each may have a table of some 40 KB.
const MOST_VALUES: usize = 5_000;

/// Refuses events that there are not, and properties that cannot be.
pub(in crate::scenario) fn check(events: &Named<EventSpec>, custom: &[&str], visit: &mut Visit) {
    let types = BuiltIn::ALL.map(BuiltIn::event_type).into_iter().chain(custom.iter().copied());
    let types: Vec<&str> = types.collect();
    let mut values = 0;
    for (name, event) in events.iter() {
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
        let mut check = PropertyCheck { visit, scopes: Vec::new(), values };
        check.members(&event.properties, &path);
        values = check.values;
    }
    if values > MOST_VALUES {
        let message = format!("{values} generators of values are more than {MOST_VALUES}");
        visit.report(Problem::error(EVENTS, message).help("leave some out"));
    }
}

fn unknown_type(name: &str, path: &str, types: &[&str]) -> Option<Problem> {
    if types.contains(&name) {
        return None;
    }
    let problem = Problem::error(path, "there is no event of this type");
    let meant = BuiltIn::of_key(name).map(BuiltIn::event_type);
    Some(match meant.or_else(|| nearest(name, types.iter().copied())) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!(
            "one of {}; a custom event stands in `event_probabilities` or a `flow` first",
            types.join(", ")
        )),
    })
}

/// The names of the properties that events of a type have without being told to.
fn own_properties(event_type: &str) -> Vec<&'static str> {
    let own = BuiltIn::of_type(event_type).map_or(&[][..], BuiltIn::own);
    own.iter().map(|property| property.name).collect()
}

/// The check of one event's properties, from the first to the last.
struct PropertyCheck<'v> {
    visit: &'v mut Visit,
    /// The properties before this one: those of the event, then those of the object it is in, ...
    scopes: Vec<Vec<(String, bool)>>,
    /// The number of generators so far.
    values: usize,
}

impl PropertyCheck<'_> {
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
        const FIELDS: [Field; 2] = [Field::PagePath, Field::ButtonId];
        let is_other_field = |field: Field| !FIELDS.contains(&field) && field.name() == name;
        let is_property = self.scopes.iter().flatten().any(|(known, _)| known == name);
        if !is_property && Field::ALL.into_iter().any(is_other_field) {
            let help = "page_path, button_id, or an earlier property";
            self.refuse(path, format!("nothing can depend on `{name}`"), help);
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
        let fields = Field::ALL.into_iter().filter(|field| *field != Field::Props);
        let known = || self.scopes.iter().rev().flatten();
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
