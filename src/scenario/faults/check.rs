//! The check of the `faults` section: what concerns several keys.

use jiff::tz::TimeZoneDatabase;

use super::kinds::{FaultKind, FaultUnit, KindRow, MOST_FAULTS, PropertyChange};
use super::spans::RunMoment;
use super::specs::FaultSpec;
use super::spread::SpreadSpec;
use crate::event::Field;
use crate::scenario::events::PropertySpec;
use crate::scenario::keys::Scenario;
use crate::scenario::limits::MAX_USERS;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::spelling::nearest;

const FAULTS: &str = "faults";

/// Refuses faults that cannot be.
pub(in crate::scenario) fn check(scenario: &Scenario, visit: &mut Visit) {
    if scenario.faults.0.len() > MOST_FAULTS {
        let message =
            format!("at most {MOST_FAULTS} are allowed, found {}", scenario.faults.0.len());
        visit.report(Problem::error(FAULTS, message));
    }
    let visitors = scenario.faults.iter().filter_map(|(_, fault)| fault.visitors);
    let users = u64::from(scenario.simulation.num_users);
    if users + visitors.map(u64::from).sum::<u64>() > u64::from(MAX_USERS) {
        let message = format!("users and bots together are more than {MAX_USERS}");
        visit
            .report(Problem::error(FAULTS, message).help("make `num_users` or `visitors` smaller"));
    }
    for (name, fault) in scenario.faults.iter() {
        let path = join(FAULTS, name);
        match fault.kind_of(name) {
            Some(kind) => FaultCheck { scenario, fault, kind, path, visit }.all(),
            None if visit.is_sound(&path) => {
                let words = FaultKind::WORDS.iter().map(|(word, _)| *word);
                let help = match nearest(name, words.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        format!("add `kind:`, one of {}", words.collect::<Vec<_>>().join(", "))
                    }
                };
                let message = "the name is no kind of fault, and no kind is given";
                visit.report(Problem::error(path, message).help(help));
            }
            None => {}
        }
    }
}

struct FaultCheck<'s, 'v> {
    scenario: &'s Scenario,
    fault: &'s FaultSpec,
    kind: FaultKind,
    path: String,
    visit: &'v mut Visit,
}

impl FaultCheck<'_, '_> {
    fn refuse(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        let path = if key.is_empty() { self.path.clone() } else { join(&self.path, key) };
        if self.visit.is_sound(&path) {
            self.visit.report(Problem::error(path, message).help(help));
        }
    }

    fn all(mut self) {
        self.keys();
        self.window();
        self.times();
        self.conditions();
        self.forms();
        self.of_kind();
    }

    fn keys(&mut self) {
        let KindRow { word, unit, needs, takes, .. } = self.kind.row();
        let known = needs.iter().chain(*takes).copied().collect::<Vec<_>>();
        for key in self.fault.own_keys().into_iter().filter(|key| !known.contains(key)) {
            let help = if known.is_empty() {
                "leave it out".to_owned()
            } else {
                format!("it takes {}", known.join(", "))
            };
            self.refuse(key, format!("`{word}` does not take this key"), help);
        }
        let own = self.fault.own_keys();
        for key in needs.iter().filter(|key| !own.contains(key)) {
            self.refuse("", format!("`{word}` needs `{key}`"), format!("add `{key}:`"));
        }
        let (share, when) = (self.fault.share.is_some(), self.fault.when.is_some());
        match unit {
            FaultUnit::None if share => {
                self.refuse("share", "bots are counted: `visitors`", "leave it out");
            }
            FaultUnit::None if when => {
                self.refuse("when", "bots are added, to no user", "leave it out");
            }
            FaultUnit::Event | FaultUnit::Session | FaultUnit::Device if !share => {
                let unit = match unit {
                    FaultUnit::Session => "sessions",
                    FaultUnit::Device => "devices",
                    FaultUnit::Event | FaultUnit::None => "events",
                };
                let message =
                    format!("`{word}` needs `share`, the share of the {unit} that have it");
                self.refuse("", message, "add `share: 0.05`");
            }
            _ => {}
        }
    }

    fn window(&mut self) {
        let start = self.scenario.start_time;
        let moment = |moment: Option<RunMoment>| moment.map(|m| m.of_run(start));
        let (from, to) = (moment(self.fault.from), moment(self.fault.to));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let message = format!("the window ends at {to}, before it begins at {from}");
            self.refuse("to", message, "make `to` later than `from`");
        }
        if self.kind == FaultKind::Backfill {
            match (from, to, moment(self.fault.at)) {
                (Some(_), Some(to), Some(at)) if at < to => {
                    let message = format!("events until {to} cannot arrive again at {at}");
                    self.refuse("at", message, "make `at` no earlier than `to`");
                }
                (Some(_), Some(_), _) => {}
                _ => {
                    self.refuse(
                        "",
                        "a backfill needs a window",
                        "add `from:` and `to:`, such as `from: 1h` and `to: 2h`",
                    );
                }
            }
        }
    }

    fn times(&mut self) {
        let spreads = [("delay", &self.fault.delay), ("jump", &self.fault.jump)];
        if let ("delay", Some(delay)) = spreads[0]
            && delay.can_be_negative()
        {
            self.refuse("delay", "nothing arrives before it is sent", "make it 0 or more");
        }
        if self.kind == FaultKind::Future
            && self.fault.offset.as_ref().is_some_and(SpreadSpec::can_be_negative)
        {
            self.refuse("offset", "what is ahead is not below 0", "make it 0 or more");
        }
        if let Some(every) = self.fault.every
            && every.millis < 1
        {
            self.refuse("every", "visits need a time between them", "such as `every: 60s`");
        }
        if self.kind == FaultKind::ClockSkew
            && self.fault.offset.is_none()
            && self.fault.drift.is_none()
            && self.fault.jump.is_none()
        {
            self.refuse("", "the clock is right", "add `offset`, `drift` or `jump`");
        }
        if let Some(zone) = &self.fault.time_zone
            && TimeZoneDatabase::bundled().get(zone).is_err()
        {
            let message = format!("there is no time zone {zone:?}");
            self.refuse("time_zone", message, "give its IANA name, such as Europe/Berlin");
        }
    }

    fn conditions(&mut self) {
        let Some(when) = &self.fault.when else { return };
        let mut known: Vec<String> =
            Field::ALL.iter().map(|field| field.name().to_owned()).collect();
        for attributes in self.scenario.owner_attributes() {
            let own = attributes.built_in.iter().chain(attributes.own.iter());
            known.extend(
                own.map(|(name, _): (&str, &PropertySpec)| format!("{}.{name}", attributes.owner)),
            );
        }
        for (name, _) in &when.0 {
            let is_known = known.iter().any(|known| {
                let rest = name.strip_prefix(known.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            if !is_known {
                let help = match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a field, or an attribute as `user.plan`".to_owned(),
                };
                self.refuse(&format!("when.{name}"), "no event says this", help);
            }
        }
    }

    fn forms(&mut self) {
        let known = self.kind.row().forms;
        for (index, form) in self.fault.forms.iter().enumerate() {
            if known.is_empty() || known.contains(&form.as_str()) {
                continue;
            }
            let help = match nearest(form, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", known.join(", ")),
            };
            let message = format!("`{}` has no form {form:?}", self.kind.word());
            self.refuse(&format!("forms[{index}]"), message, help);
        }
    }

    fn of_kind(&mut self) {
        match self.kind {
            FaultKind::Late | FaultKind::Returns => {
                let word = self.kind.word();
                match (&self.fault.delay, self.fault.at) {
                    (None, None) => {
                        let help = "add `delay:`, or `at:` for one moment";
                        self.refuse("", format!("`{word}` needs `delay` or `at`"), help);
                    }
                    (Some(_), Some(_)) => {
                        let message = "what happens at a moment has no `delay`";
                        self.refuse("at", message, "leave one of the two out");
                    }
                    _ => {}
                }
            }
            FaultKind::SchemaChange => match self.fault.change {
                Some(PropertyChange::Add) if self.fault.value.is_none() => {
                    self.refuse("change", "what is added needs a value", "add `value:`");
                }
                Some(PropertyChange::Set) if self.fault.value.is_none() => {
                    self.refuse("change", "what is set needs a value", "add `value:`");
                }
                Some(PropertyChange::Rename) if self.fault.new_name.is_none() => {
                    self.refuse("change", "what is renamed needs a name", "add `new_name:`");
                }
                _ => {}
            },
            FaultKind::Identity if self.scenario.users.identity.is_none() => {
                let needs_accounts = |form: &String| form != "poison_id";
                if self.fault.forms.is_empty() || self.fault.forms.iter().any(needs_accounts) {
                    let message = "without accounts nobody is anonymous, and nobody logs in";
                    self.refuse("", message, "add `users.identity`, or `forms: poison_id`");
                }
            }
            _ => {}
        }
    }
}
