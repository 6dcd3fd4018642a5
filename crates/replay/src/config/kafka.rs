//! The configuration of a target that is a topic of a Kafka cluster.

use std::str::FromStr;

use super::interpolated::Interpolated;

/// What concerns Kafka alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaConfig {
    /// The field whose value is a record's key; without one records have none.
    pub key_field: Option<String>,
    /// The way in which the client shows who it is.
    pub sasl: SaslMechanism,
    /// Properties of librdkafka.
    pub properties: Vec<KafkaProperty>,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            key_field: Some("user_id".to_owned()),
            sasl: SaslMechanism::Plain,
            properties: Vec::new(),
        }
    }
}

/// The way in which a client shows who it is, if it has credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaslMechanism {
    /// User and password as they are.
    Plain,
    /// A challenge, by SHA-256.
    ScramSha256,
    /// A challenge, by SHA-512.
    ScramSha512,
}

/// A `kafka` or `kafka+ssl` URL: brokers and a topic.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaUrl {
    /// True if connections are encrypted.
    pub(crate) is_tls: bool,
    /// User and password, percent-encoded.
    pub(crate) credentials: Option<(String, String)>,
    /// Brokers to ask for the others, `host:port` each.
    pub(crate) brokers: Vec<String>,
    pub(crate) topic: String,
}

const URL_FORM: &str = "this is not a URL such as kafka://localhost:9092/topic";

impl FromStr for KafkaUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or(URL_FORM)?;
        let is_tls = match scheme {
            "kafka" => false,
            "kafka+ssl" => true,
            _ => return Err(URL_FORM.to_owned()),
        };
        let (user_info, place) =
            rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        let credentials = match user_info {
            None => None,
            Some(user_info) => {
                let (user, password) = user_info
                    .split_once(':')
                    .ok_or("a user in a Kafka URL needs a password: kafka://user:password@...")?;
                Some((user.to_owned(), password.to_owned()))
            }
        };
        let (brokers, topic) = place
            .split_once('/')
            .ok_or("the topic is missing: write it as in kafka://localhost:9092/topic")?;
        let brokers = brokers.split(',').map(broker).collect::<Result<_, _>>()?;
        Ok(Self { is_tls, credentials, brokers, topic: checked_topic(topic)? })
    }
}

/// A broker, with the usual port if it has none.
fn broker(text: &str) -> Result<String, String> {
    let is_host = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%')
            })
    };
    // An IPv6 address stands in brackets.
    let (host, rest) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, rest)) => (host, rest),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = if rest.is_empty() { Some("9092") } else { rest.strip_prefix(':') };
    let port = port.and_then(|port| port.parse::<u16>().ok()).filter(|&port| port > 0);
    match port.filter(|_| is_host(host)) {
        Some(port) if host.contains(':') => Ok(format!("[{host}]:{port}")),
        Some(port) => Ok(format!("{host}:{port}")),
        None => Err(format!("{URL_FORM}: a broker is HOST or HOST:PORT, several with commas")),
    }
}

/// A name that a topic can have.
fn checked_topic(topic: &str) -> Result<String, String> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_topic = (1..=249).contains(&topic.len())
        && topic.bytes().all(is_legal)
        && !matches!(topic, "." | "..");
    is_topic.then(|| topic.to_owned()).ok_or_else(|| {
        "a topic's name has 1 to 249 of the characters a-z, A-Z, 0-9, `.`, `_` and `-`".to_owned()
    })
}

/// A property of librdkafka, written `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaProperty {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Interpolated<String>,
}

/// Properties on which promises depend, or for which there is an option, and what to say of them.
const OWN_PROPERTIES: [(&str, &str); 18] = [
    ("acks", ALL_REPLICAS),
    ("request.required.acks", ALL_REPLICAS),
    ("enable.idempotence", ONCE),
    ("message.send.max.retries", ONCE),
    ("retries", ONCE),
    ("max.in.flight", ONCE),
    ("max.in.flight.requests.per.connection", ONCE),
    ("transactional.id", "a replay is not a transaction"),
    ("message.timeout.ms", "an event is given up by --timeout, --retries and --outage-limit"),
    ("delivery.timeout.ms", "an event is given up by --timeout, --retries and --outage-limit"),
    ("partitioner", "keys lie where a Java producer puts them (murmur2_random)"),
    ("bootstrap.servers", "brokers stand in --url"),
    ("metadata.broker.list", "brokers stand in --url"),
    ("security.protocol", "kafka+ssl:// is TLS, and a user and password are SASL"),
    ("sasl.mechanism", "use --kafka-sasl"),
    ("sasl.mechanisms", "use --kafka-sasl"),
    ("delivery.report.only.error", "each event has to be accounted for"),
    ("queue.buffering.max.messages", "use --batch and --in-flight"),
];
const ALL_REPLICAS: &str = "an event is delivered once all replicas in sync have it (acks=all)";
const ONCE: &str = "records are written once and in order (enable.idempotence=true)";

impl FromStr for KafkaProperty {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("a property of librdkafka is name=value")?;
        let name = name.trim();
        let own = OWN_PROPERTIES.iter().find(|(own, _)| *own == name);
        if let Some((name, reason)) = own {
            return Err(format!("{name} cannot be set: {reason}"));
        }
        if name.starts_with("test.") {
            return Err("properties of librdkafka's own tests cannot be set".to_owned());
        }
        Ok(Self { name: name.to_owned(), value: value.trim().parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_brokers_and_a_topic() {
        let url: KafkaUrl = "kafka+ssl://me:s%40c:r@a,b:1,[::1]:2/t.o_p-1".parse().unwrap();
        assert!(url.is_tls);
        assert_eq!(url.credentials, Some(("me".to_owned(), "s%40c:r".to_owned())));
        assert_eq!(url.brokers, ["a:9092", "b:1", "[::1]:2"]);
        assert_eq!(url.topic, "t.o_p-1");
    }

    #[test]
    fn a_url_that_is_wrong_is_told_without_repeating_it() {
        for text in [
            "kafka:secret",
            "kafka://secret",
            "kafka://secret/",
            "kafka://secret/..",
            "kafka://secret/a/b",
            "kafka://secret/t?x=1",
            "kafka://secret:x/t",
            "kafka://secret:0/t",
            "kafka:///t",
            "kafka://a,,b/t",
            "kafka://secret@h/t",
            "kafka://[secret/t",
            "kafkas://h/t",
        ] {
            let error = text.parse::<KafkaUrl>().err().unwrap_or_else(|| panic!("{text}"));
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn properties_on_which_promises_depend_are_refused() {
        for text in ["acks=1", "enable.idempotence = false", "partitioner=random", "linger.ms"] {
            assert!(text.parse::<KafkaProperty>().is_err(), "{text}");
        }
        let property: KafkaProperty = "linger.ms = 20".parse().unwrap();
        assert_eq!((property.name.as_str(), property.value.text()), ("linger.ms", "20"));
    }
}
