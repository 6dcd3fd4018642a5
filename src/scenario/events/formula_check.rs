//! The check of formulas and sums: what they name are numbers, always there, and what comes of them fits.

use super::formula::{Formula, FormulaName};
use super::number_range::{NoRange, NumberRange, decimals_of};
use super::scopes::{Scopes, ValueRefusal};
use super::sources::{ValueSource, members, split_at_list};
use super::specs::PropertySpec;

/// What a name in a formula stands for.
struct NamedValue<'t, 'a> {
    sources: Vec<ValueSource<'a>>,
    /// The list that it is an entry of, or in one, with the most entries.
    list: Option<(&'t str, u32)>,
}

/// Why a formula has no range.
enum FormulaError {
    Refused(ValueRefusal),
    /// Something else is wrong, which is said elsewhere.
    Unknown,
    TooLarge,
}

impl From<NoRange> for FormulaError {
    fn from(reason: NoRange) -> Self {
        match reason {
            NoRange::TooLarge => Self::TooLarge,
            NoRange::NotANumber | NoRange::Unknown => Self::Unknown,
        }
    }
}

impl Scopes<'_> {
    /// The numbers that a formula can give, or its sums over the entries of a list; none if something else is wrong.
    ///
    /// # Errors
    /// What is wrong with it, and the cure.
    pub(super) fn range_of_formula(
        &self,
        property: &PropertySpec,
    ) -> Result<Option<NumberRange>, ValueRefusal> {
        match self.range(property) {
            Ok(range) => Ok(Some(range)),
            Err(FormulaError::Unknown) => Ok(None),
            Err(FormulaError::Refused(refusal)) => Err(refusal),
            Err(FormulaError::TooLarge) => {
                let message = "its result can have more than 15 digits with those after the point";
                let help = "give the numbers in it a smaller `max`, or the result fewer decimals";
                Err((message.to_owned(), help.to_owned()))
            }
        }
    }

    fn range(&self, property: &PropertySpec) -> Result<NumberRange, FormulaError> {
        let text = property.sum.as_ref().or(property.formula.as_ref());
        // A text that is no formula is refused where it is read.
        let formula = text.and_then(|text| Formula::parse(text).ok());
        let formula = formula.ok_or(FormulaError::Unknown)?;
        let mut operands = Vec::new();
        for name in formula.values() {
            let operand = self.operand(&name.name, property.sum.is_some());
            operands.push((name, operand.map_err(FormulaError::Refused)?));
        }
        let most = property.sum.is_some().then(|| most_entries(&operands)).transpose()?;
        let value = |name: &FormulaName| {
            let operand = operands.iter().find(|(known, _)| *known == name);
            self.range_of_operand(name, operand.map_or(&[], |(_, operand)| &operand.sources))
        };
        let combine = |operator, left, right| Ok(NumberRange::combined(operator, left, right)?);
        let mut range = formula.evaluate(&NumberRange::of, &value, &combine)?;
        if let Some(most) = most {
            range = range.summed(most)?;
        }
        if property.decimals.is_none() && property.currency.is_none() && range.decimals() > 0 {
            let message = format!("it can have {} digits after the point", range.decimals());
            let digits = range.decimals().min(PropertySpec::MOST_DECIMALS);
            let help = format!("add `decimals: {digits}`, or fewer to round, or a `currency`");
            return Err(FormulaError::Refused((message, help)));
        }
        Ok(range.rounded(decimals_of(property))?)
    }

    fn operand<'n>(&self, name: &'n str, is_sum: bool) -> Result<NamedValue<'n, '_>, ValueRefusal> {
        let list = split_at_list(name, |name| self.property(name)).filter(|_| is_sum);
        let Some((list, path)) = list else {
            return Ok(NamedValue { sources: self.referred(name)?, list: None });
        };
        let (mut entries, mut most) = (Vec::new(), 0);
        for source in self.referred(list)? {
            if let Some((sources, count)) = source.entries(self.events) {
                entries.extend(sources);
                most = most.max(count);
            }
        }
        // Of a cart without events nothing is known, which is said elsewhere.
        let sources = if entries.is_empty() { Some(Vec::new()) } else { members(entries, &path) };
        let sources = sources.ok_or_else(|| {
            let message = format!("no entry of `{list}` has a member `{}`", path.join("."));
            (message, "name one that the entries have".to_owned())
        })?;
        Ok(NamedValue { sources, list: Some((list, most)) })
    }

    fn range_of_operand(
        &self,
        name: &FormulaName,
        sources: &[ValueSource<'_>],
    ) -> Result<NumberRange, FormulaError> {
        let mut range = name.otherwise.map(NumberRange::of);
        for source in sources {
            let found = match source {
                ValueSource::Nothing if name.otherwise.is_some() => continue,
                ValueSource::Nothing => return Err(can_be_absent(&name.name)),
                // What an experiment multiplies has a range of its own, too.
                ValueSource::Generator(property)
                    if property.sum.is_some()
                        || property.formula.is_some()
                        || self.result(property).is_some() =>
                {
                    self.result(property).ok_or(NoRange::Unknown)
                }
                source => NumberRange::of_source(*source),
            };
            let found = match found {
                Err(NoRange::NotANumber) => return Err(not_a_number(&name.name)),
                found => found?,
            };
            range = Some(match range {
                Some(range) => range.with(found)?,
                None => found,
            });
        }
        range.ok_or(FormulaError::Unknown)
    }
}

/// The most entries of the one list that operands name.
fn most_entries(operands: &[(&FormulaName, NamedValue<'_, '_>)]) -> Result<u32, FormulaError> {
    let mut lists = operands.iter().filter_map(|(_, operand)| operand.list);
    let Some((first, most)) = lists.next() else {
        let help = "such as `items.price * items.quantity`, or write `formula`".to_owned();
        return Err(FormulaError::Refused(("it names no list to sum over".to_owned(), help)));
    };
    if let Some((other, _)) = lists.find(|(name, _)| *name != first) {
        let message = format!("it sums over two lists, `{first}` and `{other}`");
        let help = "sum over each, and add the sums in a `formula`".to_owned();
        return Err(FormulaError::Refused((message, help)));
    }
    Ok(most)
}

fn can_be_absent(name: &str) -> FormulaError {
    let message = format!("`{name}` can be missing or null");
    let help = format!("say what it is then, such as `({name} or 0)`");
    FormulaError::Refused((message, help))
}

fn not_a_number(name: &str) -> FormulaError {
    let message = format!("`{name}` is not always a number");
    let help = "name one that a generator of numbers gives".to_owned();
    FormulaError::Refused((message, help))
}
