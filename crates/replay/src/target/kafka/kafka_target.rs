//! The target itself.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_simulator::digest::Digest;
use event_simulator::printable::printable;
use event_simulator::quantity::show_duration;
use event_simulator::wire::Envelope;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{Producer, PurgeConfig, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode as Code;

use tokio::sync::RwLock;

use super::client_config::client_config;
use super::errors::{Meaning, hung_up_at_once, kind, meaning, status};
use super::records::KafkaRecords;
use super::reports::{Callbacks, DeliveryReport, Pending, code};
use super::round::{ProducedRound, is_taken_back};
use crate::config::{Config, Interpolated, KafkaUrl};
use crate::error::ReplayError;
use crate::schedule::ScheduledEvent;
use crate::target::interface::{
    Attempt, AttemptFailure, EventResult, INSECURE_WARNING, Retry, RetryCause, Target, Verdict,
};
use crate::target::secrets::Secrets;

/// How long a topic may be missing that the broker creates as it is asked for.
const TOPIC_CREATION: Duration = Duration::from_secs(2);
/// The wait for room in librdkafka's queue, or for a topic.
const SHORT_WAIT: Duration = Duration::from_millis(5);
const TOPIC_WAIT: Duration = Duration::from_millis(200);

/// A topic of a Kafka cluster.
pub(crate) struct KafkaTarget {
    config: ClientConfig,
    url: KafkaUrl,
    secrets: Secrets,
    timeout: Duration,
    is_insecure: bool,
    /// True if events have headers of their own.
    are_messages: bool,
    producer: Mutex<Option<Client>>,
    /// Held by all who send, and by one alone who looks for a record that is refused: whichever batches
    /// they are of, brokers refuse what came together.
    turn: RwLock<()>,
    /// True once the topic was seen.
    has_topic: AtomicBool,
}

type Client = Arc<ThreadedProducer<Callbacks>>;

/// An error that concerns all of a try, with what was said of it.
struct Failed {
    code: Code,
    detail: String,
}

impl KafkaTarget {
    /// Reads secrets from the environment. Nothing is connected to.
    pub(crate) fn new(config: &Config, url: &Interpolated<KafkaUrl>) -> Result<Self, ReplayError> {
        let mut secrets = Secrets::default();
        let url = secrets.resolve("url", url)?;
        let wire = config.target.format.wire();
        Ok(Self {
            config: client_config(config, &url, &mut secrets)?,
            url,
            secrets,
            timeout: config.target.timeout(),
            is_insecure: config.target.tls.insecure,
            are_messages: wire.is_some_and(|format| format.envelope == Envelope::Message),
            producer: Mutex::default(),
            turn: RwLock::default(),
            has_topic: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Client>> {
        self.producer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn producer(&self) -> KafkaResult<Client> {
        let mut current = self.lock();
        if let Some(producer) = &*current {
            return Ok(Arc::clone(producer));
        }
        let producer = Arc::new(self.config.create_with_context(Callbacks::default())?);
        Ok(Arc::clone(current.insert(producer)))
    }

    fn is_current(&self, producer: &Client) -> bool {
        self.lock().as_ref().is_some_and(|current| Arc::ptr_eq(current, producer))
    }

    /// Has another producer take the place of this one, and takes back what this one still has.
    fn retire(&self, producer: &Client) {
        if self.is_current(producer) {
            *self.lock() = None;
            take_back(producer);
        }
    }

    /// Looks whether the topic is there, once.
    async fn look_for_topic(&self, producer: &Client) -> Result<(), Failed> {
        if self.has_topic.load(Ordering::Relaxed) {
            return Ok(());
        }
        let asked = Instant::now();
        loop {
            let found = self.topic_error(producer).await?;
            match found {
                None => break,
                // A broker that creates topics as they are asked for takes a moment.
                Some(Code::LeaderNotAvailable | Code::UnknownTopicOrPartition)
                    if asked.elapsed() < TOPIC_CREATION =>
                {
                    tokio::time::sleep(TOPIC_WAIT).await;
                }
                Some(code) => {
                    let detail = format!("topic {}: {}", self.url.topic, said(code));
                    return Err(Failed { code, detail });
                }
            }
        }
        self.has_topic.store(true, Ordering::Relaxed);
        producer.client().context().forget_error();
        Ok(())
    }

    /// The topic's error, if it has one, as soon as a broker answers.
    async fn topic_error(&self, producer: &Client) -> Result<Option<Code>, Failed> {
        let context = Arc::clone(producer.client().context());
        let (asking, topic, timeout) = (Arc::clone(producer), self.url.topic.clone(), self.timeout);
        let asked = tokio::task::spawn_blocking(move || {
            let metadata = asking.client().fetch_metadata(Some(&topic), timeout)?;
            let topic = metadata.topics().iter().find(|found| found.name() == topic);
            let error = topic.map(|topic| topic.error().map(Code::from));
            Ok::<_, KafkaError>(error.unwrap_or(Some(Code::UnknownTopicOrPartition)))
        });
        let failed = tokio::select! {
            found = asked => match found {
                Ok(Ok(error)) => return Ok(error),
                Ok(Err(error)) => code(&error),
                Err(_) => Code::Fail,
            },
            () = context.is_down.notified() => Code::AllBrokersDown,
        };
        let (code, detail) = context.last_error().unwrap_or_else(|| (failed, said(failed)));
        Err(Failed { code, detail })
    }

    /// Hands the records at these places to librdkafka, and waits until each is reported. What takes too
    /// long is taken back. Gives those that failed.
    async fn produce(
        &self,
        producer: &Client,
        records: &KafkaRecords,
        places: &[usize],
    ) -> Vec<(usize, Code)> {
        let deadline = Instant::now() + self.timeout;
        let pending = Pending::new(places.len());
        for &place in places {
            let report = Box::new(DeliveryReport { pending: Arc::clone(&pending), place });
            let mut record = records.records[place].to_topic(&self.url.topic, report);
            while let Err((error, refused)) = producer.send(record) {
                let code = code(&error);
                if code != Code::QueueFull || Instant::now() >= deadline {
                    pending.settle(place, Some(code));
                    break;
                }
                record = refused;
                tokio::time::sleep(SHORT_WAIT).await;
            }
        }
        if tokio::time::timeout_at(deadline.into(), pending.done()).await.is_err() {
            // All of it, also of other batches: what stays behind could be overtaken by what is sent anew.
            take_back(producer);
            pending.done().await;
        }
        pending.failures()
    }

    /// Sends what is not settled, and gives the error that concerns all if there is one. Where brokers refuse
    /// records for what is in them, with all that was sent along, halves are sent, in order.
    async fn send_unsettled(
        &self,
        records: &KafkaRecords,
        singled_out: &mut Vec<(usize, EventResult)>,
    ) -> Result<(), Failed> {
        let mut later = vec![records.unsettled()];
        let mut is_alone = false;
        // Since when brokers have looked at no record, whichever producer it came from.
        let mut heard = Instant::now();
        while let Some(places) = later.pop() {
            let producer = self.producer().map_err(|error| {
                let (code, detail) = (code(&error), error.to_string());
                Failed { code, detail }
            })?;
            self.look_for_topic(&producer).await?;
            let failures = if is_alone {
                let _turn = self.turn.write().await;
                self.produce(&producer, records, &places).await
            } else {
                let _turn = self.turn.read().await;
                self.produce(&producer, records, &places).await
            };
            self.settle_all_but(&failures, records, &places, singled_out);
            let round = ProducedRound::of(&failures, !self.is_current(&producer));
            if let Some(code) = round.failed {
                return Err(self.failed(&producer, code));
            }
            if round.has_refused || failures.len() < places.len() {
                heard = Instant::now();
            }
            if let Some(code) = round.of_producer {
                if heard.elapsed() > self.timeout {
                    return Err(self.failed(&producer, code));
                }
                self.retire(&producer);
            }
            match (failures.as_slice(), round.has_refused) {
                ([], _) => {}
                (&[(place, code)], true) if is_alone => {
                    records.settle(place);
                    singled_out.push((place, self.refused(code)));
                }
                (failures, is_divided) => {
                    let places = |part: &[(usize, Code)]| part.iter().map(|one| one.0).collect();
                    let middle = if is_divided { failures.len() / 2 } else { failures.len() };
                    is_alone |= is_divided;
                    let halves = [places(&failures[middle..]), places(&failures[..middle])];
                    later.extend(halves.into_iter().filter(|half: &Vec<usize>| !half.is_empty()));
                }
            }
        }
        Ok(())
    }

    /// Settles the records at these places that have not failed.
    fn settle_all_but(
        &self,
        failures: &[(usize, Code)],
        records: &KafkaRecords,
        places: &[usize],
        singled_out: &mut Vec<(usize, EventResult)>,
    ) {
        let mut failed = failures.iter().map(|(place, _)| *place).peekable();
        for &place in places {
            if failed.next_if_eq(&place).is_none() {
                records.settle(place);
                singled_out.push((place, EventResult::Accepted));
            }
        }
        if failures.is_empty()
            && let Some(producer) = &*self.lock()
        {
            producer.client().context().forget_error();
        }
    }

    /// The error of a try, with what librdkafka has told of it.
    fn failed(&self, producer: &Client, failed: Code) -> Failed {
        if failed == Code::Fatal
            && let Some((code, reason)) = producer.client().fatal_error()
        {
            return Failed { code: Code::Fatal, detail: format!("{}: {reason}", said(code)) };
        }
        if !is_taken_back(failed) {
            return Failed { code: failed, detail: said(failed) };
        }
        let waited = format!("not acknowledged within {}", show_duration(self.timeout));
        match producer.client().context().last_error() {
            Some((code, reason)) => Failed { code, detail: format!("{waited}: {reason}") },
            None => Failed { code: failed, detail: waited },
        }
    }

    fn refused(&self, code: Code) -> EventResult {
        EventResult::Refused { status: status(code), failure: self.failure(code, &said(code)) }
    }

    fn failure(&self, code: Code, detail: &str) -> AttemptFailure {
        let mut error = printable(&self.secrets.mask(detail)).into_owned();
        if let Some(question) = hung_up_at_once(self.url.is_tls, detail) {
            error.push_str(question);
        }
        AttemptFailure { kind: kind(code).into(), error, response: None }
    }
}

fn take_back(producer: &Client) {
    producer.purge(PurgeConfig::default().queue().inflight());
}

/// What Kafka says of an error.
fn said(code: Code) -> String {
    let text = KafkaError::MessageProduction(code).to_string();
    text.split_once(": ").map_or(text.clone(), |(_, said)| said.to_owned())
}

impl Target for KafkaTarget {
    type Request = KafkaRecords;

    fn request(&self, events: &[ScheduledEvent]) -> io::Result<KafkaRecords> {
        KafkaRecords::of(events, self.are_messages)
    }

    fn request_bytes(&self, request: &KafkaRecords) -> usize {
        request.bytes()
    }

    async fn send(&self, request: &KafkaRecords) -> Attempt {
        let mut singled_out = Vec::new();
        let sent = self.send_unsettled(request, &mut singled_out).await;
        let Err(Failed { code, detail }) = sent else {
            // That all were accepted is what the verdict says.
            singled_out.retain(|(_, result)| *result != EventResult::Accepted);
            let verdict = Verdict::Accepted;
            return Attempt { verdict, status: None, failure: None, singled_out };
        };
        let verdict = match meaning(code) {
            Meaning::Closed(advice) => Verdict::Closed { advice },
            Meaning::Passing | Meaning::Record | Meaning::Producer => {
                Verdict::Retry(Retry { after: None, cause: RetryCause::Unreachable })
            }
        };
        let failure = Some(self.failure(code, &detail));
        Attempt { verdict, status: None, failure, singled_out }
    }

    fn begin(&self) -> Result<(), ReplayError> {
        let created = self.producer();
        created.map(|_| ()).map_err(|error| {
            let reason = error.to_string();
            ReplayError::Config(format!("the producer cannot be: {}", self.secrets.mask(&reason)))
        })
    }

    async fn answers(&self) -> bool {
        let Ok(producer) = self.producer() else { return false };
        self.topic_error(&producer).await.is_ok()
    }

    fn address(&self) -> String {
        let scheme = if self.url.is_tls { "kafka+ssl" } else { "kafka" };
        let place = format!("{scheme}://{}/{}", self.url.brokers.join(","), self.url.topic);
        self.secrets.mask(&place).into_owned()
    }

    fn tried(&self) -> String {
        format!("produce to {}", self.address())
    }

    fn address_digest(&self) -> String {
        let place = format!("kafka {} {}", self.url.brokers.join(","), self.url.topic);
        Digest::of(place.as_bytes())
    }

    fn health_check(&self) -> String {
        let brokers = self.url.brokers.join(",");
        // A broker that waits for another beginning says nothing of it.
        let protocol = self.config.get("security.protocol").unwrap_or_default();
        let how = match protocol {
            "plaintext" => String::new(),
            _ => format!(" -X security.protocol={protocol}"),
        };
        format!("kcat -L -b {}{how}", self.secrets.mask(&brokers))
    }

    fn shown_request(&self, events: &[ScheduledEvent]) -> String {
        let records = KafkaRecords::of(events, self.are_messages);
        let records = records.map(|records| records.records).unwrap_or_default();
        let records = records.iter().map(|record| self.secrets.mask(&record.shown()).into_owned());
        let text = format!("{}\n\n{}", self.tried(), records.collect::<Vec<_>>().join("\n\n"));
        text.split('\n').map(|line| printable(line)).collect::<Vec<_>>().join("\n")
    }

    fn warning(&self) -> Option<&'static str> {
        self.is_insecure.then_some(INSECURE_WARNING)
    }
}
