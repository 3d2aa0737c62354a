// autobahn-java. Shows neither who a session is nor the details of an event that the specification names.

import io.crossbar.autobahn.wamp.Client;
import io.crossbar.autobahn.wamp.Session;
import io.crossbar.autobahn.wamp.auth.ChallengeResponseAuth;
import io.crossbar.autobahn.wamp.auth.CryptosignAuth;
import io.crossbar.autobahn.wamp.auth.TicketAuth;
import io.crossbar.autobahn.wamp.exceptions.ApplicationError;
import io.crossbar.autobahn.wamp.interfaces.IAuthenticator;
import io.crossbar.autobahn.wamp.interfaces.TriConsumer;
import io.crossbar.autobahn.wamp.interfaces.TriFunction;
import io.crossbar.autobahn.wamp.reflectionRoles.WampException;
import io.crossbar.autobahn.wamp.transports.NettyWebSocket;
import io.crossbar.autobahn.wamp.types.CallOptions;
import io.crossbar.autobahn.wamp.types.CallResult;
import io.crossbar.autobahn.wamp.types.EventDetails;
import io.crossbar.autobahn.wamp.types.InvocationDetails;
import io.crossbar.autobahn.wamp.types.InvocationResult;
import io.crossbar.autobahn.wamp.types.PublishOptions;
import io.crossbar.autobahn.wamp.types.RegisterOptions;
import io.crossbar.autobahn.wamp.types.SubscribeOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

final class AutobahnJava implements Lines.Session {
    private final Session session;

    private AutobahnJava(Session session) {
        this.session = session;
    }

    public static void main(String[] words) throws Exception {
        Lines.run(AutobahnJava::join);
    }

    private static Lines.Session join(Lines.Place place, Runnable onOver) throws Exception {
        Session session = new Session();
        CompletableFuture<String> left = new CompletableFuture<>();
        session.addOnLeaveListener((some, details) -> {
            left.complete(details.reason + ": " + details.message);
            onOver.run();
        });
        Client client = new Client(new NettyWebSocket(place.url(), List.of("wamp.2." + place.serializer())));
        if (place.login() == null) client.add(session, place.realm());
        else client.add(session, place.realm(), List.of(authenticatorOf(place.login())));
        client.connect();
        // It makes the future of WELCOME after it has sent HELLO, so that no listener hears of a WELCOME that comes quickly.
        while (session.getID() == 0 && !left.isDone()) Thread.sleep(5);
        if (left.isDone()) throw new IllegalStateException(left.get());
        return new AutobahnJava(session);
    }

    private static IAuthenticator authenticatorOf(Lines.Login login) {
        switch (login.method()) {
            case "ticket":
                return new TicketAuth(login.authid(), login.secret());
            case "wampcra":
                return new ChallengeResponseAuth(login.authid(), login.secret());
            default:
                return new CryptosignAuth(login.authid(), login.secret(), login.publicKey());
        }
    }

    @Override
    public Map<String, Object> welcome() {
        return Map.of("id", session.getID());
    }

    @Override
    public Lines.Values call(String uri, Lines.Values values, Map<String, Object> options) throws Exception {
        CallOptions some = options.get("timeout") instanceof Integer timeout ? new CallOptions(timeout) : null;
        CompletableFuture<CallResult> answer;
        // Its tables of requests are for one thread.
        synchronized (session) {
            answer = session.call(uri, values.args(), values.kwargs(), some);
        }
        try {
            CallResult result = answer.get();
            return new Lines.Values(result.results, result.kwresults);
        } catch (ExecutionException error) {
            throw translated(error);
        }
    }

    @Override
    public Object register(String uri, Map<String, Object> options, Lines.Handler handler) throws Exception {
        TriFunction<List<Object>, Map<String, Object>, InvocationDetails, CompletableFuture<InvocationResult>> procedure =
            (args, kwargs, details) -> {
                CompletableFuture<InvocationResult> result = new CompletableFuture<>();
                handler.answer(new Lines.Values(args, kwargs), detailsOf(details)).whenComplete((values, error) -> {
                    if (error instanceof Lines.Failure failure) {
                        result.completeExceptionally(new WampException(failure.uri, null, failure.values.args(), failure.values.kwargs()));
                    } else {
                        result.complete(new InvocationResult(values.args(), values.kwargs()));
                    }
                });
                return result;
            };
        RegisterOptions some = new RegisterOptions((String) options.get("match"), (String) options.get("invoke"));
        return session.register(uri, procedure, some).get().registration;
    }

    @Override
    public Object subscribe(String uri, Map<String, Object> options, Lines.Listener listener) throws Exception {
        TriConsumer<List<Object>, Map<String, Object>, EventDetails> handler =
            (args, kwargs, details) ->
                listener.onEvent(new Lines.Values(args, kwargs), Map.of("topic", details.topic, "retained", details.retained));
        boolean getsRetained = Boolean.TRUE.equals(options.get("get_retained"));
        return session.subscribe(uri, handler, new SubscribeOptions((String) options.get("match"), true, getsRetained)).get().subscription;
    }

    @Override
    public Object publish(String uri, Lines.Values values, Map<String, Object> options) throws Exception {
        boolean excludesMe = !Boolean.FALSE.equals(options.get("exclude_me"));
        boolean retains = Boolean.TRUE.equals(options.get("retain"));
        try {
            return session.publish(uri, values.args(), values.kwargs(), new PublishOptions(true, excludesMe, retains)).get().publication;
        } catch (ExecutionException error) {
            throw translated(error);
        }
    }

    @Override
    public void close() {
        session.leave();
    }

    private static Map<String, Object> detailsOf(InvocationDetails details) {
        Map<String, Object> some = new LinkedHashMap<>();
        some.put("procedure", details.procedure);
        some.put("caller", details.callerSessionID);
        return some;
    }

    private static Exception translated(ExecutionException error) {
        if (!(error.getCause() instanceof ApplicationError failed)) return error;
        return new Lines.Failure(failed.getMessage(), new Lines.Values(failed.args, failed.kwargs));
    }
}
