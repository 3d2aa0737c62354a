# Autobahn|Python as a peer: takes commands from stdin, one line of JSON each, and answers on stdout (see protocol.ts).
# Works around nothing in it.

import asyncio
import base64
import hashlib
import json
import math
import sys
from urllib.parse import urlsplit

import txaio

txaio.use_asyncio()

from autobahn.asyncio.rawsocket import WampRawSocketClientFactory
from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import CallResult, ComponentConfig, PublishOptions

SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}
LONGEST = 1024
SAFE = 2**53


def from_neutral(value):
    if isinstance(value, list):
        return [from_neutral(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bin" in value:
        return base64.b64decode(value["$bin"])
    if "$fill" in value:
        return bytes([value["$fill"][0]]) * value["$fill"][1]
    if "$repeat" in value:
        return value["$repeat"][0] * value["$repeat"][1]
    if "$float" in value:
        return float(value["$float"])
    return {key: from_neutral(item) for key, item in value.items()}


def to_neutral(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < SAFE else {"$bigint": str(value)}
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"$number": str(value)}
        return {"$float": value} if value.is_integer() and abs(value) < SAFE else value
    if isinstance(value, str):
        octets = value.encode("utf8", "surrogatepass")
        # The length as JavaScript counts it decides, as in value.ts.
        return digest("text", octets) if len(value.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST else value
    if isinstance(value, (bytes, bytearray, memoryview)):
        octets = bytes(value)
        return digest("octets", octets) if len(octets) > LONGEST else {"$bin": base64.b64encode(octets).decode()}
    if isinstance(value, (list, tuple)):
        return [to_neutral(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_neutral(item) for key, item in value.items()}
    return {"$other": type(value).__name__}


def digest(kind, octets):
    return {"$digest": [kind, len(octets), hashlib.sha256(octets).hexdigest()]}


def neutral(args, kwargs):
    return {"args": to_neutral(list(args)), "kwargs": to_neutral(dict(kwargs))}


def values_of(command):
    values = from_neutral(command["values"])
    return values["args"], values["kwargs"]


class Session(ApplicationSession):
    def __init__(self, realm):
        super().__init__(ComponentConfig(realm))
        self.joined = asyncio.get_running_loop().create_future()
        self.left = asyncio.get_running_loop().create_future()
        self.registrations = {}
        self.subscriptions = {}

    def onJoin(self, details):
        self.joined.set_result(details.session)

    def onLeave(self, details):
        if not self.joined.done():
            self.joined.set_exception(Exception(f"{details.reason}: {details.message}"))
        self.disconnect()

    def onDisconnect(self):
        if not self.left.done():
            self.left.set_result(None)


class Sequence:
    def __init__(self):
        self.count = 0
        self.fault = None
        self.wanted = None
        self.reached = asyncio.Event()

    def on_event(self, number):
        if number != self.count and self.fault is None:
            self.fault = f"{number} came where {self.count} was expected"
        self.count += 1
        if self.wanted is not None and self.count >= self.wanted:
            self.reached.set()

    async def until(self, count):
        self.wanted = count
        if self.count < count:
            await self.reached.wait()


class Peer:
    def __init__(self):
        self.sessions = {}
        self.seen = {}
        self.sequences = {}
        self.changed = asyncio.Condition()

    async def run(self, command):
        if command["op"] == "connect":
            return await self.connect(command)
        handler = getattr(self, "do_" + command["op"])
        return await handler(self.sessions[command["session"]], command)

    async def connect(self, command):
        session = Session(command["realm"])
        serializer = SERIALIZERS[command["serializer"]]()
        url = urlsplit(command["url"])
        if url.scheme == "rs":
            factory = WampRawSocketClientFactory(lambda: session, serializer=serializer)
        else:
            factory = WampWebSocketClientFactory(lambda: session, url=command["url"], serializers=[serializer])
        await asyncio.get_running_loop().create_connection(factory, url.hostname, url.port)
        result = await session.joined
        self.sessions[command["session"]] = session
        return result

    async def do_register(self, session, command):
        uri = command["uri"]

        async def echo(*args, **kwargs):
            await self.note(uri, args, kwargs)
            return CallResult(*args, **kwargs)

        session.registrations[uri] = await session.register(echo, uri)

    async def do_registerFailing(self, session, command):
        args, kwargs = values_of(command)

        def fail(*_args, **_kwargs):
            raise ApplicationError(command["error"], *args, **kwargs)

        session.registrations[command["uri"]] = await session.register(fail, command["uri"])

    async def do_unregister(self, session, command):
        await session.registrations.pop(command["uri"]).unregister()

    async def do_call(self, session, command):
        args, kwargs = values_of(command)
        result = await session.call(command["uri"], *args, **kwargs)
        if isinstance(result, CallResult):
            return neutral(result.results or [], result.kwresults or {})
        return neutral([result], {})

    async def do_subscribe(self, session, command):
        uri = command["uri"]

        async def on_event(*args, **kwargs):
            await self.note(uri, args, kwargs)

        session.subscriptions[uri] = await session.subscribe(on_event, uri)

    async def do_subscribeSequence(self, session, command):
        uri = command["uri"]
        sequence = self.sequences[uri] = Sequence()

        session.subscriptions[uri] = await session.subscribe(sequence.on_event, uri)

    async def do_unsubscribe(self, session, command):
        await session.subscriptions.pop(command["uri"]).unsubscribe()

    async def do_publish(self, session, command):
        args, kwargs = values_of(command)
        options = PublishOptions(acknowledge=True, **command.get("options", {}))
        await session.publish(command["uri"], *args, options=options, **kwargs)

    async def do_publishMany(self, session, command):
        for number in range(command["count"] - 1):
            session.publish(command["uri"], number)
        await session.publish(command["uri"], command["count"] - 1, options=PublishOptions(acknowledge=True))

    async def do_seen(self, _session, command):
        uri = command["uri"]
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.seen.get(uri, [])) >= command["count"])
        return self.seen.pop(uri, [])

    async def do_sequence(self, _session, command):
        sequence = self.sequences[command["uri"]]
        await sequence.until(command["count"])
        return {"count": sequence.count, "fault": sequence.fault}

    async def do_failToSend(self, session, _command):
        try:
            await session.call("interop.fail", object())
        except Exception as error:
            print("peer:", type(error).__name__, file=sys.stderr)

    async def do_callLongThenShort(self, session, command):
        calls = [session.call(command["uri"], "x" * 2**18), session.call(command["uri"], 1)]
        await asyncio.gather(*calls, return_exceptions=True)

    async def do_cutAndComeBack(self, _session, _command):
        raise NotImplementedError

    async def do_isOpen(self, session, _command):
        return session.is_attached()

    async def do_close(self, session, command):
        del self.sessions[command["session"]]
        if session.is_attached():
            session.leave()
            await session.left

    async def note(self, uri, args, kwargs):
        self.seen.setdefault(uri, []).append(neutral(args, kwargs))
        async with self.changed:
            self.changed.notify_all()


def failure_of(error):
    if isinstance(error, ApplicationError):
        return {"uri": error.error, "values": neutral(error.args, error.kwargs)}
    return {"text": f"{type(error).__name__}: {error}"}


async def answer(peer, line):
    request = json.loads(line)
    try:
        reply = {"value": await peer.run(request["command"])}
    except Exception as error:
        reply = {"failure": failure_of(error)}
    print(json.dumps({"number": request["number"], **reply}), flush=True)


async def main():
    loop = asyncio.get_running_loop()
    txaio.config.loop = loop
    lines = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    peer = Peer()
    running = set()
    while line := await lines.readline():
        task = loop.create_task(answer(peer, line))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
