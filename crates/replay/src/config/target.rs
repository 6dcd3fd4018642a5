//! The place that events go to, and what concerns every kind of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use event_simulator::quantity::parse_duration;
use event_simulator_timeline::Compression;

use super::format::FormatConfig;
use super::http::{Auth, DEFAULT_URL, HttpConfig, HttpUrl, TlsConfig};
use super::interpolated::Interpolated;
use super::kafka::{KafkaConfig, KafkaUrl};
use super::masked::masked_url;
use super::rotation::Rotation;

/// The place that events go to, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetConfig {
    /// The place.
    pub url: TargetUrl,
    /// Longest time for one request; see [`TargetConfig::timeout`].
    pub timeout: Option<Timeout>,
    /// The credentials.
    pub auth: Option<Auth>,
    /// Certificates.
    pub tls: TlsConfig,
    /// The wire format of what is sent.
    pub format: FormatConfig,
    /// Compression of what is sent.
    pub compression: Compression,
    /// What concerns HTTP alone.
    pub http: HttpConfig,
    /// What concerns Kafka alone.
    pub kafka: KafkaConfig,
    /// When a file ends and the next one begins; without it there is one.
    pub rotation: Option<Rotation>,
}

impl TargetConfig {
    /// Longest time for one request, by default as suits the target.
    pub fn timeout(&self) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(5);
        // A broker that is restarted is waited for, because only what is not tried anew is not doubled.
        const OF_KAFKA: Duration = Duration::from_secs(30);
        let default = if matches!(self.url, TargetUrl::Kafka(_)) { OF_KAFKA } else { DEFAULT };
        self.timeout.map_or(default, Timeout::duration)
    }

    /// What is set and says nothing to this kind of target.
    fn of_no_use(&self) -> Option<String> {
        const HTTP: &str = "http:// or https://";
        const NETWORK: &str = "http://, https:// or kafka://";
        const KAFKA: &str = "kafka://";
        let (http, kafka, default) = (&self.http, &self.kafka, HttpConfig::default());
        let of_kafka = KafkaConfig::default();
        let options = [
            (HTTP, "method", http.method != default.method),
            (HTTP, "success", http.success != default.success),
            (HTTP, "header", !http.headers.is_empty()),
            (HTTP, "bearer", matches!(self.auth, Some(Auth::Bearer(_)))),
            (HTTP, "user-agent", http.user_agent != default.user_agent),
            (HTTP, "http", http.version != default.version),
            (HTTP, "proxy", http.proxy.is_some()),
            (HTTP, "batch-format", http.batch_format != default.batch_format),
            (NETWORK, "basic", matches!(self.auth, Some(Auth::Basic(_)))),
            (NETWORK, "ca-cert", self.tls.ca_cert.is_some()),
            (NETWORK, "client-cert", self.tls.client.is_some()),
            (NETWORK, "insecure", self.tls.insecure),
            (KAFKA, "kafka-key", kafka.key_field != of_kafka.key_field),
            (KAFKA, "kafka-sasl", kafka.sasl != of_kafka.sasl),
            (KAFKA, "kafka-option", !kafka.properties.is_empty()),
        ];
        let is_of_use = |of: &str| match self.url {
            TargetUrl::Http(_) => of != KAFKA,
            TargetUrl::Kafka(_) => of != HTTP,
            TargetUrl::File(_) | TargetUrl::StandardOutput => false,
        };
        let unused = options.iter().filter(|(of, _, is_set)| *is_set && !is_of_use(of));
        let unused: Vec<String> =
            unused.map(|(of, name, _)| format!("--{name} is of use with {of} only")).collect();
        let place = &self.url;
        (!unused.is_empty())
            .then(|| format!("{}: this replay goes to {place}; leave it out", unused.join(", ")))
    }

    /// The reason why these settings cannot be together.
    pub(super) fn check(&self) -> Result<(), String> {
        self.format.check()?;
        let is_written = self.url.is_written();
        if self.rotation.is_some() && !matches!(self.url, TargetUrl::File(_)) {
            return Err("--rotate is of use with --url file:NAME only".to_owned());
        }
        if let Some(reason) = self.of_no_use() {
            return Err(reason);
        }
        if is_written && self.compression != Compression::None {
            return Err("--compress: what is written to a file or standard output is plain JSON \
                        lines; leave it out"
                .to_owned());
        }
        Ok(())
    }
}

/// The place that events go to. The scheme says of which kind it is, so it is always written out.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetUrl {
    /// An API that takes events by HTTP.
    Http(Interpolated<HttpUrl>),
    /// A topic of a Kafka cluster.
    Kafka(Interpolated<KafkaUrl>),
    /// A file of JSON lines.
    File(PathBuf),
    /// Standard output.
    StandardOutput,
}

impl TargetUrl {
    /// True if events are written, one after the other, to what gives no answers.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::File(_) | Self::StandardOutput)
    }
}

impl Default for TargetUrl {
    #[expect(clippy::expect_used, reason = "the default is a URL")]
    fn default() -> Self {
        DEFAULT_URL.parse().expect("constant URL")
    }
}

impl FromStr for TargetUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        match scheme {
            "kafka" | "kafka+ssl" => text.parse().map(Self::Kafka),
            "-" | "stdout" if rest.is_empty() => Ok(Self::StandardOutput),
            "stdout" => Err("standard output is `stdout:`, with nothing behind it".to_owned()),
            "file" => file(rest).map(Self::File),
            _ => text.parse().map(Self::Http),
        }
    }
}

/// The file that stands behind `file:`.
fn file(rest: &str) -> Result<PathBuf, String> {
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err("write file:NAME, or file:///NAME from the root".to_owned()),
        None => rest,
    };
    if path.is_empty() || path.ends_with('/') || Path::new(path).file_name().is_none() {
        return Err("the name of a file belongs behind `file:`, such as file:out.jsonl".to_owned());
    }
    Ok(PathBuf::from(path))
}

/// The URL as it was written, but for its password and what is secret in its query.
impl fmt::Display for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => f.write_str(&masked_url(url.text())),
            Self::Kafka(url) => f.write_str(&masked_url(url.text())),
            Self::File(path) => path.display().fmt(f),
            Self::StandardOutput => f.write_str("standard output"),
        }
    }
}

/// A time that is longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(Duration);

impl Timeout {
    /// So long, or `None` if that is nothing.
    pub fn new(duration: Duration) -> Option<Self> {
        (!duration.is_zero()).then_some(Self(duration))
    }

    /// The time.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = parse_duration(text).map_err(|error| error.to_string())?;
        Self::new(duration).ok_or_else(|| format!("{text:?} is not longer than 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_says_the_kind_of_target() {
        for (text, shown) in [
            ("http://h/x", "http://h/x"),
            ("kafka://me:secret@h/topic", "kafka://me:***@h/topic"),
            ("kafka+ssl://${BROKERS}/topic", "kafka+ssl://${BROKERS}/topic"),
            ("file:out.jsonl", "out.jsonl"),
            ("file:a/out.jsonl", "a/out.jsonl"),
            ("file:///a/out.jsonl", "/a/out.jsonl"),
            ("stdout:", "standard output"),
            ("-", "standard output"),
        ] {
            assert_eq!(text.parse::<TargetUrl>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["x", "file:", "file:a/", "file://a", "file:..", "stdout:x", "kafka://h", "-:"]
        {
            let is_error = text.parse::<TargetUrl>().is_err();
            assert!(is_error || text == "-:", "{text}");
        }
        assert!("0s".parse::<Timeout>().is_err());
    }

    #[test]
    fn what_says_nothing_to_the_target_is_refused() {
        let reason = |url: &str| {
            let mut config = TargetConfig { url: url.parse().unwrap(), ..TargetConfig::default() };
            config.http.headers.push("X-A: b".parse().unwrap());
            config.auth = Some(Auth::Basic("me:secret".parse().unwrap()));
            config.kafka.properties.push("linger.ms=20".parse().unwrap());
            config.check().unwrap_err()
        };
        let of_kafka = "--kafka-option is of use with kafka:// only";
        assert_eq!(
            reason("http://h/x"),
            format!("{of_kafka}: this replay goes to http://h/x; leave it out")
        );
        let of_http = "--header is of use with http:// or https:// only";
        assert_eq!(
            reason("kafka://h/t"),
            format!("{of_http}: this replay goes to kafka://h/t; leave it out")
        );
        let written = reason("file:a");
        let of_network = "--basic is of use with http://, https:// or kafka:// only";
        assert!(
            written.starts_with(&format!("{of_http}, {of_network}, {of_kafka}: ")),
            "{written}"
        );
    }

    #[test]
    fn a_broker_has_more_time_to_come_back_than_an_api() {
        let timeout = |url: &str| {
            let url = url.parse().unwrap();
            TargetConfig { url, ..TargetConfig::default() }.timeout().as_secs()
        };
        assert_eq!((timeout("http://h/x"), timeout("kafka://h/t")), (5, 30));
    }
}
