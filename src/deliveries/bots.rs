//! Programs that visit the site.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::json;

use crate::event::{self, UuidV7, event_type};
use crate::faults::{BotForm, Fault, FaultAction};
use crate::model::Model;
use crate::population::Ids;
use crate::random::{Aspect, AspectDraws, RngStreams, uniform};
use crate::simulation::Shard;
use crate::time::VirtualTime;

use super::delivery::{ChangedBody, Delivery, DeliveryContent};
use super::ledger::{Ledger, LedgerEvent};

/// The visits of all bots, in the order of their times.
#[derive(Debug)]
pub(super) struct Bots {
    bots: Vec<Bot>,
    /// The next visit of each: its time, and the place of the bot.
    due: BinaryHeap<Reverse<(VirtualTime, usize)>>,
}

#[derive(Debug)]
struct Bot {
    /// The place of its fault.
    place: usize,
    form: BotForm,
    /// Its number behind those of the users.
    number: u32,
    /// The number of its next visit.
    visit: u32,
    every_ms: u64,
    to_ms: u64,
    draws: AspectDraws,
}

/// The most pages of one visit.
const MOST_PAGES: u64 = 200;

/// Browsers that are none.
const HEADLESS_AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
];

impl BotForm {
    /// The time between its visits, if the scenario does not say.
    const fn every_ms(self) -> u64 {
        match self {
            Self::Crawler => 3_600_000,
            Self::Headless => 600_000,
            Self::Monitor => 60_000,
        }
    }

    /// The time between its pages.
    const fn pace_ms(self) -> u64 {
        match self {
            Self::Crawler => 1_000,
            Self::Headless => 250,
            Self::Monitor => 50,
        }
    }

    fn user_agent(self, visit: u32) -> &'static str {
        match self {
            Self::Crawler => {
                "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://example.com/bot.html)"
            }
            Self::Headless => HEADLESS_AGENTS[visit as usize % HEADLESS_AGENTS.len()],
            Self::Monitor => "ExampleMonitor/1.0 (uptime check)",
        }
    }
}

impl Bots {
    /// The bots of a model's faults: those of one part of them.
    pub(super) fn new(model: &Model, shard: Shard) -> Self {
        let mut all = Self { bots: Vec::new(), due: BinaryHeap::new() };
        let streams = RngStreams::new(model.seed());
        let mut number = model.users();
        for (place, fault) in model.faults().iter().enumerate() {
            let FaultAction::Bots { forms, visitors, every_ms } = &fault.action else { continue };
            for visitor in 0..*visitors {
                let form = forms[visitor as usize % forms.len()];
                if number % shard.count() == shard.index() {
                    let draws = streams.for_user(number).of(Aspect::FirstStart);
                    let every_ms = every_ms.unwrap_or(form.every_ms());
                    let bot =
                        Bot { place, form, number, visit: 0, every_ms, to_ms: fault.to_ms, draws };
                    all.begin(bot, fault, model);
                }
                number += 1;
            }
        }
        all
    }

    fn begin(&mut self, bot: Bot, fault: &Fault, model: &Model) {
        let start_ms = fault.from_ms.max(model.start().as_millis());
        let first_ms = start_ms + uniform(bot.draws.at(0), 0, bot.every_ms - 1);
        let time = VirtualTime::from_millis(first_ms).filter(|time| bot.visits_at(*time, model));
        if let Some(time) = time {
            self.due.push(Reverse((time, self.bots.len())));
        }
        self.bots.push(bot);
    }

    /// The time of the next visit.
    #[inline]
    pub(super) fn next_at(&self) -> Option<VirtualTime> {
        self.due.peek().map(|Reverse((time, _))| *time)
    }

    /// Hands what arrives of the next visit to `deliver`.
    pub(super) fn visit(
        &mut self,
        model: &Model,
        ids: &Ids,
        ledger: &mut Ledger,
        deliver: &mut impl FnMut(Delivery),
    ) {
        let Some(Reverse((time, at))) = self.due.pop() else { return };
        let bot = &mut self.bots[at];
        bot.events(time, model, ids, ledger, deliver);
        bot.visit += 1;
        let next = time.checked_add_millis(bot.every_ms).filter(|next| bot.visits_at(*next, model));
        if let Some(next) = next {
            self.due.push(Reverse((next, at)));
        }
    }
}

impl Bot {
    fn visits_at(&self, time: VirtualTime, model: &Model) -> bool {
        time.as_millis() < self.to_ms
            && self.visit < Model::SESSIONS_PER_USER - 1
            && model.population().comes_at(time)
    }

    /// The pages of a visit.
    fn pages<'m>(&self, pages: &'m [String]) -> Vec<&'m String> {
        let most = pages.len().min(MOST_PAGES as usize);
        match self.form {
            BotForm::Crawler => pages[..most].iter().collect(),
            BotForm::Monitor => pages[..1].iter().collect(),
            BotForm::Headless => {
                let place = u64::from(self.visit) << u32::BITS;
                let count = uniform(self.draws.at(place + 1), 3, 12);
                let page = |nth| uniform(self.draws.at(place + 2 + nth), 0, pages.len() as u64 - 1);
                (0..count).map(|nth| &pages[page(nth) as usize]).collect()
            }
        }
    }

    fn events(
        &self,
        time: VirtualTime,
        model: &Model,
        ids: &Ids,
        ledger: &mut Ledger,
        deliver: &mut impl FnMut(Delivery),
    ) {
        let names = model.names();
        let user_code = ids.user(self.number);
        let session = ids.session(self.number, self.visit);
        let mut types = vec![(event_type::SESSION_CREATED, None)];
        let pages = self.pages(&names.pages).into_iter();
        types.extend(pages.map(|page| (event_type::PAGE_VISITED, Some(page))));
        types.push((event_type::SESSION_ENDED, None));
        for (number, (event_type, page)) in (0_u32..).zip(types) {
            let offset_ms = u64::from(number) * self.form.pace_ms();
            let Some(time) = time.checked_add_millis(offset_ms) else { break };
            let id = UuidV7::new(time.as_millis(), number, session.all());
            let mut event = json!({
                "event_id": id.to_string(),
                "event_time": time,
                "event_type": event_type,
                "user_id": event::user_id(user_code),
                "session_id": event::session_id(session),
            });
            if let Some(page) = page {
                event["page_path"] = json!(page);
            }
            event["props"] = json!({});
            event["device"] = json!({ "user_agent": self.form.user_agent(self.visit) });
            let known = LedgerEvent { id, time, user_code };
            let sent_at = format!("\"{time}\"").into_bytes();
            let note = ledger.note(self.place, "added").with("form", self.form.word());
            let note = note.with_bytes("event", event.to_string().as_bytes());
            ledger.write(model.faults(), known, note.with_times(&sent_at, time));
            event["sent_at"] = json!(time);
            let body = ChangedBody { bytes: event.to_string().into_bytes(), is_object: true };
            let content = DeliveryContent::Body(Box::new(body));
            deliver(Delivery { received_at: time, id, copy: 0, user_code, content });
        }
    }
}
