//! What arrives of what happened: each event with its arrival time, late, lost, doubled and damaged as the scenario's
//! faults say, in the order of arrival; and the ledger, one line for each thing that a fault did.
//!
//! The timeline is what it is without faults. From it and the ledger follow the deliveries, and from the deliveries and
//! the ledger the timeline.
//!
//! ```text
//! body -> clock, damage, edits, additions -> planner -> again -> stream
//! marks -> hits, ledger, delivery ---------/   bots ---/  write
//! ```

mod additions;
mod again;
mod body;
mod bots;
mod clock;
mod damage;
mod delivery;
mod edits;
mod hits;
mod ledger;
mod marks;
mod planner;
mod stream;
mod write;

pub use delivery::Delivery;
pub use stream::Deliveries;
pub use write::{DELIVERY_ID, DeliveryWriter};
