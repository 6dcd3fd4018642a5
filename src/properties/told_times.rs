//! Which values tell when their event happened.

use crate::event::Field;
use crate::scenario::events::Moment;

use super::generator::{Generator, Property, TextPiece, ValueReference};

impl Property {
    /// True if it has a cart whose entries depend on when they were put there.
    pub(super) fn tells_times_of_cart(&self) -> bool {
        match &self.generator {
            Generator::Cart(cart) => cart.event.properties.iter().any(Self::tells_time),
            generator => generator.parts().iter().any(Self::tells_times_of_cart),
        }
    }

    /// True if a value depends on the time of its event.
    fn tells_time(&self) -> bool {
        self.conditions.iter().any(|condition| is_of_time(condition.of))
            || self.generator.tells_time()
    }
}

impl Generator {
    fn tells_time(&self) -> bool {
        let is_own = match self {
            Self::DateTime { from, to, .. } => {
                [from, to].into_iter().any(|moment| matches!(moment, Moment::After(_)))
            }
            Self::Text(pieces) => {
                let mut values = pieces.iter();
                values.any(|piece| matches!(piece, TextPiece::Value(of) if is_of_time(*of)))
            }
            Self::By { of, .. } | Self::Money { currency: of, .. } => is_of_time(*of),
            _ => false,
        };
        is_own || self.parts().iter().any(Property::tells_time)
    }
}

/// True for fields that have the time in them, as the ids of events do.
fn is_of_time(of: ValueReference) -> bool {
    matches!(of, ValueReference::Field(Field::EventTime | Field::EventId))
}
