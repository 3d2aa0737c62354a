// Speaks with the runner: one line of JSON for each command, answer and notice. See ../README.md.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

final class Lines {
    /** Positional and keyword values. */
    record Values(List<Object> args, Map<String, Object> kwargs) {}

    record Login(String authid, String method, String secret, String publicKey) {}

    record Place(String url, String realm, String serializer, Login login) {}

    /** A WAMP ERROR. */
    static final class Failure extends RuntimeException {
        final String uri;
        final Values values;

        Failure(String uri, Values values) {
            super(uri);
            this.uri = uri;
            this.values = values;
        }
    }

    interface Handler {
        CompletableFuture<Values> answer(Values values, Map<String, Object> details);
    }

    interface Listener {
        void onEvent(Values values, Map<String, Object> details);
    }

    /** One session of a library. Ids are null where it does not show them. */
    interface Session {
        Map<String, Object> welcome();

        Values call(String uri, Values values, Map<String, Object> options) throws Exception;

        Object register(String uri, Map<String, Object> options, Handler handler) throws Exception;

        Object subscribe(String uri, Map<String, Object> options, Listener listener) throws Exception;

        Object publish(String uri, Values values, Map<String, Object> options) throws Exception;

        void close() throws Exception;
    }

    interface Join {
        Session join(Place place, Runnable onOver) throws Exception;
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** Libraries that print do not disturb the lines. */
    private final PrintStream output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final Join join;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final Map<Integer, CompletableFuture<Values>> pending = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    private Lines(Join join) {
        this.join = join;
    }

    /** Serves commands until the input ends. */
    static void run(Join join) throws Exception {
        Lines lines = new Lines(join);
        System.setOut(System.err);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text = input.readLine(); text != null; text = input.readLine()) {
            Map<String, Object> line = dict(MAPPER.readValue(text, Map.class));
            new Thread(() -> lines.answer(line.get("number"), dict(line.get("command")))).start();
        }
        Runtime.getRuntime().halt(0);
    }

    private void answer(Object number, Map<String, Object> command) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("number", number);
        try {
            line.put("value", execute(command));
        } catch (Throwable error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            if (cause instanceof Failure failure) {
                line.put("failure", Map.of("uri", failure.uri, "values", plain(failure.values)));
            } else {
                line.put("failure", Map.of("text", String.valueOf(cause)));
            }
        }
        print(line);
    }

    private Object execute(Map<String, Object> command) throws Exception {
        String name = (String) command.get("session");
        String uri = (String) command.get("uri");
        Map<String, Object> options = dict(command.get("options"));
        Values values = valuesOf(dict(command.get("values")));
        Session session = sessions.get(name);
        switch ((String) command.get("op")) {
            case "join":
                Runnable onOver = () -> print(Map.of("notice", "over", "session", name));
                sessions.put(name, join.join(placeOf(command), onOver));
                return sessions.get(name).welcome();
            case "yield":
                return pending.remove(command.get("invocation")).complete(values);
            case "fail":
                return pending.remove(command.get("invocation")).completeExceptionally(new Failure(uri, values));
            case "call":
                return plain(session.call(uri, values, options));
            case "register":
                return session.register(uri, options, (some, details) -> invoke(name, uri, some, details));
            case "subscribe":
                return session.subscribe(uri, options, (some, details) -> notice("event", name, uri, 0, some, details));
            case "publish":
                return session.publish(uri, values, options);
            case "close":
                session.close();
                return null;
            default:
                throw new IllegalArgumentException("no such command");
        }
    }

    /** Has the runner answer an invocation. */
    private CompletableFuture<Values> invoke(String name, String uri, Values values, Map<String, Object> details) {
        int number = last.incrementAndGet();
        CompletableFuture<Values> answer = new CompletableFuture<>();
        pending.put(number, answer);
        notice("invocation", name, uri, number, values, details);
        return answer;
    }

    private void notice(String kind, String name, String uri, int invocation, Values values, Map<String, Object> details) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("notice", kind);
        line.put("session", name);
        line.put("uri", uri);
        line.put("invocation", invocation);
        line.put("values", plain(values));
        line.put("details", details);
        print(line);
    }

    private synchronized void print(Map<String, Object> line) {
        try {
            output.println(MAPPER.writeValueAsString(line));
            output.flush();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    private static Place placeOf(Map<String, Object> command) {
        Map<String, Object> login = dict(command.get("login"));
        Login some = login == null ? null : loginOf(login);
        return new Place((String) command.get("url"), (String) command.get("realm"), (String) command.get("serializer"), some);
    }

    private static Login loginOf(Map<String, Object> login) {
        return new Login((String) login.get("authid"), (String) login.get("method"), (String) login.get("secret"), (String) login.get("publicKey"));
    }

    @SuppressWarnings("unchecked")
    private static Values valuesOf(Map<String, Object> values) {
        return values == null ? null : new Values((List<Object>) values.get("args"), dict(values.get("kwargs")));
    }

    private static Map<String, Object> plain(Values values) {
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put("args", values.args());
        plain.put("kwargs", values.kwargs());
        return plain;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> dict(Object value) {
        return (Map<String, Object>) value;
    }
}
