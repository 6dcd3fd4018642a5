//! What devices have: one table of common browsers.

use std::collections::BTreeMap;

use super::channels::by;
use super::specs::{DeviceKinds, Devices};
use crate::scenario::events::{Choices, IdOwner, IdSpec, IpVersion, Named, PropertySpec};

/// A browser on an operating system on a kind of device.
struct Profile {
    kind: &'static str,
    os: &'static str,
    browser: &'static str,
    /// The share among those of the kind.
    share: f64,
    user_agent: &'static str,
}

const fn profile(
    (kind, os, browser): (&'static str, &'static str, &'static str),
    share: f64,
    user_agent: &'static str,
) -> Profile {
    Profile { kind, os, browser, share, user_agent }
}

/// Versions are those of the middle of 2025, with the texts that browsers send since they are reduced.
const PROFILES: [Profile; 13] = [
    profile(
        ("mobile", "iOS", "Safari"),
        0.40,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
    profile(
        ("mobile", "iOS", "Chrome"),
        0.05,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1",
    ),
    profile(
        ("mobile", "Android", "Chrome"),
        0.45,
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    ),
    profile(
        ("mobile", "Android", "Samsung Internet"),
        0.08,
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    ),
    profile(
        ("mobile", "Android", "Firefox"),
        0.02,
        "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    ),
    profile(
        ("desktop", "Windows", "Chrome"),
        0.45,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    profile(
        ("desktop", "Windows", "Edge"),
        0.17,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
    ),
    profile(
        ("desktop", "Windows", "Firefox"),
        0.06,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    profile(
        ("desktop", "macOS", "Safari"),
        0.12,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    ),
    profile(
        ("desktop", "macOS", "Chrome"),
        0.14,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
    profile(
        ("desktop", "Linux", "Firefox"),
        0.06,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    profile(
        ("tablet", "iPadOS", "Safari"),
        0.70,
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
    profile(
        ("tablet", "Android", "Chrome"),
        0.30,
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
    ),
];

/// Widths and heights in CSS pixels, by operating system.
const SCREENS: [(&str, [(&str, f64); 3]); 6] = [
    ("iOS", [("390x844", 0.5), ("393x852", 0.3), ("430x932", 0.2)]),
    ("Android", [("360x800", 0.5), ("412x915", 0.3), ("384x832", 0.2)]),
    ("iPadOS", [("820x1180", 0.5), ("768x1024", 0.3), ("1024x1366", 0.2)]),
    ("Windows", [("1920x1080", 0.6), ("1536x864", 0.25), ("1366x768", 0.15)]),
    ("macOS", [("1440x900", 0.5), ("1728x1117", 0.3), ("2560x1440", 0.2)]),
    ("Linux", [("1920x1080", 0.7), ("2560x1440", 0.2), ("1366x768", 0.1)]),
];

const LANGUAGES: [(&str, f64); 8] = [
    ("en-US", 0.45),
    ("en-GB", 0.12),
    ("de-DE", 0.12),
    ("fr-FR", 0.09),
    ("es-ES", 0.08),
    ("pt-BR", 0.06),
    ("ja-JP", 0.05),
    ("zh-CN", 0.03),
];

impl DeviceKinds {
    /// Each kind with its weight.
    pub(in crate::scenario) fn weights(&self) -> [(&'static str, f64); 3] {
        [("mobile", self.mobile), ("desktop", self.desktop), ("tablet", self.tablet)]
    }
}

impl Devices {
    /// The attributes that all devices have.
    pub(in crate::scenario) fn of_profiles(&self) -> Named<PropertySpec> {
        let kinds = self.kinds.weights().into_iter().filter(|(_, weight)| *weight > 0.0);
        let kinds: Vec<(&str, f64)> = kinds.collect();
        let profiles =
            || PROFILES.iter().filter(|row| kinds.iter().any(|(kind, _)| *kind == row.kind));
        let by_kind = |of_kind: &dyn Fn(&[&Profile]) -> PropertySpec| {
            by(
                "kind",
                kinds.iter().map(|(kind, _)| {
                    let rows: Vec<&Profile> = profiles().filter(|row| row.kind == *kind).collect();
                    (*kind, of_kind(&rows))
                }),
            )
        };
        let by_os = |rows: &[&Profile], of_os: &dyn Fn(&[&Profile]) -> PropertySpec| {
            let mut by_name: BTreeMap<&str, Vec<&Profile>> = BTreeMap::new();
            for row in rows {
                by_name.entry(row.os).or_default().push(row);
            }
            by("os", by_name.iter().map(|(os, rows)| (*os, of_os(rows))))
        };
        let os = by_kind(&|rows| {
            let mut shares: Vec<(&str, f64)> = Vec::new();
            for row in rows {
                match shares.iter_mut().find(|(os, _)| *os == row.os) {
                    Some((_, share)) => *share += row.share,
                    None => shares.push((row.os, row.share)),
                }
            }
            PropertySpec::choice(shares)
        });
        let browser = by_kind(&|rows| {
            by_os(rows, &|rows| {
                PropertySpec::choice(rows.iter().map(|row| (row.browser, row.share)))
            })
        });
        let user_agent = by_kind(&|rows| {
            by_os(rows, &|rows| {
                by(
                    "browser",
                    rows.iter().map(|row| (row.browser, PropertySpec::constant(row.user_agent))),
                )
            })
        });
        let used_os: Vec<&str> = profiles().map(|row| row.os).collect();
        let screens = SCREENS.iter().filter(|(os, _)| used_os.contains(os));
        let screen = by("os", screens.map(|(os, sizes)| (*os, PropertySpec::choice(*sizes))));
        let language = match &self.languages {
            Some(languages) => {
                PropertySpec { choice: Some(languages.clone()), ..PropertySpec::default() }
            }
            None => PropertySpec::choice(LANGUAGES),
        };
        let id = PropertySpec {
            id: Some(IdSpec { prefix: "device".to_owned(), per: IdOwner::Event }),
            ..PropertySpec::default()
        };
        let ip = PropertySpec { ip: Some(IpVersion::V4), ..PropertySpec::default() };
        let members = [
            ("id", id),
            ("kind", PropertySpec::choice(kinds.iter().copied())),
            ("os", os),
            ("browser", browser),
            ("screen", screen),
            ("language", language),
            ("ip", ip),
            ("user_agent", user_agent),
        ];
        Named(members.into_iter().map(|(name, spec)| (name.to_owned(), spec)).collect())
    }
}

impl PropertySpec {
    /// One of some texts in proportion to their weights.
    pub(in crate::scenario) fn choice<'n>(
        weights: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> Self {
        let weights = weights.into_iter().map(|(text, weight)| (text.to_owned(), weight));
        Self { choice: Some(Choices::Weighted(weights.collect())), ..Self::default() }
    }

    /// The variant of an experiment to which a user is assigned.
    pub(in crate::scenario) fn variant<'n>(
        shares: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> Self {
        let shares = shares.into_iter().map(|(name, share)| (name.to_owned(), share));
        Self { choice: Some(Choices::Variants(shares.collect())), ..Self::default() }
    }

    /// Always the same text.
    pub(super) fn constant(text: &str) -> Self {
        Self { constant: Some(text.into()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_each_kind_sum_to_one_and_every_system_has_screens() {
        for kind in ["mobile", "desktop", "tablet"] {
            let shares = PROFILES.iter().filter(|row| row.kind == kind).map(|row| row.share);
            assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9, "{kind}");
        }
        for row in &PROFILES {
            assert!(SCREENS.iter().any(|(os, _)| *os == row.os), "{}", row.os);
        }
    }
}
