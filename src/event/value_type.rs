//! The types that values of events have, for forms of a timeline whose columns are typed.

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde_json::Value;

/// The type of a value, which may also be missing or null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Nothing but null.
    Null,
    /// A flag.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A number that can have a fraction.
    Number,
    /// A number with at most so many digits after the point, which are exact.
    Decimal(u8),
    /// A text.
    Text,
    /// A text that is a time, in RFC 3339 with milliseconds and `Z`.
    DateTime,
    /// A text that is a date, as `2026-11-26`.
    Date,
    /// A list of values of one type.
    List(Box<Self>),
    /// An object with members of these names.
    Object(IndexMap<String, Self>),
    /// Values that have no type in common.
    Any,
}

impl ValueType {
    /// The type of a value of JSON.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_i64() => Self::Integer,
            Value::Number(number) if number.is_f64() => Self::Number,
            // Whole numbers beyond 64 bits with a sign.
            Value::Number(_) => Self::Any,
            Value::String(_) => Self::Text,
            Value::Array(entries) => {
                Self::List(Box::new(Self::of_all(entries.iter().map(Self::of))))
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), Self::of(value)));
                Self::Object(members.collect())
            }
        }
    }

    /// The type of values each of which is of one of some types.
    pub fn of_all(types: impl IntoIterator<Item = Self>) -> Self {
        types.into_iter().fold(Self::Null, Self::or)
    }

    /// The narrowest type that has the values of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::Decimal(one), Self::Decimal(other)) => Self::Decimal(one.max(other)),
            (one, other) if one.is_number() && other.is_number() => Self::Number,
            (one, other) if one.is_text() && other.is_text() => Self::Text,
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.or(*other))),
            (Self::Object(mut members), Self::Object(others)) => {
                for (name, value) in others {
                    add_member(&mut members, name, value);
                }
                Self::Object(members)
            }
            _ => Self::Any,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Decimal(_))
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::DateTime | Self::Date)
    }
}

/// Adds a member to those of an object, which may have it already.
pub(crate) fn add_member(
    members: &mut IndexMap<String, ValueType>,
    name: String,
    value: ValueType,
) {
    match members.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(value);
        }
        Entry::Occupied(mut entry) => {
            let known = std::mem::replace(entry.get_mut(), ValueType::Null);
            *entry.get_mut() = known.or(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_have_the_narrowest_type_in_common() {
        let of = |value: Value| match value {
            Value::Array(values) => ValueType::of_all(values.iter().map(ValueType::of)),
            _ => unreachable!(),
        };
        assert_eq!(of(json!([1, null, 2])), ValueType::Integer);
        assert_eq!(of(json!([1, 2.5])), ValueType::Number);
        assert_eq!(of(json!([1, "a"])), ValueType::Any);
        assert_eq!(of(json!([u64::MAX, 1])), ValueType::Any);
        assert_eq!(of(json!([[], [1]])), ValueType::List(Box::new(ValueType::Integer)));
        let members = [("a".to_owned(), ValueType::Any), ("b".to_owned(), ValueType::Boolean)];
        assert_eq!(of(json!([{"a": 1}, {"b": true, "a": []}])), ValueType::Object(members.into()));
        assert_eq!(ValueType::Decimal(2).or(ValueType::Decimal(3)), ValueType::Decimal(3));
        assert_eq!(ValueType::Decimal(2).or(ValueType::Integer), ValueType::Number);
        assert_eq!(ValueType::Date.or(ValueType::DateTime), ValueType::Text);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f32>().prop_map(|number| json!(number)),
            "[a-c]".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_common_type_does_not_depend_on_the_order(a in value(), b in value(), c in value()) {
            let [a, b, c] = [a, b, c].map(|value| ValueType::of(&value));
            let join = |types: [&ValueType; 3]| ValueType::of_all(types.into_iter().cloned());
            prop_assert_eq!(join([&a, &b, &c]), join([&c, &a, &b]));
            prop_assert_eq!(join([&a, &a, &b]), a.or(b));
        }
    }
}
