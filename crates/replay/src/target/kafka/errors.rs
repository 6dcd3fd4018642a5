//! The meaning of Kafka's errors.

use rdkafka::types::RDKafkaErrorCode as Code;

/// What an error says of a record, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It may pass by itself.
    Passing,
    /// The record, or one that was sent with it, will never be taken.
    Record,
    /// The brokers take nothing more of this producer, and may of another.
    Producer,
    /// Nothing is taken; what a person may do.
    Closed(&'static str),
}

/// The meaning of an error.
pub(super) fn meaning(code: Code) -> Meaning {
    match code {
        Code::MessageSizeTooLarge
        | Code::InvalidMessage
        | Code::InvalidMessageSize
        | Code::InvalidTimestamp
        | Code::InvalidRecord
        | Code::UnsupportedForMessageFormat
        | Code::PolicyViolation => Meaning::Record,
        Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::UnknownPartition
        | Code::InvalidTopic => Meaning::Closed("Is the topic's name right, and was it created?"),
        Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed => {
            Meaning::Closed("May this user write to the topic?")
        }
        Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState => Meaning::Closed(
            "Are the credentials right (--basic, --kafka-sasl), and is the URL's scheme?",
        ),
        Code::SSL => Meaning::Closed(
            "Are the certificates right (--ca-cert, --client-cert), and is the URL's scheme?",
        ),
        Code::Fatal
        | Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::InvalidProducerIdMapping
        | Code::OutOfOrderSequenceNumber
        | Code::UnknownProducerId => Meaning::Producer,
        Code::UnsupportedVersion | Code::UnsupportedFeature | Code::UnsupportedCompressionType => {
            Meaning::Closed(
                "Is the broker too old for this? --compress and --kafka-option may help",
            )
        }
        _ => Meaning::Passing,
    }
}

/// The kind of an error, for statistics.
pub(super) fn kind(code: Code) -> &'static str {
    match code {
        Code::PurgeQueue | Code::PurgeInflight => "timeout",
        Code::MessageSizeTooLarge => "too large",
        _ if meaning(code) == Meaning::Record => "record refused",
        Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState => "not authenticated",
        Code::SSL => "TLS failed",
        Code::AllBrokersDown | Code::BrokerTransportFailure | Code::Resolve => "no connection",
        _ => "kafka error",
    }
}

/// The broker's number for an error; librdkafka's own have none.
pub(super) fn status(code: Code) -> Option<u16> {
    u16::try_from(code as i32).ok().filter(|&status| status > 0)
}

/// What to ask oneself where a broker hung up on the first request: one with TLS does on a client without, and one that wants a
/// client's certificate does behind the handshake, by whichever of its errors is read first.
pub(super) fn hung_up_at_once(is_tls: bool, detail: &str) -> Option<&'static str> {
    let at_once = detail.contains("in state APIVERSION_QUERY");
    match is_tls {
        true if at_once || detail.contains("SSL connection closed by peer") => {
            Some("; does it want a certificate of yours (--client-cert), or a user (--basic)?")
        }
        false if at_once => Some("; does it want TLS, which is kafka+ssl://?"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hung_up_at_once;

    #[test]
    fn a_hang_up_on_the_first_request_is_asked_about() {
        let reset = "Disconnected: connection reset by peer (after 0ms in state APIVERSION_QUERY)";
        let closed = "SSL connection closed by peer (after 2ms in state SSL_HANDSHAKE)";
        let later = "Disconnected: connection reset by peer (after 9ms in state UP)";
        for detail in [reset, closed] {
            assert!(hung_up_at_once(true, detail).unwrap().contains("--client-cert"), "{detail}");
        }
        assert!(hung_up_at_once(false, reset).unwrap().contains("kafka+ssl://"));
        assert_eq!((hung_up_at_once(true, later), hung_up_at_once(false, later)), (None, None));
    }
}
