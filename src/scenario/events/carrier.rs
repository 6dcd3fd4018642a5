//! What carries values, and so to which fields they can refer.

use crate::event::Field;

/// What carries the values that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeCarrier {
    User,
    Device,
    Session,
    Event,
}

impl AttributeCarrier {
    pub(super) const OWNERS: [Self; 3] = [Self::User, Self::Device, Self::Session];

    /// The fields that a text can hold.
    pub(super) fn fields(self) -> Vec<Field> {
        match self {
            Self::User | Self::Device => vec![Field::UserId],
            Self::Session => vec![Field::UserId, Field::SessionId],
            Self::Event => Field::ALL.into_iter().filter(|field| *field != Field::Props).collect(),
        }
    }

    /// The fields on which a value can depend.
    pub(super) fn deciding_fields(self) -> &'static [Field] {
        match self {
            Self::Event => &[Field::PagePath, Field::ButtonId],
            _ => &[],
        }
    }
}
