//! A topic of a Kafka cluster as a target.
//!
//! A batch becomes records, all of which are handed to librdkafka at once; its delivery reports are the
//! answers. Within the time of one try librdkafka itself sends again, once and in order by idempotence.
//! What is not written by then is taken back from it, so that a further try cannot overtake it.

mod client_config;
mod errors;
mod kafka_target;
mod records;
mod reports;
mod round;

pub(crate) use kafka_target::KafkaTarget;
