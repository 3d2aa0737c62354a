# swampyer. A procedure gives one value, and a call hands out one.

from swampyer import ExInvocationError, WAMP_ERROR, WAMPClient, WAMPClientTicket

from lines import Failure, Program


class Session:
    def __init__(self, place):
        login = place.get("login")
        options = dict(url=place["url"], realm=place["realm"], serializers=[place["serializer"]], auto_reconnect=False, timeout=60, heartbeat_timeout=60)
        if login is None:
            self.client = WAMPClient(**options)
        else:
            self.client = WAMPClientTicket(username=login["authid"], password=login["secret"], **options)
        self.client.start()

    def welcome(self):
        details = self.client.peer.details
        return {"id": self.client.session_id, "authid": details["authid"], "authrole": details["authrole"]}

    def call(self, uri, args, kwargs, options):
        try:
            return {"args": [self.client.call(uri, *args, **kwargs)]}
        except ExInvocationError as error:
            raise Failure("an ERROR whose URI swampyer does not hand out", error.args)

    def register(self, uri, options, handler):
        def procedure(event, *args, **kwargs):
            args, kwargs = handler(args, kwargs, event.details)
            if len(args) != 1 or kwargs:
                raise ValueError("a procedure of swampyer gives one value")
            return args[0]

        return self.client.register(uri, procedure, options).registration_id

    def subscribe(self, uri, options, on_event):
        def listener(event, *args, **kwargs):
            on_event(args, kwargs, event.details)

        return accepted(self.client.subscribe(uri, listener, options)).subscription_id

    def publish(self, uri, args, kwargs, options):
        return accepted(self.client.publish(uri, {**options, "acknowledge": True}, args, kwargs)).publication_id

    def close(self):
        self.client.disconnect()


def accepted(answer):
    if answer == WAMP_ERROR:
        raise Failure(answer.error, answer.args)
    return answer


Program(Session).run()
