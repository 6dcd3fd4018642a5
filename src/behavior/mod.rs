//! Behavior: what happens in a session, and how long until the user is back.
//!
//! A scenario says how events are mixed and which ranges every session keeps; a [`Calibration`] is the
//! distributions that meet both. A [`Behavior`] has them as samplers, and a [`Planner`] draws a whole
//! session from it: first what happens, then when.

mod actions;
mod calibration;
mod feasibility;
mod journeys;
mod mix;
mod pace;
mod random_pages;
mod sample;
mod samplers;
mod session;
mod timing;

pub(crate) use calibration::Calibration;
pub(crate) use journeys::JourneyPath;
pub(crate) use pace::Pace;
pub(crate) use sample::{ROUGH, SampledSession, THOROUGH, mean, sample};
pub(crate) use samplers::Behavior;
pub(crate) use session::{Planner, Step};
