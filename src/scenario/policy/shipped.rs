//! The policies that come with the program; their files are in `policies/`.

/// A policy that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippedPolicy {
    /// The name on the command line.
    pub name: &'static str,
    /// The text of its file.
    pub yaml: &'static str,
}

macro_rules! shipped_policies {
    ($($name:literal),* $(,)?) => {
        /// Every policy that comes with the program.
        pub const ALL: &[ShippedPolicy] = &[$(ShippedPolicy {
            name: $name,
            yaml: include_str!(concat!("../../../policies/", $name, ".yaml")),
        }),*];
    };
}

shipped_policies!["web", "ga4", "segment", "posthog", "snowplow"];

impl ShippedPolicy {
    /// What it is like: its comment.
    pub fn purpose(&self) -> String {
        let comment = self.yaml.lines().map_while(|line| line.strip_prefix("# "));
        comment.collect::<Vec<_>>().join(" ")
    }
}

/// The policy called `name`.
pub fn find(name: &str) -> Option<&'static ShippedPolicy> {
    ALL.iter().find(|shipped| shipped.name == name)
}
