"""The vendors' client libraries against `replay --format` and `collector --protocol`."""

import datetime
import gzip
import http.server
import json
import logging
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import vendor_rules

PROGRAM = os.environ["EVENT_SIMULATOR"]
WORK = pathlib.Path(sys.argv[1])
KEY = "the-key"
MILLIS = 1767225600046
TIME = datetime.datetime.fromtimestamp(MILLIS / 1000, datetime.timezone.utc)

USER = {"plan": "pro", "country": "DE"}
COMMON = {"user_id": "user_f2f5c769", "session_id": "session_de806a25a2d5", "anonymous_id": "anon_1"}
EVENTS = [
    {"event_id": "019b76da-a82e-7001-9284-de806a25a2d5", "event_time": "2026-01-01T00:00:00.046Z",
     "event_type": "page_visited", "page_path": "/", "props": {"title": "Home"}},
    {"event_id": "019b76da-a82e-7002-9284-de806a25a2d5", "event_time": "2026-01-01T00:00:00.046Z",
     "event_type": "purchase", "props": {"total": 12.5, "items": [{"sku": "a\"b"}]}},
    {"event_id": "019b76da-a82e-7003-9284-de806a25a2d5", "event_time": "2026-01-01T00:00:00.046Z",
     "event_type": "signed_up", "props": {}, "user": USER},
]
PAGE, BUY, SIGN_UP = [event | {k: v for k, v in COMMON.items()} for event in EVENTS]


class Recorder:
    """Keeps each request, and says that it is well."""

    def __init__(self):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.do_POST()

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if body[:2] == b"\x1f\x8b":
                    body = gzip.decompress(body)
                requests.append((self.path, self.headers, body.decode()))
                answer = b'{"code":200,"events_ingested":1,"status":1}'
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self):
        taken = list(self.requests)
        self.requests.clear()
        return taken


def segment(url):
    import segment.analytics as analytics

    calls(analytics.Client(KEY, host=url, gzip=False, on_error=fail))


def rudderstack(url):
    import rudderstack.analytics as analytics

    calls(analytics.Client(KEY, host=url, gzip=False, on_error=fail))


def calls(client):
    who = {"user_id": COMMON["user_id"], "anonymous_id": "anon_1", "timestamp": TIME}
    client.page(name="/", properties={"path": "/", "title": "Home"}, message_id=PAGE["event_id"], **who)
    client.track(event="purchase", properties=BUY["props"], message_id=BUY["event_id"], **who)
    client.identify(traits=USER, message_id=SIGN_UP["event_id"], **who)
    client.flush()
    client.shutdown()


def fail(error, *_):
    raise SystemExit(f"the client library was refused: {error}")


def posthog(url):
    import posthog as library

    client = library.Posthog(KEY, host=url, disable_geoip=True, on_error=fail)
    who = {"distinct_id": COMMON["user_id"], "timestamp": TIME}
    url_of_page = {"$current_url": "https://shop.example/", "title": "Home"}
    client.capture("$pageview", properties=url_of_page, uuid=PAGE["event_id"], **who)
    client.capture("purchase", properties=BUY["props"], uuid=BUY["event_id"], **who)
    identify = {"$set": USER, "$anon_distinct_id": "anon_1"}
    client.capture("$identify", properties=identify, uuid=SIGN_UP["event_id"], **who)
    client.flush()
    client.shutdown()


def amplitude(url):
    from amplitude import Amplitude, BaseEvent, Config

    client = Amplitude(KEY, Config(server_url=url + "/2/httpapi", flush_interval_millis=10, min_id_length=1))
    for event, user in [(PAGE, None), (BUY, None), (SIGN_UP, USER)]:
        properties = dict(event["props"])
        if event is PAGE:
            properties["page_path"] = "/"
        client.track(BaseEvent(
            event["event_type"], user_id=event["user_id"], device_id="anon_1", time=MILLIS, session_id=MILLIS,
            insert_id=event["event_id"], event_properties=properties, user_properties=user, platform="Web"))
    client.flush()
    time.sleep(1)
    client.shutdown()


def mixpanel(url):
    import mixpanel as library

    consumer = library.Consumer(events_url=url + "/track", import_url=url + "/import")
    client = library.Mixpanel("token", consumer=consumer)
    for event in [PAGE, BUY, SIGN_UP]:
        properties = event["props"] | {"$insert_id": event["event_id"]}
        if event is PAGE:
            properties["page_path"] = "/"
        if event is SIGN_UP:
            properties["user"] = USER
        client.import_data(KEY, event["user_id"], event["event_type"], MILLIS / 1000, properties)


def cloud_attributes(event):
    return {
        "id": event["event_id"], "source": "https://shop.example", "type": event["event_type"],
        "time": TIME, "subject": event["user_id"], "datacontenttype": "application/json",
        "sessionid": event["session_id"],
    }


def cloud_data(event):
    data = dict(event["props"]) | {"anonymous_id": "anon_1"}
    return data | {name: event[name] for name in ["page_path", "user"] if name in event}


def cloudevents(url):
    import urllib.request

    from cloudevents.core.bindings.http import to_structured_event
    from cloudevents.core.v1.event import CloudEvent

    for event in [PAGE, BUY, SIGN_UP]:
        message = to_structured_event(CloudEvent(cloud_attributes(event), cloud_data(event)))
        request = urllib.request.Request(url + "/", data=message.body, headers=dict(message.headers))
        urllib.request.urlopen(request).read()


def cloudevents_binary(url):
    import urllib.request

    from cloudevents.core.bindings.http import to_binary_event
    from cloudevents.core.v1.event import CloudEvent

    for event in [PAGE, BUY, SIGN_UP]:
        message = to_binary_event(CloudEvent(cloud_attributes(event), cloud_data(event)))
        request = urllib.request.Request(url + "/", data=message.body, headers=dict(message.headers))
        urllib.request.urlopen(request).read()


def snowplow(url):
    from snowplow_tracker import Emitter, PageView, SelfDescribing, SelfDescribingJson, Subject, Tracker

    host, port = urllib.parse.urlsplit(url).netloc.split(":")
    emitter = Emitter(host, protocol="http", port=int(port), batch_size=1, on_failure=fail)
    subject = Subject().set_platform("web").set_user_id(COMMON["user_id"]).set_domain_user_id("anon_1")
    subject.set_domain_session_id("019b76da-a82e-7000-8000-de806a25a2d5")
    tracker = Tracker("event-simulator", emitter, subject, app_id="shop.example", encode_base64=False)
    context = "iglu:com.event-simulator/context/jsonschema/1-0-0"
    session = {"session_id": COMMON["session_id"]}
    page = [SelfDescribingJson(context, session | {"properties": PAGE["props"]})]
    tracker.track(PageView("https://shop.example/", "/", context=page, true_timestamp=MILLIS))
    for event in [BUY, SIGN_UP]:
        data = {"event_type": event["event_type"]} | event["props"]
        told = session | ({"user": event["user"]} if "user" in event else {})
        body = SelfDescribingJson("iglu:com.event-simulator/event/jsonschema/1-0-0", data)
        tracker.track(SelfDescribing(body, context=[SelfDescribingJson(context, told)], true_timestamp=MILLIS))
    tracker.flush()


def matomo(url):
    import urllib.request

    from matomo_core import MatomoCore

    core = MatomoCore(matomo_url=url, id_site=3, token_auth="token", base_url="https://shop.example")
    for event in [PAGE, BUY, SIGN_UP]:
        state = core.build_tracking_state(
            user_agent="Mozilla/5.0", request_path=event.get("page_path", ""), request_url="", method="GET",
            remote_addr="203.0.113.7", request_url_rule="/")
        custom = {"uid": event["user_id"], "cdt": MILLIS // 1000, "dimension1": event["event_id"]}
        # The time says that the dimensions are ours.
        custom["dimension3"] = json.dumps({"event_time": event["event_time"]})
        if event is not PAGE:
            custom |= {"ca": 1, "e_c": "event", "e_a": event["event_type"]}
        state["custom_tracking_data"] = custom
        parameters = urllib.parse.urlencode(core.prepare_tracking_data_for_matomo(state))
        urllib.request.urlopen(core.matomo_url, data=parameters.encode()).read()


def umami(url):
    import umami as library

    library.set_url_base(url)
    library.set_hostname("shop.example")
    library.set_website_id(KEY)
    who = {"distinct_id": COMMON["user_id"]}
    library.new_page_view(page_title="Home", url="/", **who)
    for event in [BUY, SIGN_UP]:
        library.new_event(event["event_type"], custom_data=event["props"] | {"event_id": event["event_id"]}, **who)


def batch(member):
    return lambda body: json.loads(body)[member]


def form(body):
    return [json.loads(urllib.parse.parse_qs(body)["data"][0])] if body.startswith("data=") else json.loads(body)


def one(body):
    found = json.loads(body)
    return found if isinstance(found, list) else [found]


def payloads(body):
    """Snowplow's, whose JSON texts are taken apart."""
    assert not vendor_rules.snowplow(body), (vendor_rules.snowplow(body), body)
    found = json.loads(body)["data"]
    return [event | {name: json.loads(event[name]) for name in ["ue_pr", "co"] if name in event} for event in found]


def queries(body):
    found = json.loads(body)["requests"] if body.startswith("{") else [body]
    return [dict(urllib.parse.parse_qsl(query.removeprefix("?"))) for query in found]


# Each format with its client, how events stand in a body, and what the one says and the other does not: of the
# library or the machine that it runs on, and of the session, which the libraries do not have.
FORMATS = {
    "segment": (segment, batch("batch"), r"integrations.*|category|context\..*|properties\.url"),
    "rudderstack": (rudderstack, batch("batch"), r"integrations.*|category|channel|context\.(?!traits).*|properties\.url"),
    "posthog": (posthog, batch("batch"), r"properties\.(\$(python|os|lib|geoip|is_server|session_id|device_id|pathname).*|event_type)"),
    "amplitude": (amplitude, batch("events"), r"library|event_properties\.session_id"),
    "mixpanel": (mixpanel, form, r"properties\.(token|mp_lib|\$lib_version|\$user_id|\$device_id|session_id|\$current_url)"),
    "cloudevents": (cloudevents, one, r"nothing"),
    "cloudevents-structured": (cloudevents, one, r"nothing"),
    "cloudevents-binary": (cloudevents_binary, one, r"nothing"),
    "snowplow": (snowplow, payloads, r"eid|dtm|stm|tv|tna"),
    "matomo": (matomo, queries, r"_id|action_name|cip|cvar|dimension[23]|rand|token_auth|ua|url"),
    "umami": (umami, one, r"payload\.(timestamp|title|referrer|language|screen|url|data\.(event_time|session_id|anonymous_id|user\..*|title|event_id))"),
}


def flat(value, path=""):
    """The leaves of a value by their paths; times and numbers in one form, what is null left out."""
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items()
                for key, leaf in flat(inner, f"{path}.{name}" if path else name).items()}
    if value is None:
        return {}
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        return {path: datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()}
    if path.endswith("time") and isinstance(value, (int, float)):
        return {path: value / 1000 if value > 1e11 else value}
    return {path: value}


def canonical(requests, events_of, ignored):
    events = [event for _, _, body in requests for event in events_of(body)]
    return [{path: leaf for path, leaf in flat(event).items() if not re.fullmatch(ignored, path)} for event in events]


def program(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True, **options)


def compare(name, recorder, timeline):
    client, events_of, ignored = FORMATS[name]
    client(recorder.url)
    theirs = recorder.take()
    # Batches are of one user, so their order is that of the timeline.
    replay(name, timeline, recorder.url)
    ours = recorder.take()
    path = urllib.parse.urlsplit
    # Umami's library has no batches.
    if name != "umami":
        assert path(theirs[0][0]).path.rstrip("/") == path(ours[0][0]).path.rstrip("/"), (theirs[0][0], ours[0][0])
    if name == "cloudevents-binary":
        told = [[{name.lower(): value for name, value in headers.items() if name.lower().startswith("ce-")}
                 for _, headers, _ in requests] for requests in [theirs, ours]]
        for headers in [*told[0], *told[1]]:
            headers["ce-time"] = datetime.datetime.fromisoformat(headers["ce-time"].replace("Z", "+00:00"))
        assert told[0] == told[1], told
    if name.startswith("cloudevents"):
        parse(ours)
    if name in ["segment", "rudderstack"]:
        assert theirs[0][1]["authorization"] == ours[0][1]["authorization"]
    if name in ["posthog", "amplitude"]:
        assert json.loads(theirs[0][2])["api_key"] == json.loads(ours[0][2])["api_key"] == KEY
    their_events, our_events = canonical(theirs, events_of, ignored), canonical(ours, events_of, ignored)
    assert len(our_events) == len(EVENTS)
    for theirs_one, ours_one in zip(their_events, our_events, strict=True):
        assert theirs_one == ours_one, f"{name}:\ntheirs {theirs_one}\nours   {ours_one}"


def parse(requests):
    """What was sent as the standard's own parser reads it."""
    from cloudevents.core.bindings.http import HTTPMessage, from_http_event

    for _, headers, body in requests:
        headers = {name.lower(): value for name, value in headers.items()}
        bodies = [body]
        if headers["content-type"] == "application/cloudevents-batch+json":
            bodies = [json.dumps(event) for event in json.loads(body)]
            headers["content-type"] = "application/cloudevents+json"
        for body in bodies:
            event = from_http_event(HTTPMessage(headers, body.encode()))
            assert event.get_subject() == COMMON["user_id"] and event.get_time() == TIME, event
            assert event.get_extension("sessionid") == COMMON["session_id"], event


def replay(name, timeline, url):
    key = "3:" + KEY if name == "matomo" else KEY
    key = [] if name.startswith(("cloudevents", "plausible")) else ["--api-key", key]
    program("replay", timeline, "--format", name, "--url", url, *key, "--speed", "max", "--in-flight", 1)


# What the clients of these do not say: event ids, and milliseconds.
WITHOUT_ID = ["snowplow", "umami"]
IN_SECONDS = ["matomo"]
WITHOUT_TIME = ["umami"]


def collect(name, timeline):
    """The client's events, and those of a replay, as the collector keeps them."""
    received = WORK / f"received-{name}.jsonl"
    collector = subprocess.Popen(
        [PROGRAM, "collector", "--port", "0", "--protocol", name, "-o", received], stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://[\d.:]+", collector.stderr.readline()).group()
        FORMATS[name][0](url)
        kept = [json.loads(line) for line in received.read_text().splitlines()]
        # A call that says who somebody is has no name of its own in a library.
        types = [event["event_type"].replace("logged_in", "signed_up") for event in kept]
        assert types == [event["event_type"] for event in EVENTS], (name, kept)
        for event, sent in zip(kept, EVENTS, strict=True):
            length = len("2026-01-01T00:00:00") if name in IN_SECONDS else None
            if name not in WITHOUT_TIME:
                assert event["event_time"][:length] == sent["event_time"][:length], (name, event)
            assert name in WITHOUT_ID or event["event_id"] == sent["event_id"], (name, event)
            assert event["user_id"] == COMMON["user_id"], (name, event)
        before = len(kept)
        replay(name, timeline, url)
        kept = [json.loads(line) for line in received.read_text().splitlines()][before:]
        sent = [json.loads(line) for line in timeline.read_text().splitlines()]
        assert kept == sent, (name, kept)
    finally:
        collector.terminate()
        collector.wait()


def hold_to_rules(recorder, timeline):
    """What is sent to those that have no client library keeps to what they publish, and so does all that is generated."""
    replay("ga4", timeline, recorder.url + "/mp/collect?measurement_id=G-1")
    for path, headers, body in recorder.take():
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        assert query == {"measurement_id": ["G-1"], "api_secret": [KEY]}, path
        assert headers["content-type"] == "application/json"
        assert not vendor_rules.ga4(body), (vendor_rules.ga4(body), body)
    replay("plausible", timeline, recorder.url)
    for path, headers, body in recorder.take():
        message = {"headers": {name.lower() for name in headers}, "body": json.loads(body)}
        assert path == "/api/event", path
        assert not vendor_rules.plausible(message), (vendor_rules.plausible(message), body)
    rules = {
        "ga4": vendor_rules.ga4,
        "plausible": lambda line: vendor_rules.plausible(json.loads(line)),
        "snowplow": lambda line: vendor_rules.snowplow(f'{{"schema":"{vendor_rules.PAYLOAD}","data":[{line}]}}'),
    }
    for name, wrong_in in rules.items():
        events = 0
        for scenario in ["web-shop", "saas", "news-site", "checkout-experiment", "custom-events", "awkward"]:
            flags = ["--users", 20, "--duration", "1d", "--format", name]
            for line in program("generate", scenario, *flags).stdout.splitlines():
                assert not wrong_in(line), (scenario, wrong_in(line), line)
                events += 1
        print(f"{name}: {events} events as its vendor publishes it")


def main():
    logging.disable(logging.CRITICAL)
    timeline = WORK / "timeline.jsonl"
    timeline.write_text("".join(json.dumps(event) + "\n" for event in [PAGE, BUY, SIGN_UP]))
    recorder = Recorder()
    for name in FORMATS:
        compare(name, recorder, timeline)
        collect(name, timeline)
        print(f"{name}: as its client library sends it, and collected")
    hold_to_rules(recorder, timeline)


main()
