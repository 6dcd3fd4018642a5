//! The compilation of numbers: distributions, formulas, sums, and what experiments multiply.

use serde_json::Value;

use crate::random::{ParameterError, QuantileTable};
use crate::scenario::PropertyEffect;
use crate::scenario::events::{Formula, PropertySpec, split_at_list};

use super::compile::{Compiler, json, label};
use super::formula::{Operand, OperandPlace};
use super::generator::{Generator, ValueReference, VariantFactors};

impl<'a> Compiler<'a> {
    /// What experiments multiply a property of the event by.
    pub(super) fn factors_of(&mut self, property: &str) -> Vec<VariantFactors> {
        let effects = self.effects;
        let on_it = |effect: &&PropertyEffect| {
            effect.event_type == self.event_type && effect.property == property
        };
        let mut all = Vec::new();
        for effect in effects.iter().filter(on_it).collect::<Vec<_>>() {
            let Some(of) = self.reference(&format!("user.{}", effect.experiment)) else { continue };
            let factors = effect.factors.iter().filter(|(_, factor)| !factor.is_one());
            let factors = factors.map(|(name, factor)| (json(&Value::from(&**name)), *factor));
            all.push(VariantFactors { of, factors: factors.collect() });
        }
        all
    }

    /// A number that can have digits after the point, times the factors of experiments.
    pub(super) fn multiplied(
        &mut self,
        spec: &'a PropertySpec,
        decimals: u32,
    ) -> Result<Option<Generator>, ParameterError> {
        let number = self.number(spec, decimals)?;
        if self.factors.is_empty() {
            return Ok(number);
        }
        let by = self.factors.clone();
        Ok(number.map(|number| Generator::Multiplied { value: Box::new(number), decimals, by }))
    }

    /// A number that can have digits after the point, with so many of them; none for other values.
    fn number(
        &mut self,
        spec: &'a PropertySpec,
        decimals: u32,
    ) -> Result<Option<Generator>, ParameterError> {
        let unit = f64::from(10_u32.pow(decimals));
        if let Some((_, law)) = spec.law() {
            let table = QuantileTable::new(&law?, unit);
            return Ok(Some(Generator::Continuous { table, decimals }));
        }
        Ok(match spec {
            PropertySpec { uniform: Some(uniform), .. } => {
                let [min, max] = [uniform.min, uniform.max].map(|at| (at * unit).round() as i64);
                let span = max.saturating_sub(min).unsigned_abs();
                Some(Generator::Uniform { min, span, decimals })
            }
            PropertySpec { formula: Some(text), .. } => {
                let formula = self.formula(text, "");
                formula.map(|formula| Generator::Formula { formula, decimals })
            }
            PropertySpec { sum: Some(text), .. } => self.sum(text, decimals),
            _ => None,
        })
    }

    fn sum(&mut self, text: &str, decimals: u32) -> Option<Generator> {
        let formula = Formula::parse(text).ok()?;
        let list = formula.values().into_iter().find_map(|name| self.list_in(&name.name))?.0;
        let ValueReference::Slot(slot) = self.reference(list)? else { return None };
        let formula = self.formula(text, list)?;
        Some(Generator::Sum { list: slot, formula, decimals })
    }

    /// The formula whose names in the entries of `list`, if there is one, are those of each entry.
    fn formula(&mut self, text: &str, list: &str) -> Option<Formula<Operand>> {
        let formula = Formula::parse(text).ok()?;
        Some(formula.map(&mut |name| {
            let in_list = self.list_in(&name.name).filter(|(found, _)| *found == list);
            let place = match in_list {
                Some((_, path)) => OperandPlace::Entry(path.into_iter().map(label).collect()),
                None => match self.reference(&name.name) {
                    Some(ValueReference::Slot(slot)) => OperandPlace::Slot(slot),
                    // A checked formula names values alone.
                    _ => OperandPlace::Entry(Vec::new()),
                },
            };
            Operand { place, otherwise: name.otherwise }
        }))
    }

    fn list_in<'n>(&self, name: &'n str) -> Option<(&'n str, Vec<&'n str>)> {
        split_at_list(name, |name| self.property_before(name).map(|(spec, _)| spec))
    }
}
