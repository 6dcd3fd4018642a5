//! The tables of sums: keys and sums as rows, with the quotients of sums.

use std::collections::BTreeMap;

use crate::policy::WindowCounts;

use super::quotients::{
    exact_mean, mean, mean_seconds, millionths, percent, rounded_percent, seconds,
};
use super::sums::{
    AttributionKey, ChangedKey, ChangedSums, CreditSums, ExperimentSums, StepKey, SumsBy,
    TableSums, TouchNames, VariantSums,
};
use super::tables::{
    Activity, AttributedConversions, ClickThroughRate, CohortRetention, EventCount,
    ExperimentProperty, ExperimentResult, FlowFunnel, Funnel, GoalReached, LateArrivals,
    PageEngagement, PolicyFunnel, Revenue, SessionMetrics, Tables, UsersActive,
};

impl TableSums {
    /// The tables.
    pub fn into_tables(mut self) -> Tables {
        let (users, sessions) = (self.user_rows.take(), self.session_rows.take());
        Tables {
            page_engagement: self.page_engagement(),
            session_metrics: self.session_metrics(),
            click_through_rates: self.click_through_rates(),
            event_counts: self.event_counts(),
            funnels: self.funnels(),
            users_active: self.users_active(),
            goals: self.goals.as_ref().map(goals),
            flow_funnels: self.flow_funnels.as_ref().map(flow_funnels),
            experiments: self.experiments.as_ref().map(experiments),
            experiment_properties: self.changed.as_ref().map(experiment_properties),
            revenue: self.revenue(),
            activity: self.activity(),
            retention: self.retention.as_ref().map(retention),
            attribution: self.attribution.as_ref().map(attribution),
            policy_funnels: self.policy_funnels.as_ref().map(policy_funnels),
            lateness: self.lateness.as_ref().map(lateness),
            users: users.map(|mut rows| {
                rows.sort_by(|a, b| a.user_id.cmp(&b.user_id));
                rows
            }),
            sessions: sessions.map(|mut rows| {
                rows.sort_by(|a, b| a.session_id.cmp(&b.session_id));
                rows
            }),
        }
    }

    fn page_engagement(&self) -> Vec<PageEngagement> {
        let rows = self.pages.0.iter().map(|((date, page_path), sums)| PageEngagement {
            date: date.clone(),
            page_path: page_path.clone(),
            total_visits: sums.visits,
            total_time_seconds: seconds(sums.millis),
            avg_time_seconds: mean_seconds(sums.millis, sums.visits),
            unique_users: sums.users,
            unique_sessions: sums.sessions,
        });
        rows.collect()
    }

    fn session_metrics(&self) -> Vec<SessionMetrics> {
        let rows = self.sessions.0.iter().map(|(date, sums)| SessionMetrics {
            date: date.clone(),
            total_sessions: sums.sessions,
            avg_duration_seconds: mean_seconds(sums.duration_millis, sums.sessions),
            avg_page_views: mean(sums.page_views, sums.sessions),
            avg_clicks: mean(sums.clicks, sums.sessions),
            unique_users: sums.users,
        });
        rows.collect()
    }

    fn click_through_rates(&self) -> Vec<ClickThroughRate> {
        let rows = self.clicks.0.iter().map(|((date, page_path, button_id), &clicks)| {
            let page = self.pages.0.get(&(date.clone(), page_path.clone()));
            let views = page.map_or(0, |sums| sums.visits);
            ClickThroughRate {
                date: date.clone(),
                page_path: page_path.clone(),
                button_id: button_id.clone(),
                views,
                clicks,
                ctr: percent(clicks, views),
            }
        });
        rows.collect()
    }

    fn event_counts(&self) -> Vec<EventCount> {
        let rows = self.events.0.iter().map(|((date, hour, event_type), &events)| EventCount {
            date: date.clone(),
            hour: *hour,
            event_type: event_type.clone(),
            events,
        });
        rows.collect()
    }

    /// A journey's least step is what its conversions relate to.
    fn funnels(&self) -> Vec<Funnel> {
        let mut begun: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for ((journey, step, _), sessions) in &self.funnels.0 {
            let (first, reached) = begun.entry(journey).or_insert((*step, 0));
            if first == step {
                *reached += sessions;
            }
        }
        let rows = self.funnels.0.iter().map(|((journey, step, page_path), &sessions)| {
            let begun = begun.get(journey.as_str()).map_or(0, |(_, sessions)| *sessions);
            Funnel {
                journey: journey.clone(),
                step: *step,
                page_path: page_path.clone(),
                sessions,
                conversion: percent(sessions, begun).unwrap_or_default(),
            }
        });
        rows.collect()
    }

    fn users_active(&self) -> Vec<UsersActive> {
        let rows = self.active.0.iter().map(|(date, &(users, new_users))| UsersActive {
            date: date.clone(),
            users,
            new_users,
        });
        rows.collect()
    }

    fn revenue(&self) -> Option<Vec<Revenue>> {
        let rows = self.revenue.as_ref()?.0.iter().map(|(key, sums)| {
            let (date, event_type, property, currency) = key.clone();
            let (events, amount) = (sums.events, sums.sum.nearest());
            Revenue { date, event_type, property, currency, events, amount }
        });
        Some(rows.collect())
    }

    fn activity(&self) -> Option<Vec<Activity>> {
        let rows = self.activity.as_ref()?.0.iter().map(|(key, &(events, users))| {
            let (date, attribute, value) = key.clone();
            Activity { date, attribute, value, events, users }
        });
        Some(rows.collect())
    }
}

fn attribution(sums: &SumsBy<AttributionKey, CreditSums>) -> Vec<AttributedConversions> {
    let rows = sums.0.iter().map(|(key, sums)| {
        let (date, touch, currency) = key.clone();
        let TouchNames { channel, source, medium, campaign } = touch;
        AttributedConversions {
            date,
            channel,
            source,
            medium,
            campaign,
            currency,
            attributed_conversions: millionths(sums.millionths),
            attributed_revenue: sums.revenue.nearest(),
        }
    });
    rows.collect()
}

fn goals(sums: &SumsBy<(String, String), (u64, u64)>) -> Vec<GoalReached> {
    let rows = sums.0.iter().map(|((date, goal), &(sessions, users))| GoalReached {
        date: date.clone(),
        goal: goal.clone(),
        sessions,
        users,
    });
    rows.collect()
}

fn flow_funnels(sums: &SumsBy<StepKey, u64>) -> Vec<FlowFunnel> {
    let row = |(funnel, step, reached, sessions, conversion): FunnelStep| FlowFunnel {
        funnel,
        step,
        reached,
        sessions,
        conversion,
    };
    funnel_steps(sums).map(row).collect()
}

fn policy_funnels(sums: &SumsBy<StepKey, u64>) -> Vec<PolicyFunnel> {
    let row = |(funnel, step, reached, reached_by, conversion): FunnelStep| PolicyFunnel {
        funnel,
        step,
        reached,
        reached_by,
        conversion,
    };
    funnel_steps(sums).map(row).collect()
}

fn lateness(sums: &SumsBy<Option<String>, WindowCounts>) -> Vec<LateArrivals> {
    let row = |(window_start, counts): (&Option<String>, &WindowCounts)| {
        let WindowCounts { on_time, late_accepted, late_dropped, left_out } = *counts;
        LateArrivals {
            window_start: window_start.clone(),
            arrivals: on_time + late_accepted + late_dropped + left_out,
            on_time,
            late_accepted,
            late_dropped,
            left_out,
        }
    };
    sums.0.iter().map(row).collect()
}

/// Funnel, step, what that is, how many reached it, and that in percent of the first step.
type FunnelStep = (String, u64, String, u64, f64);

/// The steps that were reached.
fn funnel_steps(sums: &SumsBy<StepKey, u64>) -> impl Iterator<Item = FunnelStep> {
    let mut first = 0;
    sums.0.iter().filter_map(move |((_, funnel, step, reached), &count)| {
        if *step == 1 {
            first = count;
        }
        let conversion = percent(count, first).unwrap_or_default();
        (count > 0).then(|| (funnel.clone(), *step, reached.clone(), count, conversion))
    })
}

fn experiments(sums: &ExperimentSums) -> Vec<ExperimentResult> {
    let mut rows = Vec::with_capacity(sums.variants.0.len() * sums.goals.len());
    for ((experiment, variant), totals) in &sums.variants.0 {
        let first = totals.first.as_ref().map(|first| (experiment.clone(), first.clone()));
        let first = first.and_then(|key| sums.variants.0.get(&key));
        for (number, goal) in sums.goals.iter().enumerate() {
            let conversions = totals.conversions_of(number);
            let truths = totals.truths.get(number).copied();
            let (true_rate, true_lift) = truths.unwrap_or_default();
            rows.push(ExperimentResult {
                experiment: experiment.clone(),
                variant: variant.clone(),
                goal: goal.clone(),
                users: totals.users,
                sessions: totals.sessions,
                conversions,
                rate: percent(conversions, totals.sessions).unwrap_or_default(),
                lift: first.and_then(|first| lift(totals, first, number)),
                true_rate,
                true_lift,
            });
        }
    }
    rows
}

/// The relative difference of the rate of a goal from that of another variant, in percent, exactly and then rounded.
fn lift(totals: &VariantSums, first: &VariantSums, goal: usize) -> Option<f64> {
    let ours = totals.conversions_of(goal).saturating_mul(first.sessions);
    let theirs = first.conversions_of(goal).saturating_mul(totals.sessions);
    let size = percent(ours.abs_diff(theirs), theirs)?;
    Some(if ours < theirs { -size } else { size })
}

fn experiment_properties(sums: &SumsBy<ChangedKey, ChangedSums>) -> Vec<ExperimentProperty> {
    let rows = sums.0.iter().map(|(key, ChangedSums { amounts, first, true_lift })| {
        let (experiment, variant, event_type, property, currency) = key.clone();
        let mut key = key.clone();
        key.1.clone_from(first);
        let nearest = |sums: &ChangedSums| sums.amounts.sum.nearest() / sums.amounts.events as f64;
        let first = sums.0.get(&key).map(nearest).filter(|first| *first != 0.0);
        let mean = amounts.sum.nearest() / amounts.events as f64;
        ExperimentProperty {
            experiment,
            variant,
            event_type,
            property,
            currency,
            events: amounts.events,
            mean: exact_mean(amounts.sum, amounts.events),
            lift: first.map(|first| rounded_percent(mean / first - 1.0)),
            true_lift: *true_lift,
        }
    });
    rows.collect()
}

fn retention(sums: &SumsBy<(String, u64), u64>) -> Vec<CohortRetention> {
    let rows = sums.0.iter().map(|((cohort, day), &users)| {
        let cohort_users = sums.0.get(&(cohort.clone(), 0)).copied().unwrap_or_default();
        CohortRetention {
            cohort: cohort.clone(),
            day: *day,
            cohort_users,
            users,
            retention: percent(users, cohort_users).unwrap_or_default(),
        }
    });
    rows.collect()
}
