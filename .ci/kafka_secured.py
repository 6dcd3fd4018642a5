"""Replays into a broker that wants TLS, and users who show who they are."""

import ssl
import subprocess
import time

from kafka_broker import SECRET, WORK, Broker, begin, check, replay
from kafka_gate import Gate

USERS = {"me": SECRET}
ME = ["--basic", "me:${SECRET}"]
SCRAM_512 = ["--kafka-sasl", "scram-sha-512"]
CA = ["--ca-cert", "ca.pem"]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=WORK, check=True, capture_output=True)


def authority(name):
    subject = ["-subj", f"/CN={name}", "-days", "2"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", *subject)


def certificate(name, host, by="ca"):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (WORK / f"{name}.ext").write_text(f"subjectAltName={host}\n")
    by = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "2"]
    openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *by, "-extfile", f"{name}.ext")


def certificates():
    if not (WORK / "me.pem").exists():
        authority("ca")
        authority("other")
        certificate("broker", "IP:127.0.0.1")
        certificate("elsewhere", "DNS:kafka.example")
        certificate("me", "DNS:me")


def server_side(name="broker", wants_certificate=False):
    certificates()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(WORK / f"{name}.pem", WORK / f"{name}.key")
    if wants_certificate:
        context.load_verify_locations(WORK / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def reader(**more):
    """How another client reads behind TLS."""
    own = {"security.protocol": "ssl", "ssl.ca.location": str(WORK / "ca.pem")}
    return {**own, **{name.replace("_", "."): value for name, value in more.items()}}


def as_me(mechanism="scram-sha-512", protocol="sasl_ssl"):
    who = {"sasl_mechanism": mechanism.upper(), "sasl_username": "me", "sasl_password": SECRET}
    return reader(security_protocol=protocol, **who)


def encrypted(events):
    broker = Broker(gate=Gate(server_side()))
    broker.create("events")
    replay("t.jsonl", broker.url("events", "kafka+ssl"), "--speed", "max", *CA)
    check(broker.read("events", len(events), reader()), events)
    broker.kill()

    broker = Broker(gate=Gate(server_side(wants_certificate=True)))
    broker.create("events")
    url = broker.url("events", "kafka+ssl")
    said = replay("t.jsonl", url, "--speed", "max", *CA, code=1)
    # What it says comes behind the handshake, so that the connection may be gone before it is read.
    assert "--client-cert" in said, said
    identity = ["--client-cert", "me.pem", "--client-key", "me.key"]
    replay("t.jsonl", url, "--speed", "max", *CA, *identity)
    shown = {"ssl_certificate_location": str(WORK / "me.pem"), "ssl_key_location": str(WORK / "me.key")}
    check(broker.read("events", len(events), reader(**shown)), events)
    broker.kill()


def authenticated(events):
    for tls in (server_side(), None):
        broker = Broker(gate=Gate(tls, USERS))
        scheme, protocol, trust = ("kafka+ssl", "sasl_ssl", CA) if tls else ("kafka", "sasl_plaintext", [])
        for mechanism in ("plain", "scram-sha-256", "scram-sha-512"):
            broker.create(mechanism)
            flags = ["--speed", "max", "--kafka-sasl", mechanism, *trust, *ME]
            replay("t.jsonl", broker.url(mechanism, scheme), *flags)
            check(broker.read(mechanism, len(events), as_me(mechanism, protocol)), events)
        broker.kill()


def refused_and_resumed(events):
    """Whatever is wrong with keys and passwords settles nothing: the same journal goes on once it is right."""
    gate = Gate(server_side(), USERS, ["PLAIN", "SCRAM-SHA-512"])
    broker = Broker(gate=gate)
    broker.create("events")
    secure, plain = broker.url("events", "kafka+ssl"), broker.url("events")
    bare = Broker()
    bare.create("events")
    elsewhere = Broker(gate=Gate(server_side("elsewhere")))
    nobody = ["--basic", "nobody:${SECRET}"]
    wrong = ["--basic", "me:${WRONG}"]
    credentials, certificate_hint = "credentials right", "certificates right"
    journal = ["--speed", "max", "--resume", "--journal", "refused.journal", "--dead-letters", "refused.jsonl"]
    for name, url, flags, hint in [
        ("the password is wrong, by SCRAM", secure, [*CA, *wrong, *SCRAM_512], credentials),
        ("the password is wrong, as it is", secure, [*CA, *wrong], credentials),
        ("there is no such user", secure, [*CA, *nobody, *SCRAM_512], credentials),
        ("the broker has other mechanisms", secure, [*CA, *ME, "--kafka-sasl", "scram-sha-256"], credentials),
        ("the authority is another", secure, [*ME, *SCRAM_512, "--ca-cert", "other.pem"], certificate_hint),
        ("the authority is unknown", secure, [*ME, *SCRAM_512], certificate_hint),
        ("the certificate is of another host", elsewhere.url("events", "kafka+ssl"), CA, certificate_hint),
        # Which waits for the rest of a very long request.
        ("TLS to a port without", bare.url("events", "kafka+ssl"), [*CA, "--timeout", "1s"], "security.protocol=ssl"),
        ("no TLS to a port with it", plain, [*ME, *SCRAM_512], "does it want TLS"),
        ("no user where one is wanted", secure, CA, ""),
    ]:
        said = replay("t.jsonl", url, *journal, *flags, code=1)
        assert hint in said, f"{name}: {said}"
        print(f"        {name}: {said.splitlines()[-1].removeprefix('error: cannot deliver to ')[:150]}", flush=True)
    replay("t.jsonl", secure, *journal, *CA, *ME, *SCRAM_512)
    assert not (WORK / "refused.jsonl").exists() or not (WORK / "refused.jsonl").read_text()
    check(broker.read("events", len(events), as_me()), events)
    for one in (broker, bare, elsewhere):
        one.kill()


def password_changed(events):
    """Connections are cut, and the password is another as they come back: the replay stops, and goes on with the new one."""
    gate = Gate(server_side(), dict(USERS))
    broker = Broker(gate=gate)
    broker.create("events")
    flags = [*CA, *SCRAM_512, "--resume", "--journal", "changed.journal"]
    url = broker.url("events", "kafka+ssl")
    running = begin("t.jsonl", url, "--rate", "10000/s", *ME, *flags)
    time.sleep(2)
    gate.cut()
    gate.users["me"] = "another"
    gate.is_cut = False
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 1 and "credentials right" in said, said
    gate.users["me"] = SECRET
    replay("t.jsonl", url, "--speed", "max", *ME, *flags)
    check(broker.read("events", len(events), as_me()), events, len(events) + 8 * 1000)
    broker.kill()


CHECKS = [encrypted, authenticated, refused_and_resumed, password_changed]
