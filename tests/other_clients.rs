//! What the vendors' own clients say and we do not: it is read, each value where ours would stand.

use serde_json::{Value, json};

use event_simulator::wire::{FormatError, RequestOrigin, WireFormat};

fn read(format: &str, path: &str, event: &str) -> Result<Value, FormatError> {
    let origin = RequestOrigin { path, address: "203.0.113.7", agent: "Mozilla/5.0" };
    let line = WireFormat::named(format).unwrap().decode_from(event.as_bytes(), &origin)?;
    Ok(serde_json::from_slice(&line).unwrap())
}

/// The members of an event that are told, the others aside.
fn told(format: &str, path: &str, event: &Value, expected: &Value) {
    let found = read(format, path, &event.to_string()).unwrap();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{format}: {name} of {found}");
    }
}

#[test]
fn segments_other_calls_are_events_of_their_names() {
    for format in ["segment", "rudderstack"] {
        let who = json!({"userId": "u", "messageId": "1", "originalTimestamp": "2026-01-01T00:00:00.046Z"});
        for (call, props) in [
            (
                json!({"type": "screen", "name": "Main", "properties": {"size": 3}}),
                json!({"size": 3, "name": "Main"}),
            ),
            (
                json!({"type": "group", "groupId": "g", "traits": {"a": 1}}),
                json!({"groupId": "g", "traits": {"a": 1}}),
            ),
            (json!({"type": "alias", "previousId": "p"}), json!({"previousId": "p"})),
        ] {
            let mut event = who.clone();
            event.as_object_mut().unwrap().extend(call.as_object().unwrap().clone());
            let expected = json!({
                "event_type": call["type"], "user_id": "u", "event_id": "1", "props": props,
                "event_time": "2026-01-01T00:00:00.046Z",
            });
            told(format, "/v1/batch", &event, &expected);
            // A call alone says by its path what it is.
            event.as_object_mut().unwrap().remove("type");
            let path = format!("/v1/{}", call["type"].as_str().unwrap());
            told(format, &path, &event, &expected);
            assert!(read(format, "/v1/batch", &event.to_string()).is_err());
        }
    }
}

#[test]
fn a_page_has_its_path_from_its_address_and_keeps_its_name() {
    let page = json!({
        "type": "page", "userId": "u", "name": "Home", "category": "docs",
        "properties": {"url": "https://a.example/b?c=1", "path": "/b"},
    });
    let props = json!({"name": "Home", "category": "docs", "url": "https://a.example/b?c=1"});
    told("segment", "/v1/batch", &page, &json!({"page_path": "/b", "props": props}));
    let page = json!({"e": "pv", "uid": "u", "url": "https://a.example/b?c=1", "page": "Home"});
    told("snowplow", "/i", &page, &json!({"page_path": "/b?c=1", "props": {"page": "Home"}}));
    let page = json!({"type": "page", "userId": "u", "name": "Home"});
    told("segment", "/v1/batch", &page, &json!({"page_path": "Home", "props": {}}));
}

#[test]
fn traits_stand_in_either_place() {
    let event = json!({
        "type": "identify", "userId": "u", "traits": {"a": 1, "b": 2}, "context": {"traits": {"a": 1}},
    });
    told(
        "rudderstack",
        "/v1/batch",
        &event,
        &json!({"event_type": "logged_in", "user": {"a": 1, "b": 2}}),
    );
}

#[test]
fn posthog_says_who_and_when_also_in_properties() {
    let event = json!({
        "event": "a", "properties": {"distinct_id": "u", "$time": 1_767_225_600.046, "token": "t"},
        "$set": {"plan": "pro"}, "$set_once": {"first": 1},
    });
    let props = json!({
        "distinct_id": "u", "$time": 1_767_225_600.046, "token": "t", "$set_once": {"first": 1},
    });
    let expected = json!({
        "user_id": "u", "event_time": "2026-01-01T00:00:00.046Z", "user": {"plan": "pro"}, "props": props,
    });
    told("posthog", "/e/", &event, &expected);
    for (id, expected) in
        [(json!(23.5), "23.5"), (json!(["a", "b"]), r#"["a","b"]"#), (json!(true), "true")]
    {
        told(
            "posthog",
            "/e/",
            &json!({"event": "a", "$distinct_id": id}),
            &json!({"user_id": expected}),
        );
    }
    // What stands in the event itself goes before what the properties say.
    let event = json!({"event": "a", "properties": {"distinct_id": "x"}, "distinct_id": "u"});
    told("posthog", "/e/", &event, &json!({"user_id": "u", "props": {"distinct_id": "x"}}));
}

#[test]
fn profiles_are_told_by_the_path() {
    let event = json!({"$token": "t", "$distinct_id": "u", "$set": {"plan": "pro"}});
    let expected = json!({"event_type": "profile_updated", "user_id": "u", "props": {"$set": {"plan": "pro"}}});
    told("mixpanel", "/engage", &event, &expected);
    assert!(read("mixpanel", "/track", &event.to_string()).is_err());
    let event = json!({"$group_key": "company", "$group_id": "g", "$set": {"a": 1}});
    told("mixpanel", "/groups", &event, &json!({"event_type": "profile_updated", "user_id": "g"}));
    let event = json!({"distinct_id": "u", "properties": {"$set": {"a": 1}}});
    told("posthog", "/engage/", &event, &json!({"event_type": "logged_in", "user": {"a": 1}}));
    assert!(read("posthog", "/e/", &event.to_string()).is_err());
    let event = json!({"event": "$merge", "properties": {"$distinct_ids": ["a", "b"]}});
    told("mixpanel", "/import", &event, &json!({"user_id": "a"}));
}

#[test]
fn snowplow_describes_events_by_schemas_of_others() {
    let schema = |name: &str| format!("iglu:com.acme/{name}/jsonschema/2-0-1");
    let unstruct = json!({
        "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
        "data": {"schema": schema("bought"), "data": {"event_type": "x", "n": 9_007_199_254_740_993_u64}},
    })
    .to_string();
    let entity = json!({"schema": schema("user"), "data": {"user": "x", "session_id": "y"}});
    let contexts = json!({
        "schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": [entity],
    })
    .to_string();
    let expected = json!({
        "event_type": "bought", "user_id": "u", "session_id": "s",
        "props": {"event_type": "x", "n": 9_007_199_254_740_993_u64, "contexts": [entity]},
    });
    let plain = json!({"e": "ue", "uid": "u", "sid": "s", "ue_pr": unstruct, "co": contexts});
    told("snowplow", "/com.snowplowanalytics.snowplow/tp2", &plain, &expected);
    for padding in ["=", ""] {
        let base64 = |text: &str| {
            let text = text.bytes().collect::<Vec<_>>();
            base64_url(&text).trim_end_matches('=').to_owned() + padding
        };
        let packed = json!({"e": "ue", "uid": "u", "sid": "s", "ue_px": base64(&unstruct), "cx": base64(&contexts)});
        told("snowplow", "/i", &packed, &expected);
    }
    // What is no JSON says nothing, and what else there is stays.
    let broken =
        json!({"e": "pv", "uid": "u", "url": "https://a.example/b", "cx": "%%", "co": "{"});
    told("snowplow", "/i", &broken, &json!({"event_type": "page_visited", "page_path": "/b"}));
}

fn base64_url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let sextets = bytes.chunks(3).flat_map(|chunk| {
        let number = (0..3).fold(0_usize, |number, at| {
            number << 8 | usize::from(chunk.get(at).copied().unwrap_or_default())
        });
        (0..=chunk.len()).map(move |place| number >> (18 - 6 * place) & 63)
    });
    sextets.map(|sextet| char::from(DIGITS[sextet])).collect()
}

#[test]
fn snowplows_and_matomos_other_kinds_are_told_apart() {
    for (event, expected) in [
        (
            json!({"e": "se", "se_ca": "shop", "se_ac": "buy", "se_va": "2"}),
            json!({"event_type": "buy", "props": {"se_ca": "shop", "se_va": "2"}}),
        ),
        (
            json!({"e": "pp", "url": "https://a.example/b", "pp_max": "9"}),
            json!({"event_type": "page_ping", "props": {"pp_max": "9"}}),
        ),
        (
            json!({"e": "tr", "tr_id": "1"}),
            json!({"event_type": "transaction", "props": {"tr_id": "1"}}),
        ),
        (
            json!({"e": "ti", "ti_sk": "s"}),
            json!({"event_type": "transaction_item", "props": {"ti_sk": "s"}}),
        ),
    ] {
        told("snowplow", "/i", &event, &expected);
    }
    for (query, event_type) in [
        ("search=a&search_cat=b", "site_searched"),
        ("idgoal=1&revenue=2", "goal_reached"),
        ("link=https%3A%2F%2Fx.example", "link_clicked"),
        ("download=https%3A%2F%2Fx.example%2Ff.zip", "file_downloaded"),
        ("e_c=shop&e_a=buy&e_v=3", "buy"),
        ("e_c=shop&e_a=buy&search=a", "buy"),
        ("link=a&download=b", "link_clicked"),
        ("action_name=Home", "page_visited"),
    ] {
        let query = format!("idsite=1&rec=1&url=https://a.example/b?c=1&uid=u&{query}");
        let found = read("matomo", "/matomo.php", &query).unwrap();
        assert_eq!(found["event_type"], event_type, "{found}");
        assert_eq!(found["page_path"], "/b?c=1");
    }
}

#[test]
fn who_says_nothing_is_known_by_address_and_agent() {
    let of = |address: &str, agent: &str| {
        let format = WireFormat::named("umami").unwrap();
        let origin = RequestOrigin { path: "/api/send", address, agent };
        let event = br#"{"type":"event","payload":{"website":"w","url":"/"}}"#;
        let line = format.decode_from(event, &origin).unwrap();
        serde_json::from_slice::<Value>(&line).unwrap()["user_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(of("203.0.113.7", "a"), of("203.0.113.7", "a"));
    assert_ne!(of("203.0.113.7", "a"), of("203.0.113.8", "a"));
    assert_ne!(of("203.0.113.7", "a"), of("203.0.113.7", "b"));
    assert!(of("", "").starts_with("visitor_"));
    assert!(read("segment", "/v1/batch", r#"{"type":"track","event":"a"}"#).is_err());
    let named = json!({"type": "identify", "payload": {"id": "u", "data": {"plan": "pro"}}});
    told(
        "umami",
        "/api/send",
        &named,
        &json!({"event_type": "logged_in", "user": {"plan": "pro"}}),
    );
}

#[test]
fn a_script_of_plausibles_has_short_names() {
    let event = json!({
        "headers": {"user-agent": "a"},
        "body": {"n": "signup", "u": "https://a.example/b", "d": "a.example", "p": r#"{"plan":"pro"}"#},
    });
    told(
        "plausible",
        "/api/event",
        &event,
        &json!({"event_type": "signup", "page_path": "/b", "props": {"plan": "pro"}}),
    );
}

#[test]
fn cloud_events_may_have_any_data_and_no_subject() {
    for (data, props) in [
        (json!("text"), json!({"data": "text"})),
        (json!([1, 2]), json!({"data": [1, 2]})),
        (json!(null), json!({})),
        (json!({"data": 1}), json!({"data": 1})),
    ] {
        let event = json!({"specversion": "1.0", "id": "1", "source": "https://a.example", "type": "a", "data": data});
        told("cloudevents", "/", &event, &json!({"user_id": "https://a.example", "props": props}));
    }
    let event = json!({"id": "1", "source": "s", "type": "a", "data": {"user_id": "u"}, "data_base64": "AA=="});
    told(
        "cloudevents",
        "/",
        &event,
        &json!({"user_id": "u", "props": {"user_id": "u", "data_base64": "AA=="}}),
    );
}

#[test]
fn an_empty_name_or_user_is_none() {
    for (format, event) in [
        ("posthog", json!({"event": "", "distinct_id": "u"})),
        ("posthog", json!({"event": "a", "distinct_id": ""})),
        ("segment", json!({"type": "track", "event": "", "userId": "u"})),
        ("cloudevents", json!({"type": "a", "source": ""})),
    ] {
        assert!(read(format, "/", &event.to_string()).is_err(), "{event}");
    }
    told(
        "posthog",
        "/e/",
        &json!({"event": "a", "distinct_id": "u", "uuid": ""}),
        &json!({"event_id": null}),
    );
}

/// Some clients say when they send; when it comes the receiver knows better, while a file of arrivals says it.
#[test]
fn when_it_was_sent_is_kept_and_when_it_came_is_not() {
    let [sent, received] = ["2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z"];
    let event = json!({
        "type": "track", "event": "a", "userId": "u", "messageId": "1", "sentAt": sent, "receivedAt": received,
    });
    let found = read("segment", "/v1/track", &event.to_string()).unwrap();
    assert_eq!((&found["sent_at"], found.get("received_at")), (&json!(sent), None));
    let line = WireFormat::named("segment").unwrap().decode(event.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&line).unwrap()["received_at"], received);
}
