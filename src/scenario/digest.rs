//! The digest of what shapes a timeline.

use serde::Serialize;
use serde_json::Value;

use super::at_end::AtEnd;
use super::behavior_keys::Distributions;
use super::keys::Scenario;
use crate::digest::Digest;

impl Scenario {
    /// BLAKE3, in hexadecimal, of everything in this scenario that shapes its timeline.
    ///
    /// It is taken from JSON without white space, with keys in alphabetical order and all defaults
    /// filled in; `at_end`, `distributions` and `flow` only if they are not. Left out are the seed, which a
    /// manifest names beside it, a flow's goals and funnels, and what only matters when events are sent: `replay`, `simulation.api_url`, `simulation.timeout`, and all of `advanced` except
    /// `human_like_delays`.
    pub fn digest(&self) -> String {
        Digest::of(self.shape().to_string().as_bytes())
    }

    fn shape(&self) -> Value {
        // Plain data can always be written to memory.
        let mut shape = json(self);
        remove(&mut shape, &["seed", "replay", "policy"]);
        if let Some(simulation) = shape.get_mut("simulation") {
            remove(simulation, &["api_url", "timeout"]);
            // A scenario that does without a later key has the digest that it had before.
            if self.simulation.at_end == AtEnd::default() {
                remove(simulation, &["at_end"]);
            }
        }
        // The order of properties is that in which they are written; variants are told apart by theirs.
        for ordered in ["events", "users", "sessions", "experiments", "faults"] {
            if let Some(section) = shape.get(ordered) {
                shape[ordered] = section.to_string().into();
            }
        }
        // Goals and funnels are counted, and shape nothing.
        if let Some(flow) = shape.get_mut("flow") {
            remove(flow, &["goals", "funnels"]);
        }
        shape["advanced"] =
            serde_json::json!({ "human_like_delays": self.advanced.human_like_delays });
        if self.distributions == Distributions::default() {
            remove(&mut shape, &["distributions"]);
        }
        shape.sort_all_objects();
        shape
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn remove(object: &mut Value, keys: &[&str]) {
    if let Value::Object(members) = object {
        members.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of this digest makes every committed manifest look as if its scenario had changed.
    #[test]
    fn the_digest_of_the_defaults_stands() {
        insta::assert_snapshot!(Scenario::default().digest(), @"956ca6fa26fc894716bcf1ed5b2a02c8026aadb6fa07217c92b35efd882c4bc3");
    }

    /// Properties are written in their order.
    #[test]
    fn the_order_of_properties_shapes_the_digest() {
        let digest = |properties: &str| {
            let events = format!("events: {{ page_visited: {{ properties: {properties} }} }}");
            Scenario::from_yaml(&events).unwrap().digest()
        };
        let (a, b) = ("a: { constant: 1 }", "b: { constant: 2 }");
        assert_ne!(digest(&format!("{{ {a}, {b} }}")), digest(&format!("{{ {b}, {a} }}")));
    }

    #[test]
    fn what_shapes_the_timeline_shapes_the_digest_and_nothing_else() {
        let default = Scenario::default().digest();
        let digest = |yaml: &str| Scenario::from_yaml(yaml).unwrap().digest();
        for same in [
            "seed: 7",
            "simulation: { api_url: 'https://example.org/', timeout: 9 }",
            "advanced: { verbose: true, max_retries: 0, output_file: other, user_agent: me }",
            "simulation: { num_users: 10 }",
            "simulation: { at_end: finish }",
        ] {
            assert_eq!(digest(same), default, "{same}");
        }
        for other in [
            "start_time: 2027-01-01T00:00:00Z",
            "simulation: { num_users: 11 }",
            "simulation: { base_interval: 0.7 }",
            "simulation: { at_end: cut }",
            "advanced: { human_like_delays: false }",
            "event_probabilities: auto",
            "buttons: [buy]",
            "distributions: { page_popularity: 0.5 }",
            "events: { page_visited: { properties: { a: { constant: 1 } } } }",
        ] {
            assert_ne!(digest(other), default, "{other}");
        }
    }
}
