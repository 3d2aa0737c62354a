# Autobahn|Python as a program: takes commands from stdin, one line of JSON each, and answers on stdout (see protocol.ts and
# conformance/clients/README.md). Works around nothing in it.

import asyncio
import base64
import hashlib
import itertools
import json
import math
import sys
from urllib.parse import urlsplit

import txaio

txaio.use_asyncio()

from autobahn.asyncio.rawsocket import WampRawSocketClientFactory
from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.auth import create_authenticator
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import (
    CallOptions,
    CallResult,
    ComponentConfig,
    PublishOptions,
    RegisterOptions,
    SubscribeOptions,
)

SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}
SECRETS = {"ticket": "ticket", "wampcra": "secret", "cryptosign": "privkey", "scram": "password"}
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


def result_of(result):
    if isinstance(result, CallResult):
        return neutral(result.results or [], result.kwresults or {})
    return neutral([result], {})


def wire_details(details, names):
    known = {name: getattr(details, name) for name in names}
    return {name: value for name, value in known.items() if value is not None}


class Session(ApplicationSession):
    def __init__(self, realm, authenticator, on_over):
        super().__init__(ComponentConfig(realm))
        self.authenticator = authenticator
        self.on_over = on_over
        self.joined = asyncio.get_running_loop().create_future()
        self.left = asyncio.get_running_loop().create_future()
        self.registrations = {}
        self.subscriptions = {}

    def onConnect(self):
        authenticator = self.authenticator
        if authenticator is None:
            return self.join(self.config.realm)
        self.join(
            self.config.realm,
            authmethods=[authenticator.name],
            authid=authenticator._args.get("authid"),
            authextra=authenticator.authextra,
        )

    def onChallenge(self, challenge):
        return self.authenticator.on_challenge(self, challenge)

    def onWelcome(self, message):
        if self.authenticator is not None:
            return self.authenticator.on_welcome(self, message.authextra)

    def onJoin(self, details):
        self.joined.set_result(details)

    def onLeave(self, details):
        if not self.joined.done():
            self.joined.set_exception(Exception(f"{details.reason}: {details.message}"))
        self.on_over()
        self.disconnect()

    def onDisconnect(self):
        if not self.joined.done():
            self.joined.set_exception(Exception("the connection was lost"))
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


class Program:
    def __init__(self):
        self.sessions = {}
        self.calls = {}
        self.pending = {}
        self.numbers = itertools.count(1)
        self.seen = {}
        self.sequences = {}
        self.changed = asyncio.Condition()

    async def run(self, command):
        if command["op"] == "join":
            return await self.join(command)
        return await getattr(self, "do_" + command["op"])(self.sessions[command["session"]], command)

    async def join(self, command):
        name, login = command["session"], command.get("login")
        authenticator = None
        if login is not None:
            method = login["method"]
            authenticator = create_authenticator(method, authid=login["authid"], **{SECRETS[method]: login["secret"]})
        session = Session(command["realm"], authenticator, lambda: say(notice="over", session=name))
        serializer = SERIALIZERS[command["serializer"]]()
        url = urlsplit(command["url"])
        if url.scheme == "rs":
            factory = WampRawSocketClientFactory(lambda: session, serializer=serializer)
        else:
            factory = WampWebSocketClientFactory(lambda: session, url=command["url"], serializers=[serializer])
        await asyncio.get_running_loop().create_connection(factory, url.hostname, url.port)
        details = await session.joined
        self.sessions[name] = session
        return {"id": details.session, "authid": details.authid, "authrole": details.authrole}

    async def do_call(self, session, command):
        args, kwargs = values_of(command)
        name, call = command["session"], command.get("call")
        options = dict(command.get("options", {}))
        if command.get("progress"):

            def on_progress(*args, **kwargs):
                say(notice="progress", session=name, call=call, values=neutral(args, kwargs))

            options["on_progress"] = on_progress
        answer = session.call(command["uri"], *args, **kwargs, **({"options": CallOptions(**options)} if options else {}))
        self.calls[call] = answer
        try:
            return result_of(await answer)
        finally:
            del self.calls[call]

    async def do_cancel(self, _session, command):
        self.calls[command["call"]].cancel()

    async def do_register(self, session, command):
        name, uri = command["session"], command["uri"]

        async def procedure(*args, invocation_details, **kwargs):
            number = next(self.numbers)
            settled = asyncio.get_running_loop().create_future()
            self.pending[number] = settled, invocation_details
            details = wire_details(invocation_details, ["procedure", "caller"])
            say(notice="invocation", session=name, uri=uri, invocation=number, values=neutral(args, kwargs), details=details)
            try:
                return await settled
            except asyncio.CancelledError:
                say(notice="canceled", session=name, invocation=number)
                raise
            finally:
                self.pending.pop(number, None)

        options = RegisterOptions(details_arg="invocation_details", **command.get("options", {}))
        return (await session.register(procedure, uri, options)).id

    async def do_progress(self, _session, command):
        args, kwargs = values_of(command)
        self.pending[command["invocation"]][1].progress(*args, **kwargs)

    async def do_yield(self, _session, command):
        args, kwargs = values_of(command)
        self.pending[command["invocation"]][0].set_result(CallResult(*args, **kwargs))

    async def do_fail(self, _session, command):
        args, kwargs = values_of(command)
        self.pending[command["invocation"]][0].set_exception(ApplicationError(command["uri"], *args, **kwargs))

    async def do_registerEcho(self, session, command):
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

    async def do_subscribe(self, session, command):
        name, uri = command["session"], command["uri"]

        async def on_event(*args, event_details, **kwargs):
            details = wire_details(event_details, ["publication", "publisher", "topic", "retained"])
            say(notice="event", session=name, uri=uri, values=neutral(args, kwargs), details=details)

        options = SubscribeOptions(details_arg="event_details", **command.get("options", {}))
        return (await session.subscribe(on_event, uri, options)).id

    async def do_collect(self, session, command):
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
        return (await session.publish(command["uri"], *args, options=options, **kwargs)).id

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


def say(**line):
    print(json.dumps(line), flush=True)


async def answer(program, line):
    request = json.loads(line)
    try:
        reply = {"value": await program.run(request["command"])}
    # A call that is canceled ends with an error of its own kind.
    except (Exception, asyncio.CancelledError) as error:
        reply = {"failure": failure_of(error)}
    say(number=request["number"], **reply)


async def main():
    loop = asyncio.get_running_loop()
    txaio.config.loop = loop
    lines = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    program = Program()
    running = set()
    while line := await lines.readline():
        task = loop.create_task(answer(program, line))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
