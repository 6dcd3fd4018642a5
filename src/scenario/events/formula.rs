//! Formulas: arithmetic over numbers and names.

use serde_json::json;

use super::exact_number::ExactNumber;
use crate::scenario::kinds::Text;

/// The text of a formula.
pub(super) const FORMULA: Text = Text {
    check: |text| Formula::parse(text).map(drop),
    limits: "numbers, names, `+`, `-`, `*`, parentheses",
    schema: || json!({ "minLength": 1, "maxLength": MOST_CHARS }),
};

const MOST_CHARS: usize = 1_000;
/// The most parentheses within one another.
const MOST_DEPTH: usize = 50;

/// A formula over values that it names by an `R`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Formula<R> {
    /// A number that stands in it.
    Number(ExactNumber),
    /// A value.
    Value(R),
    /// Two formulas, and what is done with their results.
    Binary(Operator, Box<[Self; 2]>),
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
}

/// The name of a value in a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormulaName {
    pub(crate) name: String,
    /// The number that it is where it is missing or null.
    pub(crate) otherwise: Option<ExactNumber>,
}

impl Operator {
    /// The result for two exact numbers, if it fits.
    #[inline]
    pub(crate) fn apply(self, left: ExactNumber, right: ExactNumber) -> Option<ExactNumber> {
        match self {
            Self::Add => left.add(right),
            Self::Subtract => left.subtract(right),
            Self::Multiply => left.multiply(right),
        }
    }
}

impl<R> Formula<R> {
    /// The result, by that of each value and the way in which two results are put together.
    pub(crate) fn evaluate<V, E>(
        &self,
        number: &impl Fn(ExactNumber) -> V,
        value: &impl Fn(&R) -> Result<V, E>,
        combine: &impl Fn(Operator, V, V) -> Result<V, E>,
    ) -> Result<V, E> {
        match self {
            Self::Number(exact) => Ok(number(*exact)),
            Self::Value(name) => value(name),
            Self::Binary(operator, sides) => {
                let left = sides[0].evaluate(number, value, combine)?;
                combine(*operator, left, sides[1].evaluate(number, value, combine)?)
            }
        }
    }

    /// The same formula over other values.
    pub(crate) fn map<S>(&self, to: &mut impl FnMut(&R) -> S) -> Formula<S> {
        match self {
            Self::Number(exact) => Formula::Number(*exact),
            Self::Value(name) => Formula::Value(to(name)),
            Self::Binary(operator, sides) => {
                let sides = Box::new([sides[0].map(to), sides[1].map(to)]);
                Formula::Binary(*operator, sides)
            }
        }
    }

    /// The values, from left to right.
    pub(crate) fn values(&self) -> Vec<&R> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Value(name) => vec![name],
            Self::Binary(_, sides) => sides.iter().flat_map(Self::values).collect(),
        }
    }
}

impl Formula<FormulaName> {
    /// The formula of a text such as `price * quantity - (discount or 0)`.
    ///
    /// # Errors
    /// What was expected, and the column where it is not.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MOST_CHARS {
            return Err(format!("expected a formula of at most {MOST_CHARS} characters"));
        }
        let mut parser = FormulaParser { text, at: 0, depth: 0 };
        let formula = parser.sum()?;
        parser.skip_space();
        if parser.at == text.len() {
            Ok(formula)
        } else {
            Err(parser.expected("`+`, `-`, `*` or the end"))
        }
    }
}

/// A recursive-descent parser: a sum of products of factors.
struct FormulaParser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

type NamedFormula = Formula<FormulaName>;

impl<'a> FormulaParser<'a> {
    fn sum(&mut self) -> Result<NamedFormula, String> {
        let mut sum = self.product()?;
        loop {
            let operator = match self.next_is("+") {
                true => Operator::Add,
                false if self.next_is("-") => Operator::Subtract,
                false => return Ok(sum),
            };
            sum = Formula::Binary(operator, Box::new([sum, self.product()?]));
        }
    }

    fn product(&mut self) -> Result<NamedFormula, String> {
        let mut product = self.factor()?;
        while self.next_is("*") {
            product = Formula::Binary(Operator::Multiply, Box::new([product, self.factor()?]));
        }
        Ok(product)
    }

    fn factor(&mut self) -> Result<NamedFormula, String> {
        if self.next_is("-") {
            return self.nested(|parser| {
                let zero = Formula::Number(ExactNumber::ZERO);
                Ok(Formula::Binary(Operator::Subtract, Box::new([zero, parser.factor()?])))
            });
        }
        if self.next_is("(") {
            return self.nested(|parser| {
                let sum = parser.sum()?;
                if parser.next_is(")") { Ok(sum) } else { Err(parser.expected("`)`")) }
            });
        }
        self.skip_space();
        match self.rest().chars().next() {
            Some('0'..='9') => self.number().map(Formula::Number),
            Some('`') => {
                let Some((name, _)) = self.rest()[1..].split_once('`') else {
                    return Err(self.expected("a second `` ` ``"));
                };
                self.at += name.len() + 2;
                self.value(name)
            }
            Some(first) if first.is_alphabetic() || first == '_' => {
                let name = self.word();
                self.value(name)
            }
            _ => Err(self.expected("a number, a name or `(`")),
        }
    }

    fn value(&mut self, name: &str) -> Result<NamedFormula, String> {
        let before = self.at;
        self.skip_space();
        let otherwise = if self.word() == "or" {
            self.skip_space();
            Some(self.number()?)
        } else {
            self.at = before;
            None
        };
        Ok(Formula::Value(FormulaName { name: name.to_owned(), otherwise }))
    }

    fn number(&mut self) -> Result<ExactNumber, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Some(number) = ExactNumber::parse(&rest.as_bytes()[..end]) else {
            return Err(self.expected("a number such as 0.19"));
        };
        self.at += end;
        Ok(number)
    }

    /// What goes on as a name, possibly nothing.
    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn nested(
        &mut self,
        within: impl FnOnce(&mut Self) -> Result<NamedFormula, String>,
    ) -> Result<NamedFormula, String> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.expected("fewer parentheses within one another"));
        }
        let formula = within(self)?;
        self.depth -= 1;
        Ok(formula)
    }

    fn next_is(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let is_next = self.rest().starts_with(symbol);
        if is_next {
            self.at += symbol.len();
        }
        is_next
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> String {
        let column = self.text[..self.at].chars().count() + 1;
        match self.rest().chars().next() {
            Some(found) => format!("expected {what} in column {column} of it, found `{found}`"),
            None => format!("expected {what} at the end of it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn result(text: &str) -> Option<i128> {
        let formula = Formula::parse(text).unwrap();
        let number = |exact| exact;
        let value = |name: &FormulaName| match name.name.as_str() {
            "a" => Ok(ExactNumber::of_units(250, 2)),
            "b.c" => Ok(ExactNumber::of_units(3, 0)),
            _ => name.otherwise.ok_or(()),
        };
        let combine = |operator: Operator, left, right| operator.apply(left, right).ok_or(());
        formula.evaluate(&number, &value, &combine).ok()?.rounded(2)
    }

    #[test]
    fn formulas_have_their_results() {
        for (text, units) in [
            ("1", 100),
            ("a * b.c - 1", 650),
            ("a - 1 - 1", 50),
            ("-a + - -1", -150),
            ("2 * (a + `b.c`)*0.19", 209),
            ("(none or 0.5) * 2 + none or 1", 200),
            ("a*-1", -250),
        ] {
            assert_eq!(result(text), Some(units), "{text}");
        }
        assert_eq!(result("none"), None);
    }

    #[test]
    fn what_is_no_formula_is_refused_with_its_column() {
        for (text, message) in [
            ("", "expected a number, a name or `(` at the end of it"),
            ("1 +", "expected a number, a name or `(` at the end of it"),
            ("a / 2", "expected `+`, `-`, `*` or the end in column 3 of it, found `/`"),
            ("(a", "expected `)` at the end of it"),
            ("a or b", "expected a number such as 0.19 in column 6 of it, found `b`"),
            ("1.2.3", "expected a number such as 0.19 in column 1 of it, found `1`"),
            ("`a", "expected a second `` ` `` in column 1 of it, found ```"),
        ] {
            assert_eq!(Formula::parse(text), Err(message.to_owned()), "{text}");
        }
        assert!(Formula::parse(&"(".repeat(900)).is_err());
        assert!(Formula::parse(&"-".repeat(900)).is_err());
        assert!(Formula::parse(&"1+".repeat(900)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c0-9.+*() `or-]{0,30}|\\PC{0,20}") {
            let _ = Formula::parse(&text);
        }
    }
}
