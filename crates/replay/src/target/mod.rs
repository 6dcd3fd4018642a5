//! The places that batches are sent to, and the meaning of their responses.
//!
//! A [`Target`] makes a request of a batch, sends it once, and gives the result. All else (retries,
//! the circuit breaker, what is written down) is done by those who use it, the same for every target.

mod http;
mod interface;
mod joined;
#[cfg(feature = "kafka")]
mod kafka;
mod masking;
mod secrets;
mod written;

pub(crate) use http::HttpTarget;
pub(crate) use interface::{
    Attempt, AttemptFailure, EventResult, Retry, RetryCause, Target, Verdict,
};
#[cfg(feature = "kafka")]
pub(crate) use kafka::KafkaTarget;
pub(crate) use written::{FileTarget, StandardOutputTarget};

/// Makes the target that a configuration names, and gives what is done with it.
macro_rules! with_target {
    ($config:expr, |$target:ident| $done:expr) => {{
        use $crate::config::TargetUrl;
        use $crate::target::{FileTarget, HttpTarget, StandardOutputTarget};
        match &$config.target.url {
            TargetUrl::Http(url) => {
                let $target = HttpTarget::new($config, url)?;
                $done
            }
            #[cfg(feature = "kafka")]
            TargetUrl::Kafka(url) => {
                let $target = $crate::target::KafkaTarget::new($config, url)?;
                $done
            }
            #[cfg(not(feature = "kafka"))]
            TargetUrl::Kafka(_) => Err($crate::target::without_kafka()),
            TargetUrl::File(path) => {
                let $target = FileTarget::new(path, $config);
                $done
            }
            TargetUrl::StandardOutput => {
                let $target = StandardOutputTarget;
                $done
            }
        }
    }};
}
pub(crate) use with_target;

/// The error of a program that was built without what it would need.
#[cfg(not(feature = "kafka"))]
pub(crate) fn without_kafka() -> crate::ReplayError {
    crate::ReplayError::Config(
        "this program was built without Kafka: build it with `cargo build --release \
         -p event-simulator-cli --features kafka`, or `kafka-tls` for TLS and SCRAM"
            .to_owned(),
    )
}
