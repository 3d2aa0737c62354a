# Speaks with the runner: one line of JSON for each command, answer and notice. See ../README.md.

import itertools
import json
import os
import queue
import sys
import threading


class Failure(Exception):
    """A WAMP ERROR."""

    def __init__(self, uri, args=(), kwargs=None):
        super().__init__(uri)
        self.uri, self.values = uri, {"args": list(args), "kwargs": kwargs or {}}


class Program:
    """Serves commands with what `join(place)` gives: a session with call, register, subscribe, publish, close."""

    def __init__(self, join):
        self.join = join
        self.sessions, self.pending = {}, {}
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()

    def run(self):
        for line in sys.stdin:
            read = json.loads(line)
            threading.Thread(target=self.answer, args=(read["number"], read["command"]), daemon=True).start()
        # Threads of the library may still run.
        os._exit(0)

    def answer(self, number, command):
        try:
            self.print(number=number, value=self.do(command))
        except Failure as failure:
            self.print(number=number, failure={"uri": failure.uri, "values": failure.values})
        except Exception as error:
            self.print(number=number, failure={"text": f"{type(error).__name__}: {error}"})

    def do(self, command):
        op, name, uri, values, options = (command.get(key) for key in ["op", "session", "uri", "values", "options"])
        if op == "join":
            session = self.join(command)
            self.sessions[name] = session
            return session.welcome()
        if op == "yield":
            return self.pending.pop(command["invocation"]).put(values)
        if op == "fail":
            return self.pending.pop(command["invocation"]).put(Failure(uri, **values))
        session = self.sessions[name]
        if op == "register":
            return session.register(uri, options, lambda *seen: self.invoke(name, uri, *seen))
        if op == "subscribe":
            return session.subscribe(uri, options, lambda *seen: self.notice("event", name, uri, *seen))
        if op == "call":
            return session.call(uri, values["args"], values["kwargs"], options)
        if op == "publish":
            return session.publish(uri, values["args"], values["kwargs"], options)
        if op == "close":
            return session.close()
        raise ValueError(f"no command {op}")

    def invoke(self, name, uri, args, kwargs, details):
        """Has the runner answer an invocation: gives args and kwargs, or raises Failure."""
        settled = queue.Queue()
        number = next(self.numbers)
        self.pending[number] = settled
        self.notice("invocation", name, uri, args, kwargs, details, invocation=number)
        answer = settled.get()
        if isinstance(answer, Failure):
            raise answer
        return answer["args"], answer["kwargs"]

    def notice(self, kind, name, uri, args, kwargs, details, **more):
        values = {"args": list(args or ()), "kwargs": dict(kwargs or {})}
        self.print(notice=kind, session=name, uri=uri, values=values, details=details, **more)

    def print(self, **line):
        text = json.dumps(line, default=repr)
        with self.lock:
            print(text, flush=True)
