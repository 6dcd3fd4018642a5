//! Why a text is not an event.

use super::scan::ScanError;

/// Why a text is not an event of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The text is no JSON object.
    #[error(transparent)]
    Json(#[from] ScanError),
    /// It does not say what kind of event it is.
    #[error("{name:?} is missing or says nothing that {format} knows")]
    Kind {
        /// The member.
        name: &'static str,
        /// The format.
        format: &'static str,
    },
    /// A member has a wrong value.
    #[error("{name:?}: {reason}")]
    Member {
        /// The member.
        name: &'static str,
        /// The reason.
        reason: String,
    },
    /// It does not say whose event it is.
    #[error("there is neither a user id nor an anonymous id")]
    Nobody,
}
