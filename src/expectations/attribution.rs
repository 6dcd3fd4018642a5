//! Conversions by the channels to which they are attributed.

use std::collections::BTreeMap;

use crate::scenario::events::ExactNumber;
use crate::scenario::policy::AttributionRules;
use crate::time::VirtualTime;
use crate::wire::EventFields;

use super::credit::{PastTouch, parts, weights};
use super::sums::{AttributionKey, CreditSums, Sum, SumsBy};
use super::touches::{DIRECT, Touches};
use super::value_path::{ValuePath, value_name};

/// The conversions so far. Memory holds the touches of each person within the window.
#[derive(Debug)]
pub(super) struct ConversionTotals {
    rules: AttributionRules,
    amount: Option<ValuePath>,
    currency: Option<ValuePath>,
    touches: Touches,
    /// By person: the touches and their times, in order.
    paths: Vec<Vec<(VirtualTime, u32)>>,
    /// By day, touch and currency.
    sums: BTreeMap<(u32, u32, String), CreditSums>,
}

impl ConversionTotals {
    pub(super) fn new(rules: AttributionRules) -> Self {
        let property = |name: &Option<String>| name.as_deref().map(ValuePath::of_property);
        Self {
            amount: property(&rules.amount),
            currency: property(&rules.currency),
            touches: Touches::new(rules.ignored_referrers.clone()),
            rules,
            paths: Vec::new(),
            sums: BTreeMap::new(),
        }
    }

    /// Takes an event of a session into account, of which the latest touch of each of its people is known.
    pub(super) fn observe(
        &mut self,
        of_session: &mut Vec<(u32, u32)>,
        event: &EventFields<'_>,
        user: u32,
        day: u32,
    ) {
        let touch = self.touches.number(event);
        let latest = of_session.iter_mut().find(|(known, _)| *known == user);
        let is_new = match latest {
            None => {
                of_session.push((user, touch));
                true
            }
            // Within a session people come from elsewhere only if something says so.
            Some((_, latest)) => touch != DIRECT && std::mem::replace(latest, touch) != touch,
        };
        if is_new {
            self.touch(user, event.event_time, touch);
        }
        if *event.event_type == *self.rules.conversion {
            self.convert(event, user, day);
        }
    }

    fn touch(&mut self, user: u32, time: VirtualTime, touch: u32) {
        let user = user as usize;
        if self.paths.len() <= user {
            self.paths.resize_with(user + 1, Vec::new);
        }
        let path = &mut self.paths[user];
        let window_ms = self.rules.window.millis.unsigned_abs();
        let over = path.partition_point(|(past, _)| time.millis_since(*past) > window_ms);
        path.drain(..over);
        path.push((time, touch));
    }

    /// Attributes a conversion; one that has no touch in the window is direct.
    fn convert(&mut self, event: &EventFields<'_>, user: u32, day: u32) {
        let window_ms = self.rules.window.millis.unsigned_abs();
        let path = self.paths.get(user as usize).map(Vec::as_slice).unwrap_or_default();
        let past = path.iter().map(|(time, touch)| PastTouch {
            touch: *touch,
            is_direct: *touch == DIRECT,
            age_ms: event.event_time.millis_since(*time),
        });
        let mut past: Vec<PastTouch> = past.filter(|past| past.age_ms <= window_ms).collect();
        if past.is_empty() {
            past.push(PastTouch { touch: DIRECT, is_direct: true, age_ms: 0 });
        }
        let value = |path: &Option<ValuePath>| path.as_ref().and_then(|path| path.find(event));
        let amount = value(&self.amount).and_then(ExactNumber::parse).unwrap_or(ExactNumber::ZERO);
        let currency = value(&self.currency).map(|json| value_name(json).into_owned());
        let currency = currency.unwrap_or_default();
        let half_life_ms = self.rules.half_life.millis.unsigned_abs();
        let weights = weights(self.rules.model, half_life_ms, &past);
        let conversions = parts(ExactNumber::of_units(1, 0), &weights);
        let revenues = parts(amount, &weights);
        for ((past, conversion), revenue) in past.iter().zip(conversions).zip(revenues) {
            let Some((units, _)) = conversion.map(ExactNumber::units_and_decimals) else {
                continue;
            };
            let credit = CreditSums {
                millionths: u64::try_from(units).unwrap_or_default(),
                revenue: revenue.unwrap_or(ExactNumber::ZERO),
            };
            let key = (day, past.touch, currency.clone());
            self.sums.entry(key).or_default().add(credit);
        }
    }

    /// The sums, with the date of each day.
    pub(super) fn into_sums(self, dates: &[String]) -> SumsBy<AttributionKey, CreditSums> {
        let named = |((day, touch, currency), sums): ((u32, u32, String), CreditSums)| {
            ((dates[day as usize].clone(), self.touches.names(touch), currency), sums)
        };
        self.sums.into_iter().map(named).collect()
    }
}
