//! The longer defaults: a small web shop.

use crate::time::VirtualTime;

/// 2026-01-01T00:00:00Z: a fixed instant, so that a scenario means the same for ever.
pub(super) const START_TIME: VirtualTime = match VirtualTime::from_millis(1_767_225_600_000) {
    Some(time) => time,
    None => VirtualTime::MIN,
};

pub(super) const PAGES: [&str; 12] = [
    "/",
    "/products",
    "/products/detail",
    "/cart",
    "/checkout",
    "/blog",
    "/blog/post",
    "/pricing",
    "/signup",
    "/about",
    "/contact",
    "/search",
];

pub(super) const BUTTONS: [&str; 10] = [
    "add_to_cart",
    "checkout_btn",
    "subscribe_btn",
    "share_btn",
    "get_started_btn",
    "signup_btn",
    "contact_us_btn",
    "search_btn",
    "menu_btn",
    "learn_more_btn",
];

/// Name, probability, path and likely clicks.
type JourneyRow = (&'static str, f64, &'static [&'static str], &'static [&'static str]);

pub(super) const JOURNEYS: [JourneyRow; 5] = [
    (
        "shopping_flow",
        0.30,
        &["/", "/products", "/products/detail", "/cart"],
        &["add_to_cart", "checkout_btn"],
    ),
    ("content_reading", 0.20, &["/", "/blog", "/blog/post"], &["subscribe_btn", "share_btn"]),
    ("signup_flow", 0.25, &["/", "/pricing", "/signup"], &["get_started_btn", "signup_btn"]),
    ("contact_flow", 0.15, &["/", "/about", "/contact"], &["contact_us_btn"]),
    ("random_browsing", 0.10, &[], &[]),
];

pub(super) const USER_AGENT: &str = concat!("EventSimulator/", env!("CARGO_PKG_VERSION"));
