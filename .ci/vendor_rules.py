"""What vendors publish of their formats, as facts, and where an event breaks them.

Snowplow's are those of Iglu Central's schemas (payload_data 1-0-4, unstruct_event 1-0-0, contexts 1-0-1), Google
Analytics' those of its Measurement Protocol's reference and of its event builder, Plausible's those of its events API.
"""

import json
import re

SNOWPLOW_MEMBERS = set(
    "tna aid p dtm tz e tid eid tv duid nuid uid vid ip res url page refr fp ctype cookie lang f_pdf f_qt f_realp f_wma "
    "f_dir f_fla f_java f_gears f_ag cd ds cs vp mac pp_mix pp_max pp_miy pp_may ad_ba ad_ca ad_ad ad_uid tr_id tr_af "
    "tr_tt tr_tx tr_sh tr_ci tr_st tr_co tr_cu ti_id ti_sk ti_nm ti_na ti_ca ti_pr ti_qu ti_cu sa sn st sp se_ca se_ac "
    "se_la se_pr se_va ue_na ue_pr ue_px co cx ua tnuid stm sid ttm".split()
)
IGLU = re.compile(r"iglu:[a-zA-Z0-9_.-]+/[a-zA-Z0-9_-]+/[a-zA-Z0-9_-]+/[0-9]+-[0-9]+-[0-9]+")
SNOWPLOW = "iglu:com.snowplowanalytics.snowplow/"
PAYLOAD = SNOWPLOW + "payload_data/jsonschema/1-0-4"

GA4_MEMBERS = set(
    "app_instance_id client_id user_id timestamp_micros user_properties non_personalized_ads events user_location ip_override "
    "device user_agent".split()
)
GA4_DEVICE = set(
    "category language screen_resolution operating_system operating_system_version model brand browser browser_version".split()
)
GA4_NUMBERS = set("value shipping tax level score".split())
GA4_TEXTS = set(
    "currency transaction_id affiliation coupon shipping_tier virtual_currency_name payment_type group_id character method "
    "search_term content_type item_id item_list_id item_list_name creative_name creative_slot location_id promotion_id "
    "promotion_name item_name achievement_id".split()
)
GA4_RESERVED_EVENTS = set(
    "ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_clear_data app_exception app_install app_remove "
    "app_store_refund app_update app_upgrade dynamic_link_app_open dynamic_link_app_update dynamic_link_first_open error "
    "firebase_campaign firebase_in_app_message_action firebase_in_app_message_dismiss firebase_in_app_message_impression "
    "first_open first_visit in_app_purchase notification_dismiss notification_foreground notification_open "
    "notification_receive notification_send os_update screen_view session_start user_engagement".split()
)
GA4_LONGER = {"page_location": 1000, "page_referrer": 420, "page_title": 300}


def snowplow(body):
    """What is wrong with a request of tp2."""
    payload = json.loads(body)
    wrong = []
    if payload.get("schema") != PAYLOAD or not payload.get("data"):
        wrong.append("no payload_data")
    for event in payload["data"]:
        wrong += [f"{name} is none of the schema's" for name in set(event) - SNOWPLOW_MEMBERS]
        wrong += [f"{name} is missing" for name in {"tv", "p", "e"} - set(event)]
        wrong += [f"{name} is no text" for name, value in event.items() if not isinstance(value, str)]
        if event["e"] == "ue":
            wrong += _described(json.loads(event["ue_pr"]), "unstruct_event/jsonschema/1-0-0", lambda data: [data])
        if "co" in event:
            wrong += _described(json.loads(event["co"]), "contexts/jsonschema/1-0-1", list)
    return wrong


def _described(outer, schema, inner):
    wrong = [] if outer["schema"] == SNOWPLOW + schema else [f"{outer['schema']} is not {schema}"]
    found = inner(outer["data"])
    for one in found:
        if set(one) != {"schema", "data"} or not IGLU.fullmatch(one["schema"]):
            wrong.append(f"{one} does not describe itself")
    return wrong if found else [*wrong, "there is none"]


def ga4(body):
    """What is wrong with a request of the Measurement Protocol; values beyond what is kept are told apart, by `cut`."""
    payload = json.loads(body)
    wrong = [f"{name} is none of the protocol's" for name in set(payload) - GA4_MEMBERS]
    wrong += [f"device.{name} is none of the protocol's" for name in set(payload.get("device", {})) - GA4_DEVICE]
    texts = {"client_id", "user_id", "ip_override", "user_agent"} & set(payload)
    wrong += [f"{name} is no text" for name in texts if not isinstance(payload[name], str)]
    if not payload.get("client_id"):
        wrong.append("there is no client_id")
    if not isinstance(payload.get("timestamp_micros"), int):
        wrong.append("timestamp_micros is no number")
    if not 1 <= len(payload["events"]) <= 25:
        wrong.append(f"{len(payload['events'])} events")
    if len(body) >= 130_000:
        wrong.append("it has 130 kB")
    for event in payload["events"]:
        name, params = event["name"], event["params"]
        wrong += [f"{member} is none of an event's" for member in set(event) - {"name", "params"}]
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name) or name in GA4_RESERVED_EVENTS:
            wrong.append(f"no event may be called {name}")
        for key, value in params.items():
            if not re.fullmatch("(?!ga_|google_|firebase_)[A-Za-z][A-Za-z0-9_]*", key):
                wrong.append(f"no parameter may be called {key}")
            if key in GA4_NUMBERS and not isinstance(value, (int, float)):
                wrong.append(f"{key} is no number")
            if key in GA4_TEXTS and not isinstance(value, str):
                wrong.append(f"{key} is no text")
            if isinstance(value, (dict, list)) and key != "items":
                wrong.append(f"{key} is neither a text nor a number")
        if not re.fullmatch("[A-Z]{3}", params.get("currency", "EUR")):
            wrong.append(f"{params['currency']} is no currency")
        items = params.get("items", [])
        wrong += [f"{item} has neither item_id nor item_name" for item in items if not {"item_id", "item_name"} & set(item)]
    return wrong


def ga4_cut(body):
    """What Google Analytics does not keep whole."""
    cut = []
    for event in json.loads(body)["events"]:
        names = [("event", event["name"]), *(("parameter", name) for name in event["params"])]
        cut += [f"the name of the {what} {name}" for what, name in names if len(name) > 40]
        texts = {name: value for name, value in event["params"].items() if isinstance(value, str)}
        cut += [name for name, value in texts.items() if len(value) > GA4_LONGER.get(name, 100)]
        cut += [f"{len(event['params'])} parameters"] if len(event["params"]) > 25 else []
    return cut


def plausible(message):
    """What is wrong with an event of Plausible's."""
    headers, body = message["headers"], message["body"]
    wrong = [f"the header {name} is missing" for name in {"user-agent", "x-forwarded-for"} - set(headers)]
    wrong += [f"{name} is missing" for name in {"name", "domain", "url"} - set(body)]
    wrong += [
        f"{name} is none of the API's" for name in set(body) - set("name domain url referrer props revenue interactive".split())
    ]
    if len(body.get("url", "")) > 2000:
        wrong.append("the url has more than 2,000 characters")
    props = body.get("props", {})
    wrong += [f"{name} is a list or an object" for name, value in props.items() if isinstance(value, (list, dict))]
    return wrong
