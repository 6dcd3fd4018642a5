//! The keys of how people behave, which personas may have of their own.

use serde::Serialize;

use super::distributions::{FirstStarts, PageCountShape};
use super::key_rows::keys;
use super::kinds::{
    Decimal, NAME, NameList, OneOf, Optional, Required, SECONDS, SHARE, ShareList, Whole,
};
use super::section::{Keys, Section};

keys! {
    /// The `user_behavior` section: the ranges that every session keeps.
    pub struct UserBehavior {
        /// The shortest session.
        session_duration_min: f64 = 60.0, SECONDS;
        /// The longest session.
        session_duration_max: f64 = 600.0, SECONDS;
        /// The fewest pages in a session.
        pages_per_session_min: u32 = 3, PAGES_PER_SESSION;
        /// The most pages in a session.
        pages_per_session_max: u32 = 15, PAGES_PER_SESSION;
        /// The shortest time from a page's visit to its exit.
        time_per_page_min: f64 = 10.0, SECONDS;
        /// The longest time from a page's visit to its exit.
        time_per_page_max: f64 = 120.0, SECONDS;
        /// The fewest actions on a page, such as clicks.
        clicks_per_page_min: u32 = 0, CLICKS_PER_PAGE;
        /// The most actions on a page.
        clicks_per_page_max: u32 = 8, CLICKS_PER_PAGE;
        /// The shortest time until the same user comes back, one millisecond at least.
        time_between_sessions_min: f64 = 10.0, SECONDS;
        /// The longest time until the same user comes back.
        time_between_sessions_max: f64 = 60.0, SECONDS;
    }
}

keys! {
    /// One entry of `user_journeys`: a path that a share of the sessions takes.
    pub struct Journey {
        /// The name, unique. Without one a journey is called after its path, as `home_products` (`_2`
        /// follows where that is taken), or `random`.
        #[serde(skip_serializing_if = "String::is_empty")]
        name: String = String::new(), Optional(NAME);
        /// The share of the sessions that take it.
        probability: f64 = 1.0, Required { kind: SHARE, example: "0.25" };
        /// The session's first pages, in order; they need not be among `pages`. Empty: random browsing.
        path: Vec<String> = Vec::new(),
            NameList { item: NAME, least: 0, is_unique: false };
        /// The probability to go on at each step of the path but the last; those who do not browse on at random. A
        /// session then has as many pages as steps at least, where without it a short one ends on the path.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        r#continue: Vec<f64> = Vec::new(), ShareList;
        /// The buttons that 70 % of the clicks on the path's pages go to.
        likely_clicks: Vec<String> = Vec::new(),
            NameList { item: NAME, least: 0, is_unique: false };
    }
}

keys! {
    /// The `distributions` section: shapes as those of real sites.
    pub struct Distributions {
        /// The shape of the number of pages in a session. Range and mean are kept either way;
        /// `heavy_tailed` has many sessions of the fewest pages and a few very long ones.
        pages_per_session: PageCountShape = PageCountShape::Geometric, OneOf(&PageCountShape::WORDS);
        /// The exponent of Zipf's law by which `pages` are popular, in their order; 0 is all alike.
        page_popularity: f64 = 0.0, Decimal { min: 0.0, max: 3.0, unit: "" };
        /// The median of the time on a page, which is then log-normal within its range; 0: uniform.
        time_per_page_median: f64 = 0.0, SECONDS;
        /// The time on a page below which nine of ten are, before the range cuts.
        time_per_page_p90: f64 = 0.0, SECONDS;
        /// The median of the time until the same user comes back, likewise; 0: uniform.
        time_between_sessions_median: f64 = 0.0, SECONDS;
        /// The time until the same user comes back below which nine of ten are, before the range cuts.
        time_between_sessions_p90: f64 = 0.0, SECONDS;
        /// When users first come: within `ramp_up_seconds`, or `stationary`, as if the site had always
        /// been there, so that sessions start at an even rate from the beginning on.
        first_starts: FirstStarts = FirstStarts::RampUp, OneOf(&FirstStarts::WORDS);
    }
}

const PAGES_PER_SESSION: Whole<u32> = Whole(1, 10_000);
const CLICKS_PER_PAGE: Whole<u32> = Whole(0, 10_000);
