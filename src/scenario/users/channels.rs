//! What sessions have by the channel by which they come.

use serde_json::{Value, json};

use super::specs::{Channels, Sessions};
use crate::scenario::events::{BySpec, Choices, Conditions, Named, PropertySpec};

const CHANNEL: &str = "channel";
const SOURCE: &str = "utm_source";

/// Search engines by their share of searches.
const SEARCH_ENGINES: [(&str, f64); 3] = [
    ("https://www.google.com/", 0.88),
    ("https://www.bing.com/", 0.08),
    ("https://duckduckgo.com/", 0.04),
];
const SOCIAL_NETWORKS: [(&str, f64); 4] = [
    ("https://www.facebook.com/", 0.4),
    ("https://www.instagram.com/", 0.3),
    ("https://www.reddit.com/", 0.2),
    ("https://www.linkedin.com/", 0.1),
];
/// Of names that belong to nobody (RFC 2606).
const OTHER_SITES: [(&str, f64); 3] = [
    ("https://blog.example/", 0.5),
    ("https://news.example/", 0.3),
    ("https://forum.example/", 0.2),
];

impl Channels {
    /// Each channel with its weight.
    pub(in crate::scenario) fn weights(&self) -> [(&'static str, f64); 7] {
        [
            ("direct", self.direct),
            ("organic_search", self.organic_search),
            ("paid_search", self.paid_search),
            ("social", self.social),
            ("paid_social", self.paid_social),
            ("email", self.email),
            ("referral", self.referral),
        ]
    }
}

impl Sessions {
    /// The attributes that sessions have by their channels, if there are channels.
    pub(in crate::scenario) fn of_channels(&self) -> Named<PropertySpec> {
        let Some(channels) = &self.channels else { return Named::default() };
        let weights = channels.weights().into_iter().filter(|(_, weight)| *weight > 0.0);
        let has_utm = ["paid_search", "paid_social", "email"];
        let has_referrer = ["organic_search", "paid_search", "social", "paid_social", "referral"];
        let paid_social = PropertySpec::choice([("facebook", 0.6), ("instagram", 0.4)]);
        let of_paid_social = by(
            SOURCE,
            [
                ("facebook", PropertySpec::constant("https://www.facebook.com/")),
                ("instagram", PropertySpec::constant("https://www.instagram.com/")),
            ],
        );
        let members = [
            (CHANNEL, PropertySpec::choice(weights)),
            (
                SOURCE,
                only_by_channel([
                    ("paid_search", PropertySpec::constant("google")),
                    ("paid_social", paid_social),
                    ("email", PropertySpec::constant("newsletter")),
                ]),
            ),
            (
                "utm_medium",
                only_by_channel([
                    ("paid_search", PropertySpec::constant("cpc")),
                    ("paid_social", PropertySpec::constant("paid_social")),
                    ("email", PropertySpec::constant("email")),
                ]),
            ),
            (
                "utm_campaign",
                PropertySpec {
                    choice: Some(Choices::Even(
                        self.campaigns.iter().map(|campaign| json!(campaign)).collect(),
                    )),
                    when: Some(only(&has_utm)),
                    ..PropertySpec::default()
                },
            ),
            (
                "referrer",
                PropertySpec {
                    when: Some(only(&has_referrer)),
                    ..by(
                        CHANNEL,
                        [
                            ("organic_search", PropertySpec::choice(SEARCH_ENGINES)),
                            ("paid_search", PropertySpec::constant(SEARCH_ENGINES[0].0)),
                            ("social", PropertySpec::choice(SOCIAL_NETWORKS)),
                            ("paid_social", of_paid_social),
                            ("referral", PropertySpec::choice(OTHER_SITES)),
                        ],
                    )
                },
            ),
        ];
        Named(members.into_iter().map(|(name, spec)| (name.to_owned(), spec)).collect())
    }
}

/// A value by channel, which sessions of other channels do not have.
fn only_by_channel<const N: usize>(cases: [(&'static str, PropertySpec); N]) -> PropertySpec {
    let channels: Vec<&str> = cases.iter().map(|(channel, _)| *channel).collect();
    PropertySpec { when: Some(only(&channels)), ..by(CHANNEL, cases) }
}

fn only(channels: &[&str]) -> Conditions {
    let channels = channels.iter().map(|channel| Value::from(*channel)).collect();
    Conditions(vec![(CHANNEL.to_owned(), channels)])
}

/// A value by the value of an earlier one.
pub(super) fn by<'n>(
    of: &str,
    cases: impl IntoIterator<Item = (&'n str, PropertySpec)>,
) -> PropertySpec {
    let values = cases.into_iter().map(|(value, case)| (value.to_owned(), case)).collect();
    let by = BySpec { of: of.to_owned(), values: Named(values), otherwise: None };
    PropertySpec { by: Some(by), ..PropertySpec::default() }
}
