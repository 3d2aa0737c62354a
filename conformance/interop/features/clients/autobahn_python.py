# Autobahn|Python as a client whose features are tried: `autobahn_python.py URL REALM LEAVE_OUT`. Prints one line of JSON for each
# feature and serializer (see feature.ts), with the scenarios of calls.ts, events.ts, meta.ts. Works around nothing in it.

import asyncio
import json
import os
import sys
from urllib.parse import urlsplit

import txaio

txaio.use_asyncio()

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
LONGEST = 8
HISTORY = "interop.history.one"
KEY = "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510"


class Session(ApplicationSession):
    def __init__(self, realm, authenticator):
        super().__init__(ComponentConfig(realm))
        self.authenticator = authenticator
        self.joined = asyncio.get_running_loop().create_future()
        self.left = asyncio.get_running_loop().create_future()

    def onConnect(self):
        if self.authenticator is None:
            return self.join(self.config.realm)
        authenticator = self.authenticator
        args = authenticator._args
        self.join(
            self.config.realm,
            authmethods=[authenticator.name],
            authid=args.get("authid"),
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
        self.disconnect()

    def onDisconnect(self):
        if not self.joined.done():
            self.joined.set_exception(Exception("the connection was lost"))
        if not self.left.done():
            self.left.set_result(None)

    async def close(self):
        if self.is_attached():
            self.leave()
        await self.left


class Inbox:
    def __init__(self):
        self.items = []
        self.changed = asyncio.Event()

    async def add(self, *args, details=None, **kwargs):
        self.items.append((args, kwargs, details))
        self.changed.set()

    async def first(self, fits=lambda item: True):
        while True:
            for item in self.items:
                if fits(item):
                    return item
            self.changed.clear()
            await self.changed.wait()


class Stage:
    def __init__(self, url, realm, serializer, feature):
        self.url, self.realm, self.serializer = url, realm, serializer
        self.prefix = f"interop.{feature}.python.{serializer}"
        self.sessions = []

    def uri(self, name):
        return f"{self.prefix}.{name}"

    async def join(self, authenticator=None):
        session = Session(self.realm, authenticator)
        factory = WampWebSocketClientFactory(
            lambda: session, url=self.url, serializers=[SERIALIZERS[self.serializer]()]
        )
        url = urlsplit(self.url)
        await asyncio.get_running_loop().create_connection(factory, url.hostname, url.port)
        session.details = await session.joined
        session.id = session.details.session
        self.sessions.append(session)
        return session

    async def pair(self):
        return await self.join(), await self.join()

    async def end(self):
        for session in self.sessions:
            await session.close()


def same(what, actual, expected):
    if actual != expected:
        raise Exception(f"{what}: {actual!r} instead of {expected!r}")


async def rejects(what, awaitable, uri=None):
    try:
        value = await awaitable
    except ApplicationError as error:
        if uri is not None:
            same(what, error.error, uri)
        return
    except Exception:
        if uri is None:
            return
        raise
    raise Exception(f"{what}: {value!r} instead of an error")


async def subscribed(session, topic, **options):
    inbox = Inbox()
    inbox.subscription = await session.subscribe(inbox.add, topic, SubscribeOptions(details=True, **options))
    return inbox


def publish(session, topic, *args, **options):
    return session.publish(topic, *args, options=PublishOptions(acknowledge=True, **options))


def returning(*args):
    def procedure(*_args, **_kwargs):
        return args[0] if len(args) == 1 else CallResult(*args)

    return procedure


async def calls(stage):
    caller, callee = await stage.pair()

    def fail():
        raise ApplicationError("interop.error.custom", "reason")

    await callee.register(lambda *args, **kwargs: CallResult(*args, **kwargs), stage.uri("echo"))
    await callee.register(fail, stage.uri("fail"))
    result = await caller.call(stage.uri("echo"), 1, "two", [3], four={"five": None})
    same("the result", [list(result.results), result.kwresults], [[1, "two", [3]], {"four": {"five": None}}])
    await rejects("the error", caller.call(stage.uri("fail")), "interop.error.custom")
    await rejects("no procedure", caller.call(stage.uri("missing")), "wamp.error.no_such_procedure")


async def keyword_values(stage):
    caller, callee = await stage.pair()
    keywords = {"name": "x", "count": 3}

    def fail(**kwargs):
        raise ApplicationError("interop.error.custom", **kwargs)

    await callee.register(lambda *args, **kwargs: CallResult(*args, **kwargs), stage.uri("echo"))
    await callee.register(fail, stage.uri("fail"))
    inbox = await subscribed(callee, stage.uri("topic"))
    result = await caller.call(stage.uri("echo"), **keywords)
    same("the result", [list(result.results), result.kwresults], [[], keywords])
    try:
        await caller.call(stage.uri("fail"), **keywords)
        raise Exception("no error")
    except ApplicationError as error:
        same("the error", [error.error, list(error.args), error.kwargs], ["interop.error.custom", [], keywords])
    await caller.publish(stage.uri("topic"), **keywords, options=PublishOptions(acknowledge=True))
    args, kwargs, _details = await inbox.first()
    same("the event", [list(args), kwargs], [[], keywords])


async def calls_in_flight(stage):
    caller, callee = await stage.pair()
    invoked = []

    async def wait(number):
        answered = asyncio.get_running_loop().create_future()
        invoked.append(answered)
        if len(invoked) == 5:
            for answer in reversed(invoked):
                answer.set_result(None)
        await answered
        return number

    await callee.register(wait, stage.uri("wait"))
    same("the answers", await asyncio.gather(*(caller.call(stage.uri("wait"), number) for number in range(5))), list(range(5)))


async def progressive_results(stage):
    caller, callee = await stage.pair()

    def count(details=None):
        details.progress(1)
        details.progress(2)
        return 3

    await callee.register(count, stage.uri("count"), RegisterOptions(details=True))
    got = []
    same("the last result", await caller.call(stage.uri("count"), options=CallOptions(on_progress=got.append)), 3)
    same("the results before", got, [1, 2])


async def register_waiting(stage, callee):
    stopped = asyncio.Event()
    called = asyncio.Event()

    async def wait(*args):
        called.set()
        if args:
            return args[0]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.set()
            raise

    await callee.register(wait, stage.uri("wait"))
    return called, stopped


async def finish(stage, caller):
    for word in ["go", "on"]:
        same("the next call", await caller.call(stage.uri("wait"), word), word)


async def call_timeout(stage):
    caller, callee = await stage.pair()
    await register_waiting(stage, callee)
    await rejects("the call", caller.call(stage.uri("wait"), options=CallOptions(timeout=100)), "wamp.error.timeout")
    await finish(stage, caller)


async def cancel_killnowait(stage):
    caller, callee = await stage.pair()
    called, stopped = await register_waiting(stage, callee)
    call = caller.call(stage.uri("wait"))
    await called.wait()
    call.cancel()
    try:
        await call
        raise Exception("the canceled call was answered")
    except asyncio.CancelledError:
        pass
    await stopped.wait()
    await finish(stage, caller)


async def pattern_registration(stage):
    caller, callee = await stage.pair()

    def prefix(details=None):
        return ["prefix", details.procedure]

    def wildcard(details=None):
        return ["wildcard", details.procedure]

    await callee.register(prefix, stage.uri("prefix"), RegisterOptions(match="prefix", details=True))
    await callee.register(wildcard, stage.uri("wild..card"), RegisterOptions(match="wildcard", details=True))
    for name, uri in {"prefix": stage.uri("prefix.one.two"), "wildcard": stage.uri("wild.any.card")}.items():
        same(f"a call by {name}", await caller.call(uri), [name, uri])


async def shared_registration(stage):
    caller, first = await stage.pair()
    second = await stage.join()
    for name, callee in {"first": first, "second": second}.items():
        await callee.register(returning(name), stage.uri("shared"), RegisterOptions(invoke="roundrobin"))
    answers = [await caller.call(stage.uri("shared")) for _ in range(4)]
    same("who answered", answers, ["first", "second", "first", "second"])


async def registration_revocation(stage):
    old, fresh = await stage.pair()
    registration = await old.register(returning("old"), stage.uri("taken"))
    await fresh.register(returning("fresh"), stage.uri("taken"), RegisterOptions(force_reregister=True))
    same("who answers", await old.call(stage.uri("taken")), "fresh")
    same("whether the old registration is active", registration.active, False)


async def events(stage):
    publisher, subscriber = await stage.pair()
    inbox = await subscribed(subscriber, stage.uri("topic"))
    await publisher.publish(stage.uri("topic"), 1, "two", three=[3], options=PublishOptions(acknowledge=True))
    args, kwargs, _details = await inbox.first()
    same("the event", [list(args), kwargs], [[1, "two"], {"three": [3]}])


async def pattern_subscription(stage):
    publisher, subscriber = await stage.pair()
    prefix = await subscribed(subscriber, stage.uri("prefix"), match="prefix")
    wildcard = await subscribed(subscriber, stage.uri("wild..card"), match="wildcard")
    await publish(publisher, stage.uri("prefix.one"), 1)
    await publish(publisher, stage.uri("wild.any.card"), 2)
    got = [await prefix.first(), await wildcard.first()]
    expected = [(1, stage.uri("prefix.one")), (2, stage.uri("wild.any.card"))]
    same("the events", [(args[0], details.topic) for args, _kwargs, details in got], expected)


async def black_white_listing(stage):
    publisher, one = await stage.pair()
    two = await stage.join()
    uri = stage.uri("topic")
    inboxes = [await subscribed(one, uri), await subscribed(two, uri)]
    authid, authrole = one.details.authid, one.details.authrole
    await publish(publisher, uri, "eligible one", eligible=[one.id])
    await publish(publisher, uri, "exclude one", exclude=[one.id])
    await publish(publisher, uri, "eligible authid", eligible_authid=[authid])
    await publish(publisher, uri, "exclude authid", exclude_authid=[authid])
    await publish(publisher, uri, "eligible authrole", eligible_authrole=[authrole])
    await publish(publisher, uri, "exclude authrole", exclude_authrole=[authrole])
    await publish(publisher, uri, "all")
    got = []
    for inbox in inboxes:
        await inbox.first(lambda item: item[0][0] == "all")
        got.append([args[0] for args, _kwargs, _details in inbox.items])
    expected = [
        ["eligible one", "eligible authid", "eligible authrole", "all"],
        ["exclude one", "exclude authid", "eligible authrole", "all"],
    ]
    same("what they got", got, expected)


async def publisher_exclusion(stage):
    session, other = await stage.pair()
    inbox = await subscribed(session, stage.uri("topic"))
    await publish(session, stage.uri("topic"), "not to me")
    await publish(session, stage.uri("topic"), "to me too", exclude_me=False)
    await publish(other, stage.uri("topic"), "to all")
    await inbox.first(lambda item: item[0][0] == "to all")
    same("what came", [args[0] for args, _kwargs, _details in inbox.items], ["to me too", "to all"])


async def event_retention(stage):
    publisher, subscriber = await stage.pair()
    await publish(publisher, stage.uri("topic"), "kept", retain=True)
    inbox = await subscribed(subscriber, stage.uri("topic"), get_retained=True)
    args, _kwargs, details = await inbox.first()
    same("the event", [args[0], details.retained], ["kept", True])


async def event_history(stage):
    publisher, subscriber = await stage.pair()
    published = [(await publish(publisher, HISTORY, number)).id for number in [1, 2]]
    inbox = await subscribed(subscriber, HISTORY)
    past = await subscriber.call("wamp.subscription.get_events", inbox.subscription.id, limit=10)
    got = [event["publication"] for event in past.results]
    same("the last publications", got[-2:], published)


async def testaments(stage):
    subscriber = await stage.join()
    inbox = await subscribed(subscriber, stage.uri("last.will"))
    dying = await stage.join()
    await dying.call("wamp.session.add_testament", stage.uri("last.will"), ["gone"], {})
    await dying.close()
    same("the testament", (await inbox.first())[0][0], "gone")


async def session_meta(stage):
    session = await stage.join()
    joins = await subscribed(session, "wamp.session.on_join")
    leaves = await subscribed(session, "wamp.session.on_leave")
    other = await stage.join()
    await joins.first(lambda item: item[0][0]["session"] == other.id)
    same("the count is two at least", await session.call("wamp.session.count") >= 2, True)
    same("the list has both", {session.id, other.id} <= set(await session.call("wamp.session.list")), True)
    same("its details", (await session.call("wamp.session.get", other.id))["session"], other.id)
    await session.call("wamp.session.kill", other.id)
    await leaves.first(lambda item: item[0][0] == other.id)
    await rejects("a session that is gone", session.call("wamp.session.get", other.id), "wamp.error.no_such_session")


async def meta_of(kind, session, other, uri, made, id, events):
    created, added = events
    by = lambda item: item[0][0] == other.id
    same("what was created", (await created.first(by))[0][1]["uri"], uri)
    same("what was added", (await added.first(by))[0][1], id)
    same("the lookup", await session.call(f"wamp.{kind}.lookup", uri), id)
    same("the match", await session.call(f"wamp.{kind}.match", uri), made)
    same("its URI", (await session.call(f"wamp.{kind}.get", id))["uri"], uri)
    who = {"registration": "callees", "subscription": "subscribers"}[kind]
    same("whose it is", await session.call(f"wamp.{kind}.list_{who}", id), [other.id])
    same("their number", await session.call(f"wamp.{kind}.count_{who}", id), 1)
    same("it is in the list", id in (await session.call(f"wamp.{kind}.list"))["exact"], True)


async def registration_meta(stage):
    session, callee = await stage.pair()
    watched = [await subscribed(session, f"wamp.registration.on_{event}") for event in ["create", "register"]]
    uri = stage.uri("procedure")
    id = (await callee.register(returning(None), uri)).id
    await meta_of("registration", session, callee, uri, id, id, watched)


async def subscription_meta(stage):
    session, subscriber = await stage.pair()
    watched = [await subscribed(session, f"wamp.subscription.on_{event}") for event in ["create", "subscribe"]]
    uri = stage.uri("topic")
    id = (await subscribed(subscriber, uri)).subscription.id
    await meta_of("subscription", session, subscriber, uri, [id], id, watched)


async def anonymous(stage):
    same("the role", (await stage.join()).details.authrole, "anonymous")


def logs_in(authid, method, right, wrong):
    async def scenario(stage):
        session = await stage.join(create_authenticator(method, authid=authid, **right))
        same("who it is", [session.details.authid, session.details.authrole], [authid, "user"])
        await rejects("another secret", stage.join(create_authenticator(method, authid=authid, **wrong)))

    return scenario


SCENARIOS = {
    "calls": calls,
    "keyword_values": keyword_values,
    "calls_in_flight": calls_in_flight,
    "progressive_results": progressive_results,
    "call_timeout": call_timeout,
    "cancel_killnowait": cancel_killnowait,
    "pattern_registration": pattern_registration,
    "shared_registration": shared_registration,
    "registration_revocation": registration_revocation,
    "events": events,
    "pattern_subscription": pattern_subscription,
    "black_white_listing": black_white_listing,
    "publisher_exclusion": publisher_exclusion,
    "event_retention": event_retention,
    "event_history": event_history,
    "testaments": testaments,
    "session_meta": session_meta,
    "registration_meta": registration_meta,
    "subscription_meta": subscription_meta,
    "anonymous": anonymous,
    "ticket": logs_in("ticket-user", "ticket", {"ticket": "ticket-secret-1"}, {"ticket": "another"}),
    "wampcra": logs_in("cra-user", "wampcra", {"secret": "cra-secret-1"}, {"secret": "another"}),
    "wampcra_salted": logs_in("cra-salted-user", "wampcra", {"secret": "cra-salted-pw-1"}, {"secret": "another"}),
    "cryptosign": logs_in("cryptosign-user", "cryptosign", {"privkey": KEY}, {"privkey": KEY[::-1]}),
    "scram_autobahn": logs_in("scram-argon2-user", "scram", {"password": "scram-pw-2"}, {"password": "another"}),
}


async def play(url, realm, serializer, left_out):
    for feature, scenario in SCENARIOS.items():
        if feature in left_out:
            continue
        stage = Stage(url, realm, serializer, feature)
        outcome = {"feature": feature, "serializer": serializer}
        try:
            await asyncio.wait_for(scenario(stage), LONGEST)
            await asyncio.wait_for(stage.end(), LONGEST)
        except asyncio.TimeoutError:
            outcome["fault"] = f"nothing within {LONGEST * 1000} ms"
        except Exception as error:
            outcome["fault"] = f"{type(error).__name__}: {error}"
        print(json.dumps(outcome), flush=True)


async def main():
    url, realm, left_out = sys.argv[1:4]
    txaio.config.loop = asyncio.get_running_loop()
    for serializer in SERIALIZERS:
        await play(url, realm, serializer, left_out.split(","))
    sys.stdout.flush()
    # What a failed scenario left running is not waited for.
    os._exit(0)


asyncio.run(main())
