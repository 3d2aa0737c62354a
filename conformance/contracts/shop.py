# Autobahn|Python beside a contract that it does not know: calls its procedures by plain args and kwargs, prints each answer as a line of
# JSON, and implements a procedure of another contract until its input ends. Argument: the URL.

import asyncio
import json
import sys

import txaio

txaio.use_asyncio()

from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallResult, ComponentConfig


def say(value):
    print(json.dumps(value), flush=True)


class Shop(ApplicationSession):
    async def onJoin(self, details):
        await self.register(self.double, "com.python.double")
        say(await self.call("com.shop.orders.get", 42))
        say(await self.call("com.shop.orders.list", status="open", limit=1))
        counted = await self.call("com.shop.stock.pear.count")
        say([list(counted.results), counted.kwresults])
        for item, count in [("pear", 1), ("fig", -1)]:
            try:
                await self.call("com.shop.orders.place", [{"item": item, "count": count}])
            except ApplicationError as error:
                say([error.error, error.kwargs])
        say("ready")

    def double(self, n, by=2):
        return CallResult(n * by, unit="pieces")


async def main(url):
    factory = WampWebSocketClientFactory(lambda: Shop(ComponentConfig("realm1")), url=url)
    loop = asyncio.get_running_loop()
    await loop.create_connection(factory, factory.host, factory.port)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1]))
