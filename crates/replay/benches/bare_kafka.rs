//! The speed of the Kafka library by itself: the same records as `replay` writes, from memory, without lanes,
//! pacing or a journal. `benches/kafka.sh` runs it to compare with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

/// Counts what is delivered.
struct Counter(Arc<AtomicUsize>);

impl ClientContext for Counter {}

impl ProducerContext for Counter {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.0.fetch_add(usize::from(result.is_ok()), Ordering::Relaxed);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let [brokers, topic, file] = arguments.as_slice() else {
        println!("usage: bare_kafka BROKERS TOPIC FILE (see benches/kafka.sh)");
        return Ok(());
    };
    let text = std::fs::read_to_string(file)?;
    let delivered = Arc::new(AtomicUsize::new(0));
    let producer: BaseProducer<Counter> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .create_with_context(Counter(Arc::clone(&delivered)))?;
    let begun = Instant::now();
    let member = |line: &str, name: &str| {
        let start = line.find(name).map_or(0, |at| at + name.len());
        let end = line[start..].find('"').map_or(start, |at| start + at);
        line[start..end].to_owned()
    };
    for line in text.lines() {
        let (id, kind) = (member(line, "\"event_id\":\""), member(line, "\"event_type\":\""));
        let key = member(line, "\"user_id\":\"");
        let headers =
            [("event_id", &*id), ("event_type", &*kind), ("content-type", "application/json")];
        let headers =
            headers.into_iter().fold(OwnedHeaders::new_with_capacity(3), |all, (key, value)| {
                all.insert(Header { key, value: Some(value) })
            });
        let mut record = BaseRecord::to(topic).key(&*key).payload(line).headers(headers);
        while let Err((_, refused)) = producer.send(record) {
            producer.poll(Duration::from_millis(1));
            record = refused;
        }
    }
    producer.flush(Duration::from_secs(60))?;
    let rate = delivered.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    println!("{rate:.0}");
    Ok(())
}
