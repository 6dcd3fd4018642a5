//! A policy read and checked.

use jiff::tz::TimeZoneDatabase;

use super::specs::PolicySpec;
use crate::scenario::key_value::KeyValue;
use crate::scenario::path::join;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::section::{Keys, Visit};
use crate::scenario::{loaded, yaml};

/// The section of a scenario that is a policy.
const SECTION: &str = "policy";

impl PolicySpec {
    /// Reads a policy from the bytes of a YAML file that messages call `name`.
    ///
    /// # Errors
    /// All problems of the file.
    ///
    /// ```
    /// use event_simulator::scenario::policy::PolicySpec;
    ///
    /// let policy = PolicySpec::read(b"deduplicate: { within: 7d }", "policy.yaml")?;
    /// assert_eq!(policy.deduplicate.map(|rule| rule.by), Some(vec!["event_id".to_owned()]));
    /// assert!(PolicySpec::read(b"deduplicates: {}", "policy.yaml").is_err());
    /// # Ok::<(), event_simulator::scenario::Problems>(())
    /// ```
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        let document = loaded::text(bytes)
            .and_then(yaml::parse)
            .map_err(|problem| Problems::new(name, vec![problem]))?;
        let mut policy = Self::default();
        let mut visit = Visit::default();
        visit.section(&KeyValue::document(document.as_ref()), |section| policy.visit(section));
        policy.check("", &mut visit);
        let mut problems = visit.into_problems();
        for problem in &mut problems {
            let place = document.as_ref().and_then(|document| document.nearest(&problem.path));
            problem.position = problem.position.or(place);
            if problem.path == SECTION && problem.message == Problem::UNKNOWN_KEY {
                *problem = problem.clone().help("in a file of its own the rules stand at the top, as below `policy` in a scenario");
            }
        }
        let problems = Problems::new(name, problems);
        if problems.errors() > 0 { Err(problems) } else { Ok(policy) }
    }

    /// Reports what cannot be; `at` is the path of the section with a point behind it, or nothing.
    pub(in crate::scenario) fn check(&self, at: &str, visit: &mut Visit) {
        for (key, zone) in [("local_times", &self.local_times), ("time_zone", &self.time_zone)] {
            if let Some(zone) = zone
                && TimeZoneDatabase::bundled().get(zone).is_err()
            {
                let problem =
                    Problem::error(format!("{at}{key}"), format!("there is no time zone {zone:?}"));
                visit.report(problem.help("give its IANA name, such as Europe/Berlin"));
            }
        }
        let within = self.deduplicate.as_ref().and_then(|rule| rule.within);
        let spans = [
            ("deduplicate.within", within),
            ("lateness.allowed", self.lateness.as_ref().map(|rule| rule.allowed)),
            ("ahead", self.ahead),
            ("sessions.gap", self.sessions.as_ref().map(|rule| rule.gap)),
            ("attribution.window", self.attribution.as_ref().map(|rules| rules.window)),
        ];
        for (key, span) in spans {
            if span.is_some_and(|span| span.millis < 0) {
                let problem =
                    Problem::error(format!("{at}{key}"), "a time that passes is not below 0");
                visit.report(problem.help("make it 0 or more"));
            }
        }
        let windows = self.lateness.as_ref().and_then(|rule| rule.windows);
        if windows.is_some_and(|windows| windows.millis < 1) {
            let path = format!("{at}lateness.windows");
            let problem = Problem::error(path, "a window of no time holds nothing");
            visit.report(problem.help("make it 1ms or more"));
        }
        for (name, funnel) in self.funnels.iter() {
            let path = join(&format!("{at}funnels"), name);
            if visit.is_sound(&path)
                && let Some((key, message, help)) = funnel.problem()
            {
                visit.report(Problem::error(join(&path, key), message).help(help));
            }
        }
        if self.attribution.as_ref().is_some_and(|rules| rules.half_life.millis < 1) {
            let path = format!("{at}attribution.half_life");
            let problem = Problem::error(path, "after no time nothing is half as much");
            visit.report(problem.help("make it 1ms or more"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_in_a_file_of_rules_is_told_to_be_one() {
        let problems = PolicySpec::read(b"policy: { deduplicate: {} }", "rules.yaml").unwrap_err();
        let text = problems.to_string();
        assert!(text.contains("the rules stand at the top"), "{text}");
        let other = PolicySpec::read(b"polic: {}", "rules.yaml").unwrap_err().to_string();
        assert!(other.contains("allowed here"), "{other}");
    }
}
