//! A deterministic discrete-event simulator of web users: one scenario and one seed give one timeline of
//! analytics events, the same on every machine, for ever. And since the simulator knows what happened, it
//! also knows what an analytics pipeline must report.
//!
//! This library is for tests of pipelines written in Rust; the program `event-simulator` is made of it.
//!
//! # Simulate
//!
//! A [`Scenario`] is what the user wrote. Compiled, it is a [`Model`], checked and calibrated; a model and
//! a seed give a [`Simulation`], which is an iterator over the [`Event`]s in order of time.
//!
//! ```
//! use event_simulator::{Scenario, event_type};
//!
//! let scenario = Scenario::from_yaml("simulation: { num_users: 3, duration_seconds: 60 }")?;
//! let model = scenario.compile()?;
//! let visits = model.simulate(7).filter(|event| event.event_type == event_type::PAGE_VISITED);
//! assert_eq!(visits.count(), 12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Snapshot a pipeline
//!
//! The same events come from the same seed, so what a pipeline makes of them can be kept in the test, here
//! by [insta](https://insta.rs). `examples/snapshot_test.rs` is a whole one.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use event_simulator::{Event, Scenario};
//!
//! /// The pipeline under test.
//! fn clicks_by_button(events: impl Iterator<Item = Event>) -> BTreeMap<String, u32> {
//!     let mut clicks = BTreeMap::new();
//!     for button in events.filter_map(|event| event.button_id) {
//!         *clicks.entry(button).or_default() += 1;
//!     }
//!     clicks
//! }
//!
//! let yaml = "{ buttons: [buy, share], user_journeys: [{ name: any, probability: 1 }] }";
//! let scenario = Scenario::from_yaml(yaml)?;
//! let clicks = clicks_by_button(scenario.compile()?.simulate(7).take(500));
//! insta::assert_debug_snapshot!(clicks, @r#"
//! {
//!     "buy": 64,
//!     "share": 69,
//! }
//! "#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Know what is right
//!
//! [`expectations::Expectations`] observes the same events and gives the true tables, so that no expected
//! value need be written down and any seed will do, here drawn by
//! [proptest](https://docs.rs/proptest). `examples/property_test.rs` is a whole one.
//!
//! ```
//! use std::collections::HashSet;
//!
//! use event_simulator::{Event, Scenario, expectations::Expectations};
//! use proptest::prelude::*;
//!
//! /// The pipeline under test.
//! fn active_users(events: &[Event]) -> u64 {
//!     events.iter().map(|event| &event.user_id).collect::<HashSet<_>>().len() as u64
//! }
//!
//! let model = Scenario::default().compile()?;
//! proptest!(ProptestConfig::with_cases(16), |(seed: u64)| {
//!     let events: Vec<Event> = model.simulate(seed).collect();
//!     let mut truth = Expectations::new();
//!     for event in &events {
//!         truth.observe(&event.into())?;
//!     }
//!     prop_assert_eq!(active_users(&events), truth.finish().users_active[0].users);
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! Data flows one way, and each module knows only those before it:
//!
//! | module | what it is about |
//! |---|---|
//! | [`digest`], [`interner`], [`time`], [`quantity`], [`printable`], [`page_ways`] | what everything else is made of |
//! | [`event`] | the event, the table of its fields, the built-in types, ids |
//! | `random` | RNG streams and samplers |
//! | [`scenario`] | the YAML file: one table of keys, one reader, every problem at once |
//! | `properties` | what events carry |
//! | `behavior`, `population` | one session; the users and when they come |
//! | `faults` | what becomes of events on their way |
//! | [`model`] | a scenario compiled |
//! | [`wire`] | codecs: events to bytes and back |
//! | [`simulation`] | the virtual clock over a queue of what is due |
//! | [`deliveries`] | what arrives of what happened, and the ledger of what differs |
//! | [`policy`] | what counts of what arrives |
//! | [`expectations`] | the tables that a pipeline must report |
//! | [`forecast`] | means, mix and totals in closed form |
//!
//! This library is pure: no files, threads, sockets, clock or environment. What touches the world stands in
//! crates of their own: `event-simulator-timeline` (files), `event-simulator-check` (verify, diff, minimize),
//! `event-simulator-replay` and `event-simulator-collector`.

mod behavior;
pub mod deliveries;
pub mod digest;
pub mod event;
pub mod expectations;
mod faults;
pub mod forecast;
pub mod interner;
mod millis;
pub mod model;
pub mod page_ways;
pub mod policy;
mod population;
pub mod printable;
mod properties;
pub mod quantity;
mod random;
pub mod scenario;
pub mod simulation;
#[cfg(feature = "stages")]
pub mod stages;
pub mod time;
pub mod wire;

pub use event::{Event, event_type};
pub use forecast::Forecast;
pub use model::{Model, ModelError};
pub use scenario::{MAX_USERS, Scenario};
pub use simulation::{ParseShardError, Shard, Simulation};
pub use time::{ParseTimeError, VirtualTime};
