//! Targets that speak HTTP/2 and let few streams be open, refuse some, or go away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_simulator_replay::{Config, HttpVersion, OnOutage, Timeout};
use h2::Reason;
use h2::server::{Builder, SendResponse};
use hyper::{Response, StatusCode};

use super::support::{assert_complete, replay_file, timeline};

/// What a target does besides answering 200.
#[derive(Clone, Copy, Default)]
struct Manners {
    max_streams: Option<u32>,
    latency: Duration,
    /// Each so manyth stream is refused.
    refuses: Option<u64>,
    /// Connections are let go after so many streams.
    leaves_after: Option<u64>,
}

/// A target, and how often each body came to it whole.
struct Target {
    addr: SocketAddr,
    bodies: Arc<Mutex<BTreeMap<Vec<u8>, u64>>>,
}

impl Target {
    fn start(manners: Manners) -> Self {
        let bodies: Arc<Mutex<BTreeMap<Vec<u8>, u64>>> = Arc::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = listener.local_addr().unwrap();
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, manners, Arc::clone(&kept)));
                }
            });
        });
        Self { addr, bodies }
    }
}

async fn serve(
    stream: tokio::net::TcpStream,
    manners: Manners,
    bodies: Arc<Mutex<BTreeMap<Vec<u8>, u64>>>,
) {
    static STREAMS: AtomicU64 = AtomicU64::new(0);
    let mut builder = Builder::new();
    if let Some(most) = manners.max_streams {
        builder.max_concurrent_streams(most);
    }
    let mut connection = builder.handshake::<_, bytes::Bytes>(stream).await.unwrap();
    let mut streams = 0;
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        streams += 1;
        let number = STREAMS.fetch_add(1, Ordering::Relaxed);
        if manners.refuses.is_some_and(|each| number.is_multiple_of(each)) {
            respond.send_reset(Reason::REFUSED_STREAM);
            continue;
        }
        tokio::spawn(answer(request.into_body(), respond, manners.latency, Arc::clone(&bodies)));
        if manners.leaves_after == Some(streams) {
            connection.graceful_shutdown();
        }
    }
}

async fn answer(
    mut body: h2::RecvStream,
    mut respond: SendResponse<bytes::Bytes>,
    latency: Duration,
    bodies: Arc<Mutex<BTreeMap<Vec<u8>, u64>>>,
) {
    let mut whole = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        body.flow_control().release_capacity(chunk.len()).unwrap();
        whole.extend_from_slice(&chunk);
    }
    tokio::time::sleep(latency).await;
    let response = Response::builder().status(StatusCode::OK).body(()).unwrap();
    if respond.send_response(response, true).is_ok() {
        *bodies.lock().unwrap().entry(whole).or_default() += 1;
    }
}

/// Replays so many events without any retry, and asserts that each came once.
fn all_come_once(events: u64, manners: Manners) {
    let target = Target::start(manners);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("timeline.jsonl");
    std::fs::write(&path, timeline(events)).unwrap();
    let mut config = Config::default();
    config.target.url = format!("http://{}/events", target.addr).parse().unwrap();
    config.target.http.version = HttpVersion::Http2;
    config.target.timeout = Timeout::new(Duration::from_millis(500));
    config.schedule.pace = event_simulator_replay::ReplayPace::Max;
    config.retry.retries = 0;
    config.retry.backoff = Duration::from_millis(5);
    config.retry.on_outage = Some(OnOutage::Wait);
    config.ordering.lane_field = None;
    let summary = replay_file(&path, config);
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, events, "{:?}", summary.metrics.failures);
    let bodies = target.bodies.lock().unwrap();
    assert_eq!(bodies.len() as u64, events);
    assert!(bodies.values().all(|&times| times == 1));
}

/// The last of them waits for 3 s for its turn, which is not the request's own time.
#[test]
fn no_more_streams_are_opened_than_the_target_lets_be() {
    let latency = Duration::from_millis(100);
    all_come_once(60, Manners { max_streams: Some(2), latency, ..Manners::default() });
}

#[test]
fn refused_streams_are_sent_again_and_do_not_count() {
    all_come_once(500, Manners { refuses: Some(3), ..Manners::default() });
}

#[test]
fn a_target_that_goes_away_is_followed_and_nothing_counts() {
    all_come_once(500, Manners { leaves_after: Some(20), ..Manners::default() });
}
