// jawampa. Its only login is the ticket.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import rx.Observable;
import ws.wamp.jawampa.ApplicationError;
import ws.wamp.jawampa.CallFlags;
import ws.wamp.jawampa.PubSubData;
import ws.wamp.jawampa.PublishFlags;
import ws.wamp.jawampa.Reply;
import ws.wamp.jawampa.Request;
import ws.wamp.jawampa.SubscriptionFlags;
import ws.wamp.jawampa.WampClient;
import ws.wamp.jawampa.WampClientBuilder;
import ws.wamp.jawampa.WampSerialization;
import ws.wamp.jawampa.auth.client.Ticket;
import ws.wamp.jawampa.transport.netty.NettyWampClientConnectorProvider;

final class Jawampa implements Lines.Session {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final WampClient client;
    private final WampClient.ConnectedState state;

    private Jawampa(WampClient client, WampClient.ConnectedState state) {
        this.client = client;
        this.state = state;
    }

    public static void main(String[] words) throws Exception {
        Lines.run(Jawampa::join);
    }

    private static Lines.Session join(Lines.Place place, Runnable onOver) throws Exception {
        WampSerialization serialization = place.serializer().equals("json") ? WampSerialization.Json : WampSerialization.MessagePack;
        WampClientBuilder builder = new WampClientBuilder()
            .withConnectorProvider(new NettyWampClientConnectorProvider())
            .withUri(place.url())
            .withRealm(place.realm())
            .withSerializations(new WampSerialization[] {serialization})
            .withNrReconnects(0);
        if (place.login() != null) {
            builder.withAuthId(place.login().authid()).withAuthMethod(new Ticket(place.login().secret()));
        }
        WampClient client = builder.build();
        CompletableFuture<WampClient.ConnectedState> joined = new CompletableFuture<>();
        client.statusChanged().subscribe(state -> {
            if (state instanceof WampClient.ConnectedState connected) joined.complete(connected);
            if (!(state instanceof WampClient.DisconnectedState gone) || gone.disconnectReason() == null) return;
            joined.completeExceptionally(gone.disconnectReason());
            onOver.run();
        });
        client.open();
        return new Jawampa(client, joined.get());
    }

    @Override
    public Map<String, Object> welcome() {
        ObjectNode details = state.welcomeDetails();
        return Map.of("id", state.sessionId(), "authid", details.get("authid").asText(), "authrole", details.get("authrole").asText());
    }

    @Override
    public Lines.Values call(String uri, Lines.Values values, Map<String, Object> options) throws Exception {
        EnumSet<CallFlags> flags = EnumSet.noneOf(CallFlags.class);
        if (Boolean.TRUE.equals(options.get("disclose_me"))) flags.add(CallFlags.DiscloseMe);
        Reply reply = answer(client.call(uri, flags, list(values), dict(values)));
        return valuesOf(reply.arguments(), reply.keywordArguments());
    }

    @Override
    public Object register(String uri, Map<String, Object> options, Lines.Handler handler) throws Exception {
        CompletableFuture<Object> registered = new CompletableFuture<>();
        Observable<Request> requests = client.registerProcedure(uri);
        requests.subscribe(request -> answerTo(request, handler), registered::completeExceptionally);
        // Nothing of it says that the router has agreed; what is answered behind REGISTERED does.
        answer(client.call("wamp.session.count"));
        if (registered.isCompletedExceptionally()) registered.get();
        return null;
    }

    @Override
    public Object subscribe(String uri, Map<String, Object> options, Lines.Listener listener) throws Exception {
        Object match = options.getOrDefault("match", "exact");
        SubscriptionFlags flag = match.equals("prefix") ? SubscriptionFlags.Prefix : match.equals("wildcard") ? SubscriptionFlags.Wildcard : SubscriptionFlags.Exact;
        CompletableFuture<Object> subscribed = new CompletableFuture<>();
        Observable<PubSubData> events = client.makeSubscription(uri, flag);
        events.subscribe(
            event -> listener.onEvent(valuesOf(event.arguments(), event.keywordArguments()), plain(event.details())),
            subscribed::completeExceptionally);
        answer(client.call("wamp.session.count"));
        if (subscribed.isCompletedExceptionally()) subscribed.get();
        return null;
    }

    @Override
    public Object publish(String uri, Lines.Values values, Map<String, Object> options) throws Exception {
        EnumSet<PublishFlags> flags = EnumSet.of(PublishFlags.RequireAcknowledge);
        if (Boolean.FALSE.equals(options.get("exclude_me"))) flags.add(PublishFlags.DontExcludeMe);
        return answer(client.publish(uri, flags, list(values), dict(values)));
    }

    @Override
    public void close() {
        client.close().toBlocking().last();
    }

    private static void answerTo(Request request, Lines.Handler handler) {
        handler.answer(valuesOf(request.arguments(), request.keywordArguments()), plain(request.details())).whenComplete((values, error) -> {
            if (!(error instanceof Lines.Failure failure)) {
                request.reply(list(values), dict(values));
                return;
            }
            try {
                request.replyError(failure.uri, list(failure.values), dict(failure.values));
            } catch (ApplicationError refused) {
                throw new IllegalStateException(refused);
            }
        });
    }

    private static <T> T answer(Observable<T> observable) throws Exception {
        CompletableFuture<T> answered = new CompletableFuture<>();
        observable.subscribe(answered::complete, error -> {
            boolean isFailure = error instanceof ApplicationError;
            answered.completeExceptionally(isFailure ? translated((ApplicationError) error) : error);
        });
        return answered.get();
    }

    private static Lines.Failure translated(ApplicationError error) {
        return new Lines.Failure(error.uri(), valuesOf(error.arguments(), error.keywordArguments()));
    }

    /** Nothing is sent as null, as one writes it with this library. */
    private static ArrayNode list(Lines.Values values) {
        return values.args().isEmpty() ? null : MAPPER.valueToTree(values.args());
    }

    private static ObjectNode dict(Lines.Values values) {
        return values.kwargs().isEmpty() ? null : MAPPER.valueToTree(values.kwargs());
    }

    @SuppressWarnings("unchecked")
    private static Lines.Values valuesOf(ArrayNode args, ObjectNode kwargs) {
        return new Lines.Values(MAPPER.convertValue(args, List.class), plain(kwargs));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> plain(ObjectNode dict) {
        return MAPPER.convertValue(dict, Map.class);
    }
}
