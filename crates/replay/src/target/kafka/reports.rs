//! Delivery reports, and what else librdkafka tells.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use rdkafka::types::RDKafkaErrorCode as Code;
use tokio::sync::Notify;

/// What librdkafka calls back, on its own thread.
#[derive(Default)]
pub(super) struct Callbacks {
    /// The last error of a connection, since something was delivered.
    last_error: Mutex<Option<(Code, String)>>,
    /// Told when there is no broker that is connected, or none can be.
    pub(super) is_down: Notify,
}

impl Callbacks {
    /// The last error of a connection, since something was delivered.
    pub(super) fn last_error(&self) -> Option<(Code, String)> {
        self.lock().clone()
    }

    pub(super) fn forget_error(&self) {
        *self.lock() = None;
    }

    fn remember(&self, code: Code, reason: &str) {
        let mut last = self.lock();
        // That a connection was closed says less than that the credentials were wrong.
        let is_closing = code == Code::BrokerTransportFailure
            && last.as_ref().is_some_and(|(code, _)| is_of_credentials(*code));
        if !is_closing {
            *last = Some((code, reason.to_owned()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Code, String)>> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Callbacks {
    /// That a broker closed a connection, and what that may mean, is told here alone.
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "FAIL" {
            // Behind the name of a thread.
            let reason = message.split_once("]: ").map_or(message, |(_, reason)| reason);
            self.remember(Code::BrokerTransportFailure, reason);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(Code::Unknown);
        // It says no more than how many they are.
        if code != Code::AllBrokersDown {
            self.remember(code, reason);
        }
        if code == Code::AllBrokersDown || is_of_credentials(code) {
            self.is_down.notify_waiters();
        }
    }
}

fn is_of_credentials(code: Code) -> bool {
    matches!(code, Code::Authentication | Code::SSL | Code::SaslAuthenticationFailed)
}

impl ProducerContext for Callbacks {
    type DeliveryOpaque = Box<DeliveryReport>;

    fn delivery(&self, result: &DeliveryResult<'_>, report: Box<DeliveryReport>) {
        let failed = result.as_ref().err().map(|(error, _)| code(error));
        report.pending.settle(report.place, failed);
    }
}

/// The error's number.
pub(super) fn code(error: &KafkaError) -> Code {
    error.rdkafka_error_code().unwrap_or(Code::Unknown)
}

/// What a record takes along to find its batch again.
pub(super) struct DeliveryReport {
    pub(super) pending: Arc<Pending>,
    pub(super) place: usize,
}

/// Records that were handed to librdkafka together, until each is reported.
pub(super) struct Pending {
    left: AtomicUsize,
    failures: Mutex<Vec<(usize, Code)>>,
    done: Notify,
}

impl Pending {
    /// So many records of which nothing is known.
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(count),
            failures: Mutex::default(),
            done: Notify::new(),
        })
    }

    /// Takes the report of the record at `place`.
    pub(super) fn settle(&self, place: usize, failed: Option<Code>) {
        if let Some(code) = failed {
            self.failures.lock().unwrap_or_else(PoisonError::into_inner).push((place, code));
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }

    /// Waits until each record is reported. May be cancelled, and waited for again.
    pub(super) async fn done(&self) {
        if self.left.load(Ordering::Acquire) > 0 {
            self.done.notified().await;
        }
    }

    /// The records that failed, in the order of their places.
    pub(super) fn failures(&self) -> Vec<(usize, Code)> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failures.sort_unstable_by_key(|(place, _)| *place);
        failures
    }
}
