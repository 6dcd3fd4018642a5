//! The check of properties that experiments multiply.

use super::exact_number::ExactNumber;
use super::formula::Operator;
use super::number_range::{NoRange, NumberRange, decimals_of};
use super::scopes::Scopes;
use super::sources::ValueSource;
use super::specs::PropertySpec;
use crate::scenario::experiments::Experiment;
use crate::scenario::keys::Scenario;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;

/// A property that an experiment multiplies.
#[derive(Debug)]
pub(super) struct MultipliedProperty {
    pub(super) property: String,
    /// The path of one of the effects.
    path: String,
    attribute: String,
    factors: Vec<ExactNumber>,
}

/// The properties of an event that experiments multiply.
pub(super) fn multiplied(scenario: &Scenario, event_type: &str) -> Vec<MultipliedProperty> {
    let experiments = scenario.experiments.iter().enumerate();
    let of_experiment = |(place, experiment): (usize, &Experiment)| {
        let effects = experiment.property_effects(&scenario.events).into_iter();
        let effects = effects.filter(|effect| effect.event_type == event_type);
        let multiplied = effects.map(|effect| {
            let target = format!("{event_type}.{}", effect.property);
            let mut variants = experiment.properties.iter();
            let variant = variants.find(|(_, changes)| changes.get(&target).is_some());
            let variant = variant.map_or("", |(name, _)| name);
            let at = format!("experiments[{place}].properties");
            MultipliedProperty {
                property: effect.property,
                path: join(&join(&at, variant), &target),
                attribute: format!("user.{}", effect.experiment),
                factors: effect.factors.into_iter().map(|(_, factor)| factor).collect(),
            }
        });
        multiplied.collect::<Vec<_>>()
    };
    experiments.flat_map(of_experiment).collect()
}

impl MultipliedProperty {
    /// What is wrong, if the values cannot be multiplied; the range of those that come of it is known from then on.
    pub(super) fn check(
        &self,
        property: &PropertySpec,
        scopes: &mut Scopes<'_>,
    ) -> Option<Problem> {
        let Some(numbers) = numbers(property) else {
            let message =
                "only numbers of a distribution, a formula or a sum can be multiplied exactly";
            let help = format!(
                "let the property depend on the variant: `by: {{ of: {}, values: ... }}`",
                self.attribute
            );
            return Some(Problem::error(&*self.path, message).help(help));
        };
        for number in numbers {
            match self.range(number, scopes) {
                Ok(range) => scopes.add_result(number, range),
                Err(NoRange::TooLarge) => {
                    let message = "the values could have more than 15 digits then";
                    let help = "make the effect smaller, or give the property a smaller `max`";
                    return Some(Problem::error(&*self.path, message).help(help));
                }
                // What else is wrong is said of the property.
                Err(NoRange::NotANumber | NoRange::Unknown) => {}
            }
        }
        None
    }

    fn range(&self, number: &PropertySpec, scopes: &Scopes<'_>) -> Result<NumberRange, NoRange> {
        let range = match scopes.result(number) {
            Some(range) => range,
            None => NumberRange::of_source(ValueSource::Generator(number))?,
        };
        let mut all = range;
        for factor in &self.factors {
            let product =
                NumberRange::combined(Operator::Multiply, range, NumberRange::of(*factor))?;
            all = all.with(product.rounded(decimals_of(number))?)?;
        }
        Ok(all)
    }
}

/// The numbers that a property can be; none if it can be something else that is there.
fn numbers(property: &PropertySpec) -> Option<Vec<&PropertySpec>> {
    if let Some(by) = &property.by {
        let cases = by.cases().map(|(_, case)| numbers(case));
        return Some(cases.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect());
    }
    let is_number = property.law().is_some()
        || property.uniform.is_some()
        || property.formula.is_some()
        || property.sum.is_some();
    is_number.then(|| vec![property])
}
