# Adds an item and prints the list: plain WAMP, of the contract it only needs to know URIs, args and kwargs.
#
#   python add.py 'buy milk'

import sys
from uuid import uuid4

from autobahn.asyncio.component import Component, run

text, item_id = sys.argv[1], str(uuid4())
component = Component(transports="ws://127.0.0.1:8080/ws", realm="todo")


# In each session, until one has done it: the id tells the list that it is the same item.
@component.on_join
async def joined(session, details):
    await session.call("com.example.todo.list.add", text, id=item_id)
    for item in await session.call("com.example.todo.list.all"):
        print("[x]" if item["isDone"] else "[ ]", item["text"])
    session.leave()


run([component], log_level="error")
