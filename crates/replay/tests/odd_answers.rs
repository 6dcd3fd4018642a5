//! Targets that answer in part, not at all, or always the same.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use event_simulator_collector::CollectorConfig;
use event_simulator_replay::{Choice, OnOutage, ReplayError, ReplayStatus, SentFormat};

use super::scripted_target::{OK, replay, say, target};
use super::support::{Stage, assert_complete, id, lines};

#[test]
fn an_answer_that_breaks_off_or_stalls_is_none() {
    for stalls in [false, true] {
        for status in ["200 OK", "404 Not Found"] {
            let tries = Arc::new(Mutex::new(0));
            let counted = Arc::clone(&tries);
            let begin = format!("HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\n{{\"half\":");
            let url = target(move |head, _, stream| {
                if !head.starts_with("OPTIONS") {
                    *counted.lock().unwrap() += 1;
                }
                let is_whole = *counted.lock().unwrap() > 1;
                say(stream, if is_whole { OK } else { &begin }) && (is_whole || stalls)
            });
            let stage = Stage::new(1, CollectorConfig::default());
            let summary = replay(&stage, &url, |_| ());
            assert_complete(&summary);
            assert_eq!((summary.metrics.delivered, *tries.lock().unwrap()), (1, 2));
            let kind = if stalls { "timeout" } else { "connection lost" };
            assert_eq!(summary.metrics.failures.get(kind), Some(&1));
        }
    }
}

#[test]
fn an_event_that_the_target_does_not_survive_is_set_aside() {
    const GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
    for (answers_others, is_gateway, batch, in_flight) in [
        (true, false, 1, 1),
        (true, false, 1, 64),
        (true, false, 20, 1),
        (false, false, 1, 1),
        (true, true, 1, 1),
        (true, true, 20, 1),
    ] {
        let taken = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&taken);
        let url = target(move |head, body, stream| {
            let is_options = head.starts_with("OPTIONS");
            if body.contains(&id(7)) || is_options && !answers_others {
                return is_gateway && say(stream, GATEWAY);
            }
            *counted.lock().unwrap() += body.matches("event_id").count();
            say(stream, OK)
        });
        let stage = Stage::new(40, CollectorConfig::default());
        let summary = replay(&stage, &url, |config| {
            config.batching.size = NonZeroUsize::new(batch);
            config.ordering.max_in_flight = Some(in_flight.try_into().unwrap());
            config.retry.on_outage = Some(OnOutage::Wait);
            config.retry.outage_limit = Duration::from_millis(300);
        });
        assert_complete(&summary);
        assert_eq!((summary.metrics.delivered, *taken.lock().unwrap()), (39, 39));
        let letters = lines(&stage.path("dead.jsonl"));
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0]["event"]["event_id"], id(7));
    }
}

/// A target that answers nothing is an outage, and not the fault of each event.
#[test]
fn a_target_that_survives_nothing_is_down() {
    let url = target(|head, _, stream| head.starts_with("OPTIONS") && say(stream, OK));
    let stage = Stage::new(200, CollectorConfig::default());
    let summary = replay(&stage, &url, |config| {
        config.retry.on_outage = Some(OnOutage::Wait);
        config.retry.outage_limit = Duration::from_millis(300);
    });
    assert!(matches!(summary.status, ReplayStatus::Failed(ReplayError::Outage { .. })));
    assert!(summary.metrics.dead_letters <= 3, "{}", summary.metrics.dead_letters);
}

#[test]
fn a_wait_of_nothing_is_none() {
    for after in ["0", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        let answer =
            format!("HTTP/1.1 429 Too Many\r\nRetry-After: {after}\r\nContent-Length: 0\r\n\r\n");
        let url = target(move |_, _, stream| say(stream, &answer));
        let stage = Stage::new(1, CollectorConfig::default());
        let summary = replay(&stage, &url, |config| config.retry.retries = 3);
        assert_complete(&summary);
        assert_eq!((summary.metrics.requests, summary.metrics.dead_letters), (4, 1));
    }
}

#[test]
fn a_longer_wait_than_an_outage_may_last_ends_it() {
    let answer = "HTTP/1.1 429 Too Many\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n";
    let url = target(move |_, _, stream| say(stream, answer));
    let stage = Stage::new(5, CollectorConfig::default());
    let summary = replay(&stage, &url, |_| ());
    let ReplayStatus::Failed(error) = &summary.status else { panic!("{:?}", summary.status) };
    assert!(error.to_string().contains("asks to wait 1d"), "{error}");
    assert_eq!((summary.metrics.dead_letters, summary.metrics.delivered), (0, 0));
}

#[test]
fn equal_refusals_from_the_first_request_on_end_it_with_what_was_tried() {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope";
    let url = target(move |_, _, stream| say(stream, answer));
    let stage = Stage::new(5_000, CollectorConfig::default());
    let summary = replay(&stage, &url, |_| ());
    let ReplayStatus::Failed(error) = &summary.status else { panic!("{:?}", summary.status) };
    let message = error.to_string();
    for said in ["status 404", "POST http://127.0.0.1:", "nope", "path"] {
        assert!(message.contains(said), "{message}");
    }
    assert!(summary.metrics.requests < 200, "{}", summary.metrics.requests);
}

#[test]
fn a_redirect_is_told_without_the_secrets_of_where_it_leads_to() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: //me:secret@h/login?token=secret&page=2\r\n\
                  Content-Length: 0\r\n\r\n";
    let url = target(move |_, _, stream| say(stream, answer));
    let stage = Stage::new(1, CollectorConfig::default());
    assert_complete(&replay(&stage, &url, |_| ()));
    let letters = std::fs::read_to_string(stage.path("dead.jsonl")).unwrap();
    assert!(letters.contains("(to //me:***@h/login?token=***&page=2)"), "{letters}");
}

#[test]
fn secrets_that_an_answer_says_back_are_masked_before_it_is_cut() {
    let url = target(|head, _, stream| {
        let said = format!("{}{}", "x".repeat(290), head.replace(['\r', '\n'], " "));
        let length = said.len();
        say(stream, &format!("HTTP/1.1 400 Bad\r\nContent-Length: {length}\r\n\r\n{said}"))
    });
    let stage = Stage::new(1, CollectorConfig::default());
    let with_password = url.replace("http://", "http://me:password-4711@");
    for header in ["X-Tenant: tenant-4712", "Cookie: a=cookie-4713"] {
        let summary = replay(&stage, &with_password, |config| {
            config.target.http.headers.push(header.parse().unwrap());
        });
        assert_complete(&summary);
    }
    let letters = std::fs::read_to_string(stage.path("dead.jsonl")).unwrap();
    for part in ["password-", "tenant-", "cookie-", "471", "bWU6cGFzc3dvcmQ"] {
        assert!(!letters.contains(part), "{part} in {letters}");
    }
}

/// What was asked for by an option wins over what stands in the URL.
#[test]
fn there_is_one_authorization() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let url = target(move |head, _, stream| {
        kept.lock().unwrap().push(head.to_ascii_lowercase());
        say(stream, OK)
    });
    let stage = Stage::new(1, CollectorConfig::default());
    let url = url.replace("http://", "http://me:password@");
    replay(&stage, &url, |config| {
        let basic = "you:other".parse().unwrap();
        config.target.auth = Some(event_simulator_replay::Auth::Basic(basic));
    });
    replay(&stage, &url, |config| {
        config.target.http.headers.push("Authorization: Own".parse().unwrap());
    });
    for (head, expected) in heads.lock().unwrap().iter().zip(["basic ew91om90agvy", "own"]) {
        let found: Vec<_> =
            head.lines().filter_map(|line| line.strip_prefix("authorization: ")).collect();
        assert_eq!(found, [expected]);
    }
}

/// An answer without an end does not hold its place for ever, nor take memory.
#[test]
fn an_endless_answer_is_cut_off() {
    let url = target(|_, _, stream| {
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        let mut goes_on = say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while goes_on {
            goes_on = say(stream, &chunk);
        }
        false
    });
    let stage = Stage::new(1, CollectorConfig::default());
    let begun = Instant::now();
    assert_complete(&replay(&stage, &url, |_| ()));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_failure_by_way_of_a_proxy_names_it_without_its_credentials() {
    let url =
        target(|_, _, stream| say(stream, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
    let works = url.replace("http://", "http://me:password-4711@").replace("/events", "");
    for proxy in [works.as_str(), "http://me:password-4711@127.0.0.1:9"] {
        let stage = Stage::new(1, CollectorConfig::default());
        let summary = replay(&stage, "http://target.invalid/x", |config| {
            config.target.http.proxy = Some(proxy.parse().unwrap());
        });
        let ReplayStatus::Failed(error) = &summary.status else { panic!("{:?}", summary.status) };
        let message = error.to_string();
        let host = proxy.rsplit('@').next().unwrap();
        assert!(message.contains(&format!("by way of the proxy http://{host}")), "{message}");
        assert!(!message.contains("4711"), "{message}");
    }
}

/// The first of each batch is refused by itself, and a place that there is none of means nothing.
#[test]
fn of_what_is_partly_refused_the_refused_events_become_dead_letters() {
    let url = target(|_, _, stream| {
        let body = r#"{"code":400,"failed_records":[{"index":0,"field":"properties.time","message":"is odd"},{"index":999}]}"#;
        let length = body.len();
        say(stream, &format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {length}\r\n\r\n{body}"))
    });
    let stage = Stage::new(100, CollectorConfig::default());
    let summary = stage.replay(|config| {
        config.target.url = url.parse().unwrap();
        config.target.format.format = SentFormat::from_word("mixpanel").unwrap();
        config.batching.size = NonZeroUsize::new(10);
        config.ordering.lane_field = None;
    });
    assert_complete(&summary);
    assert_eq!((summary.metrics.delivered, summary.metrics.dead_letters), (90, 10));
    let dead = lines(&stage.path("dead.jsonl"));
    assert!(dead.iter().all(|letter| letter.to_string().contains("properties.time: is odd")));
    assert!(dead.iter().all(|letter| letter["event"]["page_path"] == "/products"), "as it stood");
}
