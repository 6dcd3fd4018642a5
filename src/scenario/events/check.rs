//! The check of the `events` section: what concerns several keys.

use super::carrier::AttributeCarrier;
use super::cart::CartSpec;
use super::currency::is_currency_code;
use super::event_types::{check_bound, event_types, own_fields, own_properties, unknown_type};
use super::laws::is_whole;
use super::multiplied::{MultipliedProperty, multiplied};
use super::named::Named;
use super::scopes::Scopes;
use super::sources::has_cart;
use super::specs::{BySpec, ListSpec, PropertySpec};
use super::template::{TemplatePart, template_parts};
use super::values::Moment;
use crate::event::{Field, event_type};
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
    let (attributes, own_fields) = (scenario.owner_attributes(), own_fields(scenario));
    let types = event_types(scenario, visit);
    check_bound(scenario, visit);
    let scopes = Scopes::new(&scenario.events);
    let mut check = PropertyCheck { visit, types, scopes, multiplied: Vec::new(), values: 0 };
    for of_owner in &attributes {
        check.attributes(of_owner);
    }
    check.scopes.carrier = AttributeCarrier::Event;
    // What is in a cart is known before the cart.
    let (with_cart, without): (Vec<_>, Vec<_>) =
        scenario.events.iter().partition(|(_, event)| has_cart(&event.properties));
    for (name, event) in without.into_iter().chain(with_cart) {
        let path = join(EVENTS, name);
        if let Some(problem) = unknown_type(name, &path, &check.types) {
            check.visit.report(problem);
        }
        let path = join(&path, "properties");
        let own = own_properties(name);
        for (property, spec) in event.properties.iter() {
            let path = join(&path, property);
            if own.contains(&property) {
                let message = format!("a `{name}` has this property of its own");
                let help = format!("its own are {}: choose another name", own.join(", "));
                check.visit.report(Problem::error(&*path, message).help(help));
            }
            if spec.field && own_fields.contains(&property) {
                let message = format!("events have a field `{property}` already");
                let help = "rename it, or leave it in `props`";
                check.visit.report(Problem::error(join(&path, "field"), message).help(help));
            }
        }
        let has_no_past =
            event_type::IDENTITY.contains(&name) || name == event_type::EXPERIMENT_VIEWED;
        if has_no_past && has_cart(&event.properties) {
            let help = "give it to another event";
            check.refuse(&path, format!("a `{name}` has no cart"), help);
        }
        check.multiplied = multiplied(scenario, name);
        check.members(&event.properties, &path);
        check.multiplied.clear();
    }
    if check.values > MOST_VALUES {
        let message = format!("{} generators of values are more than {MOST_VALUES}", check.values);
        check.visit.report(Problem::error(EVENTS, message).help("leave some out"));
    }
}

/// The check of properties, from the first to the last of each event.
struct PropertyCheck<'v, 'a> {
    visit: &'v mut Visit,
    /// The types of the scenario's events.
    types: Vec<&'a str>,
    /// The properties before this one.
    scopes: Scopes<'a>,
    /// The properties of the event that experiments multiply.
    multiplied: Vec<MultipliedProperty>,
    /// The number of generators so far.
    values: usize,
}

impl<'a> PropertyCheck<'_, 'a> {
    fn attributes(&mut self, attributes: &'a OwnerAttributes<'a>) {
        let place = OWNERS.iter().position(|owner| *owner == attributes.owner).unwrap_or(0);
        self.scopes.carrier = AttributeCarrier::OWNERS[place];
        self.scopes.enter();
        // Those that there are anyway are right, and known to the others.
        for (name, spec) in attributes.built_in.iter() {
            self.scopes.add(name, spec);
        }
        for (name, spec) in attributes.own.iter() {
            let path = join(attributes.path, name);
            if spec.field {
                let help = format!("it stands in `{}` of each event", attributes.owner);
                self.refuse(&join(&path, "field"), "only properties of events are fields", help);
            }
            self.property(spec, &path);
            self.scopes.add(name, spec);
        }
        self.scopes.leave_as_attributes(attributes.owner);
    }

    fn members(&mut self, members: &'a Named<PropertySpec>, path: &str) {
        self.scopes.enter();
        for (name, property) in members.iter() {
            self.property(property, &join(path, name));
            if self.scopes.is_outermost() {
                for multiplied in self.multiplied.iter().filter(|other| other.property == name) {
                    if let Some(problem) = multiplied.check(property, &mut self.scopes)
                        && self.visit.is_sound(&problem.path)
                    {
                        self.visit.report(problem);
                    }
                }
            }
            self.scopes.add(name, property);
        }
        self.scopes.leave();
    }

    fn refuse(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        if self.visit.is_sound(path) {
            self.visit.report(Problem::error(path, message).help(help));
        }
    }

    fn property(&mut self, property: &'a PropertySpec, path: &str) {
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
        self.place(property, path);
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
        if let Some(cart) = &property.cart {
            self.cart(cart, &path_of("cart"));
        }
        if let Some(conditions) = &property.when {
            for (name, _) in &conditions.0 {
                self.condition(name, &join(&path_of("when"), name));
            }
        }
        if let Some(currency) = &property.currency {
            self.currency(currency, property, generator, path);
        }
        if property.formula.is_some() || property.sum.is_some() {
            self.formula(property, &path_of(generator));
        }
        if let Some(object) = &property.object {
            self.members(object, &path_of("object"));
        }
    }

    /// Refuses what only events have, or only a whole property of theirs.
    fn place(&mut self, property: &PropertySpec, path: &str) {
        if self.scopes.carrier != AttributeCarrier::Event {
            let help = "give it to the events that are to be counted";
            for (key, is_given) in
                [("counter", property.counter.is_some()), ("cart", property.cart.is_some())]
            {
                if is_given {
                    self.refuse(&join(path, key), "there are no events here", help);
                }
            }
        }
        if property.field && !self.scopes.is_outermost() {
            let help = "give it to the whole property";
            self.refuse(&join(path, "field"), "a part of a property is no field", help);
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
        if let Some(law) = property.log_normal.as_ref().or(property.weibull.as_ref())
            && law.quantiles().count() != 1
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

    fn list(&mut self, list: &'a ListSpec, path: &str) {
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

    fn by(&mut self, by: &'a BySpec, path: &str) {
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
        let deciding = self.scopes.carrier.deciding_fields();
        let is_other_field = |field: Field| !deciding.contains(&field) && field.name() == name;
        if !self.scopes.is_property(name) && Field::ALL.into_iter().any(is_other_field) {
            let mut names: Vec<&str> = deciding.iter().map(|field| field.name()).collect();
            names.push("an earlier property");
            let help = format!("name {}, or an attribute such as user.country", names.join(", "));
            self.refuse(path, format!("nothing here can depend on `{name}`"), help);
        } else if let Some((message, help)) = self.scopes.wrong_reference(name) {
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
        if let Some((message, help)) = self.scopes.wrong_reference(currency) {
            let help = format!("{help}, or the code of a currency such as EUR");
            self.refuse(&path_of_key, message, help);
        }
    }

    /// Refuses names in a template that nothing before it has.
    fn references(&mut self, text: &str, path: &str) {
        for part in template_parts(text).unwrap_or_default() {
            if let TemplatePart::Name(name) = part
                && let Some((message, help)) = self.scopes.wrong_reference(&name)
            {
                self.visit.report(Problem::error(path, message).help(help));
            }
        }
    }

    fn formula(&mut self, property: &PropertySpec, path: &str) {
        match self.scopes.range_of_formula(property) {
            Ok(Some(range)) => self.scopes.add_result(property, range),
            Ok(None) => {}
            Err((message, help)) => self.refuse(path, message, help),
        }
    }

    /// Refuses a cart of what no events carry.
    fn cart(&mut self, cart: &CartSpec, path: &str) {
        let mut refusals = Vec::new();
        let path_of = |key: &str| join(path, key);
        match self.scopes.events.get(&cart.of).map(|event| &event.properties) {
            Some(properties) if has_cart(properties) => refusals.push((
                path_of("of"),
                format!("a `{}` has a cart of its own", cart.of),
                "a cart holds what events without one carry".to_owned(),
            )),
            Some(properties) if !properties.is_empty() => {
                let names = || properties.iter().map(|(name, _)| name);
                for (index, name) in cart.take.iter().enumerate() {
                    if properties.get(name).is_none() {
                        let message = format!("a `{}` has no property `{name}`", cart.of);
                        let help = match nearest(name, names()) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
                        };
                        refusals.push((format!("{}[{index}]", path_of("take")), message, help));
                    }
                }
            }
            _ => {
                let carry = self.scopes.events.iter().map(|(name, _)| name);
                let is_type = self.types.contains(&cart.of.as_str());
                let help = match nearest(&cart.of, carry).filter(|_| !is_type) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("give it properties: `events: {{ {}: ... }}`", cart.of),
                };
                let message = format!("no event `{}` carries properties", cart.of);
                refusals.push((path_of("of"), message, help));
            }
        }
        if let Some(name) = &cart.emptied_by
            && let Some(problem) = unknown_type(name, &path_of("emptied_by"), &self.types)
        {
            self.visit.report(problem);
        }
        for (path, message, help) in refusals {
            self.refuse(&path, message, help);
        }
    }
}

/// The generators of numbers that can have digits after the point.
const DECIMAL: [&str; 7] =
    ["uniform", "normal", "log_normal", "weibull", "exponential", "formula", "sum"];
