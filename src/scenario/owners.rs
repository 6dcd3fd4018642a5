//! Whom events come from, and what these have: users, devices, sessions.

use super::events::{Named, PropertySpec};
use super::keys::Scenario;
use super::path::join;
use super::problem::Problem;
use super::section::Visit;
use super::traffic::TrafficSpec;
use super::users::{Devices, OWNERS};

/// The attributes of users, devices or sessions.
#[derive(Debug)]
pub(crate) struct OwnerAttributes<'s> {
    /// One of `OWNERS`.
    pub(crate) owner: &'static str,
    /// The path of those that the scenario names.
    pub(crate) path: &'static str,
    /// Those that there are anyway.
    pub(crate) built_in: Named<PropertySpec>,
    /// Those that the scenario names.
    pub(crate) own: &'s Named<PropertySpec>,
}

impl Scenario {
    /// The attributes of users, devices and sessions, in this order; only of those that have any.
    pub(crate) fn owner_attributes(&self) -> Vec<OwnerAttributes<'_>> {
        const NONE: &Named<PropertySpec> = &Named(Vec::new());
        let devices = self.users.devices.as_ref();
        let paths = ["users.attributes", "users.devices.attributes", "sessions.attributes"];
        let mut of_users = self.of_users();
        let of_time_zones = self.traffic.as_ref().map(TrafficSpec::of_time_zones);
        of_users.0.extend(of_time_zones.unwrap_or_default().0);
        let built_in = [
            of_users,
            devices.map(Devices::of_profiles).unwrap_or_default(),
            self.sessions.of_channels(),
        ];
        let own = [
            &self.users.attributes,
            devices.map_or(NONE, |devices| &devices.attributes),
            &self.sessions.attributes,
        ];
        let owners = OWNERS.into_iter().zip(paths).zip(built_in.into_iter().zip(own));
        owners
            .map(|((owner, path), (built_in, own))| OwnerAttributes { owner, path, built_in, own })
            .filter(|attributes| !attributes.built_in.is_empty() || !attributes.own.is_empty())
            .collect()
    }
}

impl Scenario {
    /// The attributes that users have anyway: their persona, and their variants.
    fn of_users(&self) -> Named<PropertySpec> {
        let mut attributes = self.users.of_personas();
        for experiment in &self.experiments {
            let shares = experiment.variants.iter().map(|(name, share)| (name, *share));
            attributes.0.push((experiment.name.clone(), PropertySpec::variant(shares)));
        }
        attributes
    }
}

/// Refuses names that are taken, and weights of nothing.
pub(super) fn check(scenario: &Scenario, visit: &mut Visit) {
    for attributes in scenario.owner_attributes() {
        for (name, _) in attributes.own.iter() {
            if attributes.built_in.iter().any(|(taken, _)| taken == name) {
                let message = format!("a {} has this attribute anyway", attributes.owner);
                let path = join(attributes.path, name);
                visit.report(Problem::error(path, message).help("choose another name"));
            }
        }
    }
    let mut refuse_nothing = |path: &str, weights: &[(&str, f64)]| {
        if visit.is_sound(path) && weights.iter().all(|(_, weight)| *weight <= 0.0) {
            let names: Vec<&str> = weights.iter().map(|(name, _)| *name).collect();
            let help = format!("give one of {} a weight above 0", names.join(", "));
            visit.report(Problem::error(path, "all weights are 0").help(help));
        }
    };
    if let Some(devices) = &scenario.users.devices {
        refuse_nothing("users.devices.kinds", &devices.kinds.weights());
    }
    if let Some(channels) = &scenario.sessions.channels {
        refuse_nothing("sessions.channels", &channels.weights());
    }
}
