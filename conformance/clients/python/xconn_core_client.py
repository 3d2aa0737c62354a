# xconn-core: the Rust runtime of XConn, as its Python package hands it out.

from xconn_core import (
    ApplicationError,
    CBORSerializer,
    Client,
    CryptoSignAuthenticator,
    JSONSerializer,
    MsgPackSerializer,
    Result,
    TicketAuthenticator,
    WAMPCRAAuthenticator,
)

from lines import Failure, Program

SERIALIZERS = {"json": JSONSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}
METHODS = {"ticket": TicketAuthenticator, "wampcra": WAMPCRAAuthenticator, "cryptosign": CryptoSignAuthenticator}


class Session:
    def __init__(self, place):
        login = place.get("login")
        authenticator = None if login is None else METHODS[login["method"]](login["authid"], login["secret"])
        client = Client(authenticator, SERIALIZERS[place["serializer"]]())
        self.session = client.connect(place["url"], place["realm"])

    def welcome(self):
        details = self.session.details
        return {"id": details.session_id, "authid": details.authid, "authrole": details.authrole}

    def call(self, uri, args, kwargs, options):
        request = self.session.call(uri).args(*args).kwargs(**kwargs).options(**options)
        try:
            result = request.execute()
        except ApplicationError as error:
            raise Failure(error.uri, error.args, error.kwargs)
        return {"args": result.args, "kwargs": result.kwargs}

    def register(self, uri, options, handler):
        def procedure(invocation):
            try:
                args, kwargs = handler(invocation.args, invocation.kwargs, invocation.details)
            except Failure as failure:
                raise ApplicationError(failure.uri, *failure.values["args"], **failure.values["kwargs"])
            return Result.create(*args, **kwargs)

        return self.session.register(uri, procedure).options(**options).execute().registration_id

    def subscribe(self, uri, options, on_event):
        def listener(event):
            on_event(event.args, event.kwargs, event.details)

        return self.session.subscribe(uri, listener).options(**options).execute().subscription_id

    def publish(self, uri, args, kwargs, options):
        request = self.session.publish(uri).args(*args).kwargs(**kwargs).options(**options)
        request.option("acknowledge", True).execute()

    def close(self):
        self.session.leave()


Program(Session).run()
