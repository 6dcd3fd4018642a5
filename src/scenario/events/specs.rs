//! The keys of the `events` section.

use serde::Serialize;
use serde_json::Value;

use super::cart::CartSpec;
use super::conditional::{CasesKind, Conditions, ConditionsKind, OfConstant, OtherwiseKind};
use super::formula::FORMULA;
use super::ids::{CounterSpec, IdSpec};
use super::named::{Named, NamedOf};
use super::pick::{PickKind, PickSpec};
use super::template::TEMPLATE;
use super::values::{
    AnyValue, Choices, ChoicesKind, IpVersion, MOMENT, MomentForm, Nested, OptionalGroup,
};
use super::word_or_group::WordOrGroup;
use crate::random::CountTable;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{
    Decimal, Flag, NAME, NameOrList, OneOf, Optional, Required, SHARE, Whole,
};
use crate::scenario::path::join;
use crate::scenario::section::{Keys, Section};

const MOST: f64 = 1e15;
/// A number that a value can have, or a bound of it.
const NUMBER: Decimal = Decimal { min: -MOST, max: MOST, unit: "" };
/// A number above 0, as far as decimals tell it.
const ABOVE_0: Decimal = Decimal { min: 1e-5, max: MOST, unit: "" };
const COUNT_MEAN: Decimal = Decimal { min: 0.0, max: CountTable::MOST_MEAN, unit: "" };
/// Most entries of a list that an event carries.
const MOST_ENTRIES: u32 = 1_000;

const fn required(example: &'static str) -> Required<Decimal> {
    Required { kind: NUMBER, example }
}

const fn above_0(example: &'static str) -> Required<Decimal> {
    Required { kind: ABOVE_0, example }
}

keys! {
    /// What the events of one type carry.
    pub struct EventSpec {
        /// The pages and journey steps, such as `shopping_flow.4`, on which alone a custom event of the mix happens,
        /// just as often as its share says; without it on any.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        on: Vec<String> = Vec::new(), NameOrList;
        /// The properties, in the order in which they are written.
        properties: Named<PropertySpec> = Named::default(), NamedOf::PROPERTIES;
    }
}

keys! {
    /// A property: one generator, and what holds for its values.
    pub struct PropertySpec {
        /// A value that is always the same: any number, text, list or mapping.
        #[serde(skip_serializing_if = "Option::is_none")]
        constant: Option<Value> = None, AnyValue;
        /// One of some texts in proportion to their weights, or of a list of any values.
        #[serde(skip_serializing_if = "Option::is_none")]
        choice: Option<Choices> = None, ChoicesKind;
        /// A number between two bounds, both included, each as likely as another.
        #[serde(skip_serializing_if = "Option::is_none")]
        uniform: Option<UniformSpec> = None, OptionalGroup;
        /// A number from a normal distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        normal: Option<NormalSpec> = None, OptionalGroup;
        /// A number from a log-normal distribution, as amounts and durations are.
        #[serde(skip_serializing_if = "Option::is_none")]
        log_normal: Option<MedianSpec> = None, OptionalGroup;
        /// A number from a Weibull distribution, as the times on pages are.
        #[serde(skip_serializing_if = "Option::is_none")]
        weibull: Option<MedianSpec> = None, OptionalGroup;
        /// A number from an exponential distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        exponential: Option<ExponentialSpec> = None, OptionalGroup;
        /// A whole number from a geometric distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        geometric: Option<GeometricSpec> = None, OptionalGroup;
        /// A whole number from a Poisson distribution.
        #[serde(skip_serializing_if = "Option::is_none")]
        poisson: Option<PoissonSpec> = None, OptionalGroup;
        /// A rank from Zipf's distribution, 1 the most frequent.
        #[serde(skip_serializing_if = "Option::is_none")]
        zipf: Option<ZipfSpec> = None, OptionalGroup;
        /// True with this probability, else false.
        #[serde(skip_serializing_if = "Option::is_none")]
        boolean: Option<f64> = None, Optional(SHARE);
        /// An id that no other event has, or no other session or user: this word, `_` and hexadecimal digits.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<IdSpec> = None, WordOrGroup;
        /// The number of the event in its session, or of the session among those of its user.
        #[serde(skip_serializing_if = "Option::is_none")]
        counter: Option<CounterSpec> = None, OptionalGroup;
        /// A moment between two others, which may be relative to the event.
        #[serde(skip_serializing_if = "Option::is_none")]
        date_time: Option<DateTimeSpec> = None, OptionalGroup;
        /// An address of the networks for documentation, which belongs to nobody.
        #[serde(skip_serializing_if = "Option::is_none")]
        ip: Option<IpVersion> = None, Optional(OneOf(&IpVersion::WORDS));
        /// A text with `{name}` for an earlier property or a field of the same event, `{{` and `}}` for braces.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String> = None, Optional(TEMPLATE);
        /// A list of values of one kind.
        #[serde(skip_serializing_if = "Option::is_none")]
        list: Option<ListSpec> = None, OptionalGroup;
        /// An object of properties.
        #[serde(skip_serializing_if = "Option::is_none")]
        object: Option<Named<PropertySpec>> = None, NamedOf::PROPERTIES;
        /// A row of a table, as an object.
        #[serde(skip_serializing_if = "Option::is_none")]
        pick: Option<PickSpec> = None, PickKind;
        /// A list of what the session's own earlier events of a type carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        cart: Option<CartSpec> = None, WordOrGroup;
        /// A number calculated exactly from earlier ones: `price * quantity - (discount or 0)`.
        #[serde(skip_serializing_if = "Option::is_none")]
        formula: Option<String> = None, Optional(FORMULA);
        /// The sum of a formula over the entries of an earlier list or cart: `items.price * items.quantity`.
        #[serde(skip_serializing_if = "Option::is_none")]
        sum: Option<String> = None, Optional(FORMULA);
        /// A value that depends on another one: on an earlier property, or on `page_path` or `button_id`.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<BySpec> = None, OptionalGroup;
        /// The digits after the point of `uniform`, `normal`, `log_normal`, `weibull`, `exponential`, `formula` and `sum`; 0 is
        /// whole numbers.
        #[serde(skip_serializing_if = "Option::is_none")]
        decimals: Option<u32> = None, Optional(Whole(0, PropertySpec::MOST_DECIMALS));
        /// A currency, or the earlier property that names it: amounts have as many digits as it has, JPY none, KWD 3.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<String> = None, Optional(NAME);
        /// The values of earlier properties, of `page_path` or `button_id` with which events have the property; null
        /// is one that is not there. Without them it is missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        when: Option<Conditions> = None, ConditionsKind;
        /// The share of events in which the value is null.
        #[serde(skip_serializing_if = "Option::is_none")]
        nullable: Option<f64> = None, Optional(SHARE);
        /// The share of events that do not have the property.
        #[serde(skip_serializing_if = "Option::is_none")]
        missing: Option<f64> = None, Optional(SHARE);
        /// The event has it as a field of its own, beside `props`.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        field: bool = false, Flag;
    }
}

impl PropertySpec {
    /// The most digits after the point: with 15 digits in all and no more than these behind the point a number
    /// has one form, in which everybody writes it.
    pub const MOST_DECIMALS: u32 = 5;

    /// The keys of generators, each with whether this property has it.
    pub(super) fn generators(&self) -> [(&'static str, bool); 23] {
        [
            ("constant", self.constant.is_some()),
            ("choice", self.choice.is_some()),
            ("uniform", self.uniform.is_some()),
            ("normal", self.normal.is_some()),
            ("log_normal", self.log_normal.is_some()),
            ("weibull", self.weibull.is_some()),
            ("exponential", self.exponential.is_some()),
            ("geometric", self.geometric.is_some()),
            ("poisson", self.poisson.is_some()),
            ("zipf", self.zipf.is_some()),
            ("boolean", self.boolean.is_some()),
            ("id", self.id.is_some()),
            ("counter", self.counter.is_some()),
            ("date_time", self.date_time.is_some()),
            ("ip", self.ip.is_some()),
            ("text", self.text.is_some()),
            ("list", self.list.is_some()),
            ("object", self.object.is_some()),
            ("pick", self.pick.is_some()),
            ("cart", self.cart.is_some()),
            ("formula", self.formula.is_some()),
            ("sum", self.sum.is_some()),
            ("by", self.by.is_some()),
        ]
    }
}

keys! {
    /// The bounds of a uniform number.
    pub struct UniformSpec {
        /// The least.
        min: f64 = 0.0, required("0");
        /// The most.
        max: f64 = 1.0, required("100");
    }
}

keys! {
    /// A normal distribution, given that it is within bounds.
    pub struct NormalSpec {
        /// The mean, without bounds.
        mean: f64 = 0.0, required("50");
        /// The standard deviation, without bounds.
        sd: f64 = 1.0, above_0("10");
        /// The least value.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<f64> = None, Optional(NUMBER);
        /// The greatest value.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64> = None, Optional(NUMBER);
    }
}

keys! {
    /// A distribution by its median and one other quantile, given that it is within bounds.
    pub struct MedianSpec {
        /// The value that half are below.
        median: f64 = 1.0, above_0("30");
        /// The value that 75 % are below.
        #[serde(skip_serializing_if = "Option::is_none")]
        p75: Option<f64> = None, Optional(ABOVE_0);
        /// The value that 90 % are below.
        #[serde(skip_serializing_if = "Option::is_none")]
        p90: Option<f64> = None, Optional(ABOVE_0);
        /// The value that 95 % are below.
        #[serde(skip_serializing_if = "Option::is_none")]
        p95: Option<f64> = None, Optional(ABOVE_0);
        /// The value that 99 % are below.
        #[serde(skip_serializing_if = "Option::is_none")]
        p99: Option<f64> = None, Optional(ABOVE_0);
        /// The least value.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<f64> = None, Optional(NUMBER);
        /// The greatest value.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64> = None, Optional(NUMBER);
    }
}

keys! {
    /// An exponential distribution, given that it is within bounds.
    pub struct ExponentialSpec {
        /// The mean, without bounds.
        mean: f64 = 1.0, above_0("5");
        /// The least value.
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<f64> = None, Optional(NUMBER);
        /// The greatest value.
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64> = None, Optional(NUMBER);
    }
}

keys! {
    /// A geometric distribution of whole numbers.
    pub struct GeometricSpec {
        /// The mean.
        mean: f64 = 1.0, Required { kind: COUNT_MEAN, example: "3" };
        /// The least number.
        min: u32 = 0, Whole(0, 1_000);
    }
}

keys! {
    /// A Poisson distribution of whole numbers.
    pub struct PoissonSpec {
        /// The mean.
        mean: f64 = 1.0, Required { kind: COUNT_MEAN, example: "3" };
    }
}

keys! {
    /// Zipf's distribution of ranks.
    pub struct ZipfSpec {
        /// The number of ranks.
        ranks: u32 = 1, Required { kind: Whole(1, 100_000), example: "1000" };
        /// The power of the rank by which its frequency falls.
        exponent: f64 = 1.0, Decimal { min: 0.0, max: 10.0, unit: "" };
    }
}

keys! {
    /// A moment between two others.
    pub struct DateTimeSpec {
        /// The earliest: a time, or a duration from the event on such as -30d.
        from: String = "0s".to_owned(), Required { kind: MOMENT, example: "-30d" };
        /// The latest.
        to: String = "0s".to_owned(), Required { kind: MOMENT, example: "0s" };
        /// The form in which it is written.
        form: MomentForm = MomentForm::DateTime, OneOf(&MomentForm::WORDS);
    }
}

keys! {
    /// A list of values of one kind.
    pub struct ListSpec {
        /// The property that each entry is.
        of: Box<PropertySpec> = Box::default(), Nested;
        /// The fewest entries.
        min: u32 = 1, Whole(0, MOST_ENTRIES);
        /// The most entries.
        max: u32 = 1, Required { kind: Whole(0, MOST_ENTRIES), example: "5" };
        /// The mean number of entries; without it each number is as likely as another.
        #[serde(skip_serializing_if = "Option::is_none")]
        mean: Option<f64> = None, Optional(COUNT_MEAN);
    }
}

keys! {
    /// A value that depends on another one.
    pub struct BySpec {
        /// The name of the other one.
        of: String = String::new(), Required { kind: NAME, example: "country" };
        /// By its value: a value, or a property with a generator of its own.
        values: Named<PropertySpec> = Named::default(), CasesKind;
        /// The same for any other value; null unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        otherwise: Option<Box<PropertySpec>> = None, OtherwiseKind;
    }
}

impl BySpec {
    /// The properties for each value and for others, each with its path.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (String, &PropertySpec)> {
        let values = self.values.iter().map(|(value, case)| (join("values", value), case));
        let otherwise = self.otherwise.iter().map(|case| ("otherwise".to_owned(), &**case));
        values.chain(otherwise)
    }
}

impl OfConstant for PropertySpec {
    fn of_constant(constant: Option<Value>) -> Self {
        Self { constant, ..Self::default() }
    }
}
