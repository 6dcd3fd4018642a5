//! The scenarios that come with the program; their files are in `scenarios/`.

use super::loaded::Loaded;
use super::problem::Problems;

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The name on the command line.
    pub name: &'static str,
    /// The text of its file.
    pub yaml: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// Every scenario that comes with the program.
        pub const ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            yaml: include_str!(concat!("../../scenarios/", $name, ".yaml")),
        }),*];
    };
}

shipped![
    "normal-traffic",
    "traffic-spike",
    "browsing",
    "quick-visitors",
    "quick-test",
    "load-test",
    "continuous",
    "high-interaction",
    "custom-events",
    "web-shop",
    "awkward",
    "news-site",
    "checkout-experiment",
    "saas",
];

/// The scenario called `name`.
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}

impl Shipped {
    /// The purpose: the first line of its comment, a sentence.
    pub fn purpose(&self) -> &'static str {
        self.yaml
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .find(|line| !line.starts_with("yaml-language-server"))
            .unwrap_or_default()
    }

    /// Its file without the line that tells editors where its schema is, which only holds in
    /// `scenarios/`.
    pub fn without_schema_line(&self) -> &'static str {
        self.yaml.split_once('\n').map_or(self.yaml, |(_, rest)| rest)
    }

    /// Reads it.
    ///
    /// # Errors
    /// None but a defect of this program: its scenarios are tested.
    pub fn load(&self) -> Result<Loaded, Problems> {
        Loaded::from_yaml(self.yaml, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_reads_without_a_word() {
        for shipped in ALL {
            let loaded = shipped.load().unwrap();
            assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
            assert!(shipped.purpose().ends_with('.'), "{}", shipped.name);
        }
    }
}
