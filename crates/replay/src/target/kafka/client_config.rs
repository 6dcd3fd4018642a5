//! The configuration of librdkafka.

use std::path::Path;
use std::time::Duration;

use event_simulator_timeline::Compression;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::config::{Auth, Config, KafkaUrl, SaslMechanism, is_secret_parameter};
use crate::error::ReplayError;
use crate::target::secrets::{Secrets, decoded};

/// Records that librdkafka's queue has room for, beyond which there may be more only as that is asked for.
const QUEUE_RECORDS: usize = 100_000;

/// The configuration of a producer to `url`, checked by librdkafka.
pub(super) fn client_config(
    config: &Config,
    url: &KafkaUrl,
    secrets: &mut Secrets,
) -> Result<ClientConfig, ReplayError> {
    let in_flight = config.max_in_flight().get().saturating_mul(config.batch_size().get());
    let target = &config.target;
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", url.brokers.join(","))
        .set("client.id", "event-simulator")
        .set("enable.idempotence", "true")
        .set("acks", "all")
        // Keys lie where a Java producer puts them; librdkafka's own default is another hash.
        .set("partitioner", "murmur2_random")
        // The time of a try is kept by the target, which takes back all that a try has not brought.
        .set("message.timeout.ms", "0")
        .set("reconnect.backoff.max.ms", "1000")
        .set("socket.connection.setup.timeout.ms", connection_ms(target.timeout()).to_string())
        .set("queue.buffering.max.messages", QUEUE_RECORDS.max(in_flight).to_string())
        .set(
            "compression.codec",
            match target.compression {
                Compression::None => "none",
                Compression::Gzip => "gzip",
                Compression::Zstd => "zstd",
            },
        );
    // That a connection was closed is no error to librdkafka, and why is in its log.
    client.set_log_level(RDKafkaLogLevel::Info);
    let credentials = credentials(config, url, secrets)?;
    client.set(
        "security.protocol",
        match (url.is_tls, credentials.is_some()) {
            (false, false) => "plaintext",
            (true, false) => "ssl",
            (false, true) => "sasl_plaintext",
            (true, true) => "sasl_ssl",
        },
    );
    let is_plain = target.kafka.sasl == SaslMechanism::Plain;
    let needs_tls = url.is_tls || (credentials.is_some() && !is_plain);
    if needs_tls && !cfg!(feature = "kafka-tls") {
        return Err(ReplayError::Config(
            "this program was built with Kafka but without TLS and SCRAM: build it with \
             `cargo build --release -p event-simulator-cli --features kafka-tls`"
                .to_owned(),
        ));
    }
    if let Some((user, password)) = credentials {
        client.set("sasl.mechanism", mechanism(target.kafka.sasl));
        client.set("sasl.username", user).set("sasl.password", password);
    }
    if url.is_tls {
        certificates(config, &mut client)?;
    }
    for property in &target.kafka.properties {
        let value = secrets.resolve("kafka_options", &property.value)?;
        if is_secret_parameter(&property.name) {
            secrets.add(&value);
        }
        client.set(&property.name, value);
    }
    client.create_native_config().map_err(|error| {
        let reason = error.to_string();
        ReplayError::Config(format!("--kafka-option: {}", secrets.mask(&reason)))
    })?;
    Ok(client)
}

/// The time to connect and to show who one is, in milliseconds: that of a try, within what librdkafka takes.
fn connection_ms(timeout: Duration) -> u128 {
    timeout.as_millis().clamp(1_000, 30_000)
}

fn mechanism(sasl: SaslMechanism) -> &'static str {
    match sasl {
        SaslMechanism::Plain => "PLAIN",
        SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
    }
}

/// User and password, those of an option before those of the URL.
fn credentials(
    config: &Config,
    url: &KafkaUrl,
    secrets: &mut Secrets,
) -> Result<Option<(String, String)>, ReplayError> {
    if let Some((user, password)) = &url.credentials {
        secrets.add(password);
        secrets.add_basic(&decoded(user), &decoded(password));
    }
    match &config.target.auth {
        Some(Auth::Basic(credentials)) => {
            let credentials = secrets.resolve("basic", credentials)?;
            secrets.add_basic(&credentials.user, &credentials.password);
            Ok(Some((credentials.user, credentials.password)))
        }
        Some(Auth::Bearer(_)) => Err(ReplayError::Config(
            "--bearer is for HTTP: Kafka takes --basic USER:PASSWORD".to_owned(),
        )),
        None => {
            let written = url.credentials.as_ref();
            Ok(written.map(|(user, password)| (decoded(user), decoded(password))))
        }
    }
}

/// The certificates, by the names of their files.
fn certificates(config: &Config, client: &mut ClientConfig) -> Result<(), ReplayError> {
    let tls = &config.target.tls;
    // The OpenSSL that is compiled along does not know where this system has its own.
    client.set("ssl.ca.location", "probe");
    if let Some(path) = &tls.ca_cert {
        client.set("ssl.ca.location", text(path)?);
    }
    if let Some(identity) = &tls.client {
        client.set("ssl.certificate.location", text(&identity.certificate)?);
        let key = identity.key.as_ref().unwrap_or(&identity.certificate);
        client.set("ssl.key.location", text(key)?);
    }
    if tls.insecure {
        client.set("enable.ssl.certificate.verification", "false");
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str, ReplayError> {
    if let Err(source) = std::fs::metadata(path) {
        return Err(ReplayError::Config(format!("{}: {source}", path.display())));
    }
    path.to_str()
        .ok_or_else(|| ReplayError::Config(format!("{}: the name is not UTF-8", path.display())))
}
