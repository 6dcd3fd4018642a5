"""Client libraries of other versions against `collector --protocol`: all that they send has to be kept.

The libraries in use are often years old, and send in ways that the newest have left: JSON in base64, in forms, in the
address of a picture. Each sends the same events, and those of its own kinds.
"""

import datetime
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import warnings

PROGRAM = os.environ["EVENT_SIMULATOR"]
WORK = pathlib.Path(sys.argv[1])
MILLIS = 1767225600046
TIME = datetime.datetime.fromtimestamp(MILLIS / 1000, datetime.timezone.utc)
USER = "u\N{GRINNING FACE}\""
# Names and values that somebody gives some day.
PROPERTIES = {
    "plan": "pro", "total": 12.5, "big": 2**53 + 1, "items": [{"sku": "a\"b"}], "none": None, "nested": {"a": [1, {"b": None}]},
    "quote\"": "\"", "line\n": "a\nb", "nul\0": "\0", "\N{GRINNING FACE}": "\N{RIGHT-TO-LEFT OVERRIDE}abc", "": "empty",
    "x" * 300: "y" * 300, "user_id": "another", "event_type": "another",
}


def calls(client):
    when = {"timestamp": TIME}
    client.page(USER, category="docs", name="Home", properties={"path": "/a"}, **when)
    client.track(USER, "purchase", dict(PROPERTIES), **when)
    client.identify(USER, {"plan": "pro"}, **when)
    client.group(USER, "group_1", {"name": "Initech"}, **when)
    client.alias("anon_1", USER, **when)
    client.screen(USER, name="Main", properties={"size": 3}, **when)
    client.flush()
    client.join()


def segment(url):
    import analytics

    calls(analytics.Client("key", host=url, on_error=fail))


def rudderstack(url):
    import rudderstack.analytics as analytics

    calls(analytics.Client("key", host=url, on_error=fail))


def fail(error, *_):
    raise SystemExit(f"the client library was refused: {error}")


def posthog(url):
    import posthog as library

    client = library.Posthog("key", host=url, gzip=True, on_error=fail)
    client.capture(USER, "$pageview", {"$current_url": "https://shop.example/a"}, timestamp=TIME)
    client.capture(USER, "purchase", dict(PROPERTIES), timestamp=TIME)
    client.identify(USER, {"plan": "pro"}, timestamp=TIME)
    client.group_identify("company", "group_1", {"name": "Initech"}, timestamp=TIME)
    client.alias("anon_1", USER, timestamp=TIME)
    assert client.get_all_flags(USER) == {}
    client.flush()
    client.join()


def amplitude(url):
    from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify

    client = Amplitude("key", Config(server_url=url + "/2/httpapi", flush_interval_millis=10))
    when = {"user_id": USER + "___", "time": MILLIS}
    # It sends no properties if one is none, or none within one.
    sent = {key: value for key, value in PROPERTIES.items() if key not in ["none", "nested"]}
    client.track(BaseEvent("purchase", event_properties=sent, insert_id="id", **when))
    client.identify(Identify().set("plan", "pro"), EventOptions(**when))
    client.group_identify("company", "group_1", Identify().set("name", "Initech"), EventOptions(**when))
    client.flush()
    time.sleep(1)
    client.shutdown()


def mixpanel(url):
    import mixpanel as library

    client = library.Mixpanel("token", library.Consumer(url + "/track", url + "/engage", url + "/import"))
    client.track(USER, "purchase", PROPERTIES | {"time": MILLIS})
    client.import_data("key", USER, "imported", MILLIS / 1000, {"a": 1})
    client.people_set(USER, {"plan": "pro"})


def cloudevents(url):
    from cloudevents.http import CloudEvent, to_binary, to_structured

    attributes = {"type": "purchase", "source": "https://shop.example", "id": "id", "time": TIME.isoformat(), "subject": "user_1"}
    unnamed = {name: value for name, value in attributes.items() if name != "subject"}
    for event in [CloudEvent(attributes, dict(PROPERTIES)), CloudEvent(unnamed, "text"), CloudEvent(unnamed, None)]:
        for headers, body in [to_binary(event), to_structured(event)]:
            urllib.request.urlopen(urllib.request.Request(url + "/", data=body or b"", headers=dict(headers))).read()


def snowplow(url):
    from snowplow_tracker import Emitter, SelfDescribingJson, Subject, Tracker

    address = urllib.parse.urlsplit(url)
    context = [SelfDescribingJson("iglu:com.acme/user/jsonschema/1-0-0", {"kind": "tester"})]
    for method, is_base64 in [("get", True), ("post", True), ("post", False)]:
        emitter = Emitter(address.hostname, port=address.port, method=method, on_failure=fail, buffer_size=1)
        tracker = Tracker(emitter, Subject().set_user_id(USER), app_id="shop", encode_base64=is_base64)
        tracker.track_page_view("https://shop.example/a", "Home", context=context)
        tracker.track_struct_event("shop", "buy", value=2, context=context)
        purchase = SelfDescribingJson("iglu:com.acme/purchase/jsonschema/2-0-1", dict(PROPERTIES))
        tracker.track_self_describing_event(purchase, context)


def umami(url):
    import umami as library

    library.set_url_base(url)
    library.set_hostname("shop.example")
    library.set_website_id("website")
    library.new_page_view("Home", "/a")
    library.new_event("purchase", custom_data=dict(PROPERTIES))


CALLS = ["page_visited", "purchase", "logged_in", "group", "alias", "screen"]
# The types of the events that each sends.
CLIENTS = {
    "segment": (segment, CALLS),
    "rudderstack": (rudderstack, CALLS),
    "posthog": (posthog, ["page_visited", "purchase", "logged_in", "$groupidentify", "$create_alias"]),
    "amplitude": (amplitude, ["purchase", "$identify", "$groupidentify"]),
    "mixpanel": (mixpanel, ["purchase", "imported", "profile_updated"]),
    "cloudevents": (cloudevents, ["purchase"] * 6),
    "snowplow": (snowplow, ["page_visited", "buy", "purchase"] * 3),
    "umami": (umami, ["page_visited", "purchase"]),
}
# Where the users are others than that one, and the times those of sending.
WITHOUT_USER = ["cloudevents", "umami"]
OF_OTHERS = {"$company_group_1", "anon_1"}
WITHOUT_TIME = ["snowplow", "umami", "mixpanel"]


def collect(name):
    client, types = CLIENTS[name]
    received = WORK / f"received-older-{name}.jsonl"
    collector = subprocess.Popen(
        [PROGRAM, "collector", "--port", "0", "--protocol", name, "-o", received], stderr=subprocess.PIPE, text=True)
    try:
        client(re.search(r"http://[\d.:]+", collector.stderr.readline()).group())
    finally:
        collector.terminate()
        collector.wait()
    kept = [json.loads(line) for line in received.read_text().splitlines()]
    assert [event["event_type"] for event in kept] == types, (name, kept)
    for event in kept:
        is_of_user = event["user_id"].startswith(USER) or event["user_id"] in OF_OTHERS
        assert event["user_id"] and (is_of_user or name in WITHOUT_USER), (name, event)
        assert name in WITHOUT_TIME or event["event_time"] == "2026-01-01T00:00:00.046Z", (name, event)
    for event in (event for event in kept if "plan" in event["props"]):
        unsent = ["none", "nested"] if name == "amplitude" else []
        lost = {key for key, value in PROPERTIES.items() if event["props"].get(key, "lost") != value}
        assert not lost - set(unsent), (name, lost, event)
    assert sum("plan" in event["props"] for event in kept) == {"snowplow": 3, "cloudevents": 2}.get(name, 1), (name, kept)


def main():
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in CLIENTS:
        collect(name)
        print(f"{name}: what an older client library sends is kept")


main()
