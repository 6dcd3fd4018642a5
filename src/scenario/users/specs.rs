//! The keys of the `users` and `sessions` sections.

use serde::Serialize;

use super::inherited::{Given, Inherited};
use crate::scenario::behavior_keys::{Distributions, Journey, UserBehavior};
use crate::scenario::event_probabilities::EventProbabilities;
use crate::scenario::events::{Choices, ChoicesKind, Named, NamedOf, OptionalGroup, PropertySpec};
use crate::scenario::flow::{FlowSpec, OwnPage};
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{
    Decimal, EventShares, Group, ListOf, NAME, NameList, Required, SHARE,
};
use crate::scenario::section::{Keys, Section};

/// The most devices that one user has.
pub(crate) const MOST_DEVICES: u32 = 8;

const MOST_PER_USER: f64 = 8.0;
const _: () = assert!(MOST_PER_USER as u32 == MOST_DEVICES);

/// The attribute of users that says their persona.
pub(crate) const PERSONA: &str = "persona";

const WEIGHT: Decimal = Decimal { min: 0.0, max: 1e9, unit: "" };

keys! {
    /// The `users` section.
    pub struct Users {
        /// Kinds of users, whose shares sum to 1.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        personas: Vec<Persona> = Vec::new(), ListOf { least: 0 };
        /// What is drawn once a user; events have it in `user`.
        #[serde(skip_serializing_if = "Named::is_empty")]
        attributes: Named<PropertySpec> = Named::default(), NamedOf::PROPERTIES;
        /// The devices from which users come; events have theirs in `device`.
        #[serde(skip_serializing_if = "Option::is_none")]
        devices: Option<Devices> = None, OptionalGroup;
        /// Accounts: whom a pipeline knows when. Events then have an `anonymous_id`.
        #[serde(skip_serializing_if = "Option::is_none")]
        identity: Option<Identity> = None, OptionalGroup;
    }
}

impl Users {
    /// The share of each persona; all of one where there are none.
    pub(crate) fn persona_shares(&self) -> Vec<f64> {
        if self.personas.is_empty() {
            return vec![1.0];
        }
        self.personas.iter().map(|persona| persona.share).collect()
    }

    /// The attributes that users have by their personas, if there are any.
    pub(in crate::scenario) fn of_personas(&self) -> Named<PropertySpec> {
        if self.personas.is_empty() {
            return Named::default();
        }
        let shares = self.personas.iter().map(|persona| (persona.name.as_str(), persona.share));
        Named(vec![(PERSONA.to_owned(), PropertySpec::choice(shares))])
    }
}

keys! {
    /// One entry of `personas`: a kind of user. What it does not say is as the scenario says.
    pub struct Persona {
        /// The name, which `user.persona` has.
        name: String = String::new(), Required { kind: NAME, example: "buyer" };
        /// The share of the users.
        share: f64 = 1.0, Required { kind: SHARE, example: "0.3" };
        /// Bounds of the persona's own, key by key.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_behavior: Option<UserBehavior> = None, Inherited;
        /// A mix of the persona's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        event_probabilities: Option<EventProbabilities> = None, Given(EventShares);
        /// Journeys of the persona's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_journeys: Option<Vec<Journey>> = None, Given(ListOf { least: 1 });
        /// A flow of the persona's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        flow: Option<FlowSpec> = None, OwnPage::FLOW;
        /// Shapes of the persona's own, key by key.
        #[serde(skip_serializing_if = "Option::is_none")]
        distributions: Option<Distributions> = None, Inherited;
    }
}

keys! {
    /// The devices of users.
    pub struct Devices {
        /// The mean number of devices that a user has, of 8 at most; the first one is used most.
        per_user: f64 = 1.0, Decimal { min: 1.0, max: MOST_PER_USER, unit: "" };
        /// The weights of the kinds of devices.
        kinds: DeviceKinds = DeviceKinds::default(), Group;
        /// The languages of browsers with their weights; without it, some common ones.
        #[serde(skip_serializing_if = "Option::is_none")]
        languages: Option<Choices> = None, ChoicesKind;
        /// What is drawn once a device, beside what devices have anyway.
        #[serde(skip_serializing_if = "Named::is_empty")]
        attributes: Named<PropertySpec> = Named::default(), NamedOf::PROPERTIES;
    }
}

keys! {
    /// The weights of the kinds of devices.
    pub struct DeviceKinds {
        /// Telephones.
        mobile: f64 = 0.5, WEIGHT;
        /// Desktops and laptops.
        desktop: f64 = 0.45, WEIGHT;
        /// Tablets.
        tablet: f64 = 0.05, WEIGHT;
    }
}

keys! {
    /// Accounts, and how users are known by them.
    pub struct Identity {
        /// The share of users who have an account at the start of the run.
        signed_up: f64 = 0.3, SHARE;
        /// The share of their devices on which they are logged in then.
        logged_in: f64 = 0.0, SHARE;
        /// The share of the sessions of users without an account in which they sign up (`signed_up`).
        sign_up: f64 = 0.0, SHARE;
        /// The share of the sessions of users with an account, not logged in on the device, in which they log
        /// in (`logged_in`).
        log_in: f64 = 0.5, SHARE;
        /// The share of the sessions in which a user who is logged in logs out (`logged_out`).
        log_out: f64 = 0.05, SHARE;
    }
}

keys! {
    /// The `sessions` section.
    pub struct Sessions {
        /// The weights of the channels by which sessions come; events then have `channel`, `referrer` and the
        /// UTM parameters in `session`.
        #[serde(skip_serializing_if = "Option::is_none")]
        channels: Option<Channels> = None, OptionalGroup;
        /// The campaigns of paid channels and of email, in `utm_campaign`.
        campaigns: Vec<String> = vec!["brand".to_owned(), "launch".to_owned()],
            NameList { item: NAME, least: 1, is_unique: true };
        /// What is drawn once a session; events have it in `session`.
        #[serde(skip_serializing_if = "Named::is_empty")]
        attributes: Named<PropertySpec> = Named::default(), NamedOf::PROPERTIES;
    }
}

keys! {
    /// The weights of the channels.
    pub struct Channels {
        /// The address typed in, or a bookmark: no referrer.
        direct: f64 = 0.0, WEIGHT;
        /// A search engine's result.
        organic_search: f64 = 0.0, WEIGHT;
        /// A search engine's advertisement.
        paid_search: f64 = 0.0, WEIGHT;
        /// A social network's post.
        social: f64 = 0.0, WEIGHT;
        /// A social network's advertisement.
        paid_social: f64 = 0.0, WEIGHT;
        /// A link in an email.
        email: f64 = 0.0, WEIGHT;
        /// A link on another site.
        referral: f64 = 0.0, WEIGHT;
    }
}
