"""A listener before a broker: TLS, SASL, and connections that can be cut.

The broker's binary has no mechanism of SASL and takes no certificate, so this stands before it as stunnel or a sidecar
does. The server's side of SCRAM is scramp's.
"""

import asyncio
import socket
import struct
import threading

from scramp import ScramException, ScramMechanism

SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 17, 18, 36
UNSUPPORTED_MECHANISM, AUTHENTICATION_FAILED = 33, 58
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
# What a connection that ends in the middle gives.
ENDS = (OSError, asyncio.IncompleteReadError)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Gate:
    """Passes connections on to the broker at the port `to`, those alone that `tls` and `users` let in."""

    def __init__(self, tls=None, users=None, mechanisms=MECHANISMS):
        self.port, self.to, self.is_cut = free_port(), None, False
        self.tls, self.users, self.mechanisms = tls, users, mechanisms
        self.loop, self.open = asyncio.new_event_loop(), set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        listen = asyncio.start_server(self.serve, "127.0.0.1", self.port, ssl=tls)
        asyncio.run_coroutine_threadsafe(listen, self.loop).result()

    def cut(self):
        """Ends all connections, and takes none until `is_cut` is False again."""
        self.is_cut = True

        def end():
            for writer in self.open:
                writer.transport.abort()

        self.loop.call_soon_threadsafe(end)

    async def serve(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        ends = [writer]
        try:
            broker_reader, broker = await asyncio.open_connection("127.0.0.1", self.to)
            ends.append(broker)
            self.open.update(ends)
            if self.users is None or await self.lets_in(reader, writer, broker_reader, broker):
                await asyncio.gather(self.passing(reader, broker), self.passing(broker_reader, writer))
        except ENDS:
            pass
        for end in ends:
            self.open.discard(end)
            end.close()

    @staticmethod
    async def passing(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    async def lets_in(self, reader, writer, broker_reader, broker):
        """Answers what is of SASL, until a user has shown who it is; the broker says what versions it speaks."""
        mechanism, server = None, None
        while True:
            frame = await framed(reader)
            key, version, number, client = struct.unpack_from(">hhih", frame)
            body = frame[10 + max(client, 0) :]
            if key == API_VERSIONS:
                broker.write(with_length(frame))
                writer.write(with_length(await framed(broker_reader)))
            elif key == SASL_HANDSHAKE:
                mechanism = body[2:].decode()
                error = 0 if mechanism in self.mechanisms else UNSUPPORTED_MECHANISM
                names = b"".join(map(text, self.mechanisms))
                answer = struct.pack(">ihi", number, error, len(self.mechanisms)) + names
                writer.write(with_length(answer))
            elif key == SASL_AUTHENTICATE and mechanism:
                said, is_in, server = self.step(mechanism, server, body[4:])
                is_refused = said is None
                reason = text(f"{mechanism}: invalid credentials") if is_refused else b"\xff\xff"
                answer = struct.pack(">ih", number, AUTHENTICATION_FAILED if is_refused else 0) + reason
                answer += struct.pack(">i", len(said or b"")) + (said or b"")
                writer.write(with_length(answer + (bytes(8) if version else b"")))
                if is_refused or is_in:
                    await writer.drain()
                    return is_in
            else:
                return False

    def step(self, mechanism, server, said):
        """What the server says next (None: it refuses), whether the user is let in, and the server for the next step."""
        if mechanism == "PLAIN":
            _, user, password = said.decode().split("\0")
            is_in = self.users.get(user) == password
            return (b"" if is_in else None), is_in, None
        try:
            if server is None:
                scram = ScramMechanism(mechanism)
                server = scram.make_server(lambda user: scram.make_auth_info(self.users[user], 4096))
                server.set_client_first(said.decode())
                return server.get_server_first().encode(), False, server
            server.set_client_final(said.decode())
            return server.get_server_final().encode(), True, None
        except (ScramException, KeyError):
            return None, False, None


async def framed(reader):
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def with_length(frame):
    return struct.pack(">i", len(frame)) + frame
