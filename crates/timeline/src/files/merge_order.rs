//! The order of the lines of parts that are merged.

use std::io;
use std::path::Path;

use event_simulator::deliveries::DELIVERY_ID;
use event_simulator::wire::{Codec, JsonLines, TableForm};

use super::manifest::Manifest;
use super::tables::table_columns;

/// By what lines are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MergeOrder {
    Timeline,
    Deliveries,
    /// Of one event there may be several lines.
    Ledger,
}

impl MergeOrder {
    /// The order of the lines of a file that has this format by its manifest; none if they do not say it.
    pub(super) fn of(path: &Path, format: &str) -> io::Result<Option<Self>> {
        Ok(match format {
            JsonLines::NAME => Some(Self::Timeline),
            Manifest::DELIVERIES => Some(Self::Deliveries),
            Manifest::LEDGER => Some(Self::Ledger),
            _ if TableForm::named(format).is_some() => {
                let are_deliveries = table_columns(path)?.iter().any(|name| name == DELIVERY_ID);
                Some(if are_deliveries { Self::Deliveries } else { Self::Timeline })
            }
            _ => None,
        })
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Timeline => "event_time and user_id (session_id with an anonymous_id)",
            Self::Deliveries => "received_at and delivery_id",
            Self::Ledger => "event_id",
        }
    }
}
