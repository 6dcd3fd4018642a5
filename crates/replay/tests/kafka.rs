//! Kafka as a target, against librdkafka's mock cluster, whose errors can be chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use event_simulator_replay::{
    Config, LineSource, Replay, ReplayPace, ReplayStatus, Silent, Summary, Timeout,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use tempfile::TempDir;

use super::support::{assert_complete, id, lines, replay_file, timeline, wait_until};

const PARTITIONS: i32 = 4;

/// A timeline, and a cluster of one broker with the topic `events`.
struct Cluster {
    folder: TempDir,
    mock: MockCluster<'static, DefaultProducerContext>,
    text: String,
}

impl Cluster {
    fn new(events: u64) -> Self {
        Self::with_timeline(timeline(events))
    }

    fn with_timeline(text: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("timeline.jsonl"), &text).unwrap();
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("events", PARTITIONS, 1).unwrap();
        Self { folder, mock, text }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        let url = format!("kafka://{}/events", self.mock.bootstrap_servers());
        config.target.url = url.parse().unwrap();
        config.schedule.pace = ReplayPace::Max;
        config.retry.backoff = Duration::from_millis(5);
        config.records.dead_letters = Some(self.path("dead.jsonl"));
        config
    }

    fn replay(&self, adapt: impl FnOnce(&mut Config)) -> Summary {
        let mut config = self.config();
        adapt(&mut config);
        replay_file(&self.path("timeline.jsonl"), config)
    }

    /// All records of the topic, those of a partition in its order.
    fn records(&self) -> Vec<OwnedMessage> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.mock.bootstrap_servers()).set("group.id", "test");
        let consumer: BaseConsumer = config.create().unwrap();
        let (mut list, mut ends) = (TopicPartitionList::new(), BTreeMap::new());
        let wait = Duration::from_secs(10);
        for partition in 0..PARTITIONS {
            list.add_partition_offset("events", partition, Offset::Beginning).unwrap();
            let (_, end) = consumer.fetch_watermarks("events", partition, wait).unwrap();
            ends.insert(partition, end);
        }
        consumer.assign(&list).unwrap();
        let mut records = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        while (records.len() as i64) < ends.values().sum() {
            assert!(Instant::now() < deadline, "{} of {ends:?}", records.len());
            if let Some(record) = consumer.poll(Duration::from_millis(100)) {
                records.push(record.unwrap().detach());
            }
        }
        records
    }

    /// Asserts that each event is there at least once, in order by its key where first copies are
    /// looked at, and gives the number of records.
    fn assert_nothing_lost(&self) -> usize {
        let records = self.records();
        let (mut seen, mut latest) = (BTreeSet::new(), BTreeMap::new());
        for record in &records {
            let event: Value = serde_json::from_slice(record.payload().unwrap()).unwrap();
            let id = event["event_id"].as_str().unwrap().to_owned();
            if seen.insert(id.clone())
                && let Some(before) = latest.insert(record.key().unwrap().to_vec(), id.clone())
            {
                assert!(before < id, "{id} came after {before}");
            }
        }
        assert_eq!(seen.len(), self.text.lines().count());
        records.len()
    }
}

/// The hash by which Java's producer finds a partition, by its definition in Kafka's `Utils.murmur2`.
fn murmur2(key: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ key.len() as u32;
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().unwrap()).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

fn partition_by_java(key: &[u8]) -> i32 {
    (murmur2(key) & 0x7fff_ffff) as i32 % PARTITIONS
}

/// Values of Kafka's own test of its hash.
#[test]
fn murmur2_is_java_s() {
    for (key, hash) in [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
}

#[test]
fn each_event_is_written_once_with_its_key_time_and_headers() {
    let cluster = Cluster::new(5_000);
    let summary = cluster.replay(|_| ());
    assert_complete(&summary);
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (5_000, 0));
    assert_eq!(cluster.assert_nothing_lost(), 5_000);
    let known: BTreeSet<&str> = cluster.text.lines().collect();
    for record in cluster.records() {
        let value = std::str::from_utf8(record.payload().unwrap()).unwrap();
        assert!(known.contains(value), "{value}");
        let event: Value = serde_json::from_str(value).unwrap();
        let key = record.key().unwrap();
        assert_eq!(key, event["user_id"].as_str().unwrap().as_bytes());
        assert_eq!(record.partition(), partition_by_java(key));
        let time: event_simulator::time::VirtualTime =
            event["event_time"].as_str().unwrap().parse().unwrap();
        let create_time = rdkafka::Timestamp::CreateTime(time.as_millis().cast_signed());
        assert_eq!(record.timestamp(), create_time);
        let headers = record.headers().unwrap().iter();
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        let headers: Vec<_> = headers.map(|one| (one.key, text(one.value))).collect();
        let member = |name: &str| event[name].as_str().unwrap().to_owned();
        assert_eq!(
            headers,
            [
                ("event_id", member("event_id")),
                ("event_type", member("event_type")),
                ("content-type", "application/json".to_owned()),
            ]
        );
    }
}

#[test]
fn a_key_may_be_any_field_or_none() {
    for (field, expected) in [(Some("page_path"), Some("/products")), (None, None)] {
        let cluster = Cluster::new(100);
        assert_complete(&cluster.replay(|config| {
            config.target.kafka.key_field = field.map(str::to_owned);
        }));
        let records = cluster.records();
        assert_eq!(records.len(), 100);
        for record in records {
            assert_eq!(record.key(), expected.map(str::as_bytes));
        }
    }
}

#[test]
fn a_time_that_is_rewritten_is_the_record_s_too() {
    let cluster = Cluster::new(100);
    assert_complete(&cluster.replay(|config| {
        config.schedule.event_time = event_simulator_replay::EventTime::Shift;
    }));
    for record in cluster.records() {
        let event: Value = serde_json::from_slice(record.payload().unwrap()).unwrap();
        let time: event_simulator::time::VirtualTime =
            event["event_time"].as_str().unwrap().parse().unwrap();
        assert_eq!(record.timestamp().to_millis(), Some(time.as_millis().cast_signed()));
    }
}

#[test]
fn errors_that_pass_lose_and_double_nothing() {
    use RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    };
    let cluster = Cluster::new(5_000);
    cluster.mock.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        ],
    );
    let summary = cluster.replay(|_| ());
    assert_complete(&summary);
    assert_eq!(summary.metrics.dead_letters, 0);
    assert_eq!(cluster.assert_nothing_lost(), 5_000);
}

/// Brings a broker back once a try has failed by its absence.
#[test]
fn a_broker_that_comes_back_after_a_try_has_failed_gets_all_in_order() {
    let cluster = Cluster::new(5_000);
    cluster.mock.broker_down(1).unwrap();
    let mut config = cluster.config();
    config.target.timeout = Timeout::new(Duration::from_millis(300));
    config.retry.on_outage = Some(event_simulator_replay::OnOutage::Wait);
    let path = cluster.path("timeline.jsonl");
    let source = LineSource::open(&path, &config).unwrap();
    let replay = Replay::new(config).of_timeline(&path);
    let metrics = replay.metrics();
    let running = std::thread::spawn(move || replay.run(Box::new(source), &mut Silent).unwrap());
    wait_until("a try fails", || metrics.snapshot().retries > 0);
    cluster.mock.broker_up(1).unwrap();
    let summary = running.join().unwrap();
    assert_complete(&summary);
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (5_000, 0));
    cluster.assert_nothing_lost();
}

/// Takes the broker away in mid-flight, for less time than a try has.
#[test]
fn a_broker_that_is_away_for_a_while_has_each_event_once() {
    let cluster = Cluster::new(20_000);
    let mut config = cluster.config();
    config.schedule.pace = ReplayPace::Rate("20000/s".parse().unwrap());
    let path = cluster.path("timeline.jsonl");
    let source = LineSource::open(&path, &config).unwrap();
    let replay = Replay::new(config).of_timeline(&path);
    let metrics = replay.metrics();
    let running = std::thread::spawn(move || replay.run(Box::new(source), &mut Silent).unwrap());
    wait_until("something is delivered", || metrics.snapshot().delivered > 1_000);
    cluster.mock.broker_down(1).unwrap();
    wait_until("all waits for the broker", || metrics.snapshot().queued > 2_000);
    cluster.mock.broker_up(1).unwrap();
    let summary = running.join().unwrap();
    assert_complete(&summary);
    assert_eq!((summary.metrics.delivered, summary.metrics.retries), (20_000, 0));
    assert_eq!(cluster.assert_nothing_lost(), 20_000);
}

#[test]
fn only_what_is_too_large_is_given_up() {
    let large = "x".repeat(1_100_000);
    let mut lines_of: Vec<String> = timeline(50).lines().map(str::to_owned).collect();
    lines_of[20] = lines_of[20].replace("/products", &large);
    let cluster = Cluster::with_timeline(lines_of.join("\n") + "\n");
    let summary = cluster.replay(|_| ());
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (49, 1));
    let dead = lines(&cluster.path("dead.jsonl"));
    assert_eq!(dead[0]["event"]["event_id"], id(20));
    assert_eq!(dead[0]["dead_letter"]["status"], 10);
    assert_eq!(cluster.records().len(), 49);
}

/// A broker refuses all that came along with a record that is wrong.
#[test]
fn what_was_refused_with_others_is_sent_again_without_them() {
    let cluster = Cluster::new(200);
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
    cluster.mock.request_errors(RDKafkaApiKey::Produce, &[refused; 3]);
    let summary = cluster.replay(|config| {
        config.target.kafka.key_field = Some("page_path".to_owned());
        config.ordering.max_in_flight = NonZeroUsize::new(1);
    });
    assert_complete(&summary);
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (200, 0));
    let ids: BTreeSet<_> =
        cluster.records().iter().map(|one| one.payload().unwrap().to_vec()).collect();
    assert_eq!((ids.len(), cluster.records().len()), (200, 200));
}

#[test]
fn a_topic_that_is_not_there_or_closed_is_told_and_nothing_is_settled() {
    for (error, advice) in [
        (RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "name right"),
        (RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "this user"),
    ] {
        let cluster = Cluster::new(100);
        cluster.mock.topic_error("events", error).unwrap();
        let journal = cluster.path("journal");
        let resume = |config: &mut Config| {
            config.records.journal = Some(journal.clone());
            config.records.resume = true;
        };
        let summary = cluster.replay(resume);
        let ReplayStatus::Failed(error) = summary.status else { panic!("{:?}", summary.status) };
        assert!(error.to_string().contains(advice), "{error}");
        assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (0, 0));
        let none = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
        cluster.mock.topic_error("events", none).unwrap();
        assert_complete(&cluster.replay(resume));
        assert_eq!(cluster.assert_nothing_lost(), 100);
    }
}
