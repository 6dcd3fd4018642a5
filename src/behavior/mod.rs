//! Behavior: what happens in a session, and how long until the user is back.
//!
//! A scenario says how events are mixed and which ranges every session keeps; a [`Calibration`] is the
//! distributions that meet both. A scenario with a flow says instead where sessions go from page to page, and a
//! [`Flow`] is that chain. A [`Behavior`] has either as samplers, and a [`Planner`] draws a whole session from
//! it: first what happens, then when.

mod actions;
mod bound_actions;
mod bound_events;
mod browsing;
mod calibration;
mod expected_views;
mod feasibility;
mod flow;
mod journeys;
mod mix;
mod pace;
mod page_count;
mod random_pages;
mod sample;
mod samplers;
mod session;
mod time_shape;
mod timing;

pub(crate) use browsing::Browsing;
pub(crate) use calibration::Calibration;
pub(crate) use flow::{Flow, FlowNames, FlowStep, Goal};
pub(crate) use journeys::JourneyPath;
pub(crate) use pace::Pace;
#[cfg(test)]
pub(crate) use sample::SampleSize;
pub(crate) use sample::{ROUGH, SampledSession, THOROUGH, mean, sample};
pub(crate) use samplers::{Behavior, Conduct};
pub(crate) use session::{Plan, Planner, Step};
