package io.knarr.server.http;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's HTTP port: {@code /livez}, {@code /readyz} and {@code /metrics}, each for GET and HEAD. Thread-safe.
 *
 * <p>Bounds: {@value #MAX_CONNECTIONS} connections, {@value #MAX_REQUEST_SECONDS} seconds for a request to arrive and as many for its
 * answer to be taken, requests without a body. The JDK's server is enough for that; a surface with bodies needs another.
 */
public final class OperatorHttpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OperatorHttpServer.class);

    static final int MAX_CONNECTIONS = 256;
    static final int MAX_REQUEST_SECONDS = 10;

    private static final int BACKLOG = 64;
    private static final int DRAIN_SECONDS = 1;
    private static final String TEXT = "text/plain; charset=utf-8";

    static {
        // The JDK's server has no other way to set these, and reads them once, when it is first used.
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS));
        System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(MAX_REQUEST_SECONDS));
        System.setProperty("sun.net.httpserver.maxRspTime", Integer.toString(MAX_REQUEST_SECONDS));
    }

    private final HttpServer server;
    private final ExecutorService exchanges;
    private final OperatorPages pages;

    private OperatorHttpServer(HttpServer server, ExecutorService exchanges, OperatorPages pages) {
        this.server = server;
        this.exchanges = exchanges;
        this.pages = pages;
    }

    /**
     * Listens on an address.
     *
     * @param address port 0 is any free one
     * @throws BindException if the port is taken or the address is not of this machine
     */
    public static OperatorHttpServer start(InetSocketAddress address, OperatorPages pages) throws IOException {
        requireNonNull(pages, "pages is null");
        HttpServer server = HttpServer.create(address, BACKLOG);
        ExecutorService exchanges = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-", 0).factory());
        OperatorHttpServer operator = new OperatorHttpServer(server, exchanges, pages);
        server.setExecutor(exchanges);
        server.createContext("/", operator::handle);
        server.start();
        return operator;
    }

    /** Returns the port it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            answer(exchange);
        } catch (IOException e) {
            // The other side went away; it knows.
            log.debug("An HTTP answer was not taken, cause={}", e.toString());
        } catch (RuntimeException e) {
            log.error("An HTTP request failed", e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getRawPath();
        if (!isKnown(path)) {
            send(exchange, 404, TEXT, "There is nothing here. Try /livez, /readyz or /metrics\n");
            return;
        }
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            send(exchange, 405, TEXT, "Only GET and HEAD\n");
            return;
        }
        switch (path) {
            case "/livez" -> state(exchange, pages.isAlive(), "alive\n", "the store refuses writes until a restart\n");
            case "/readyz" -> state(exchange, pages.isReady(), "serving\n", "not serving\n");
            default -> metrics(exchange);
        }
    }

    private static boolean isKnown(String path) {
        return path.equals("/livez") || path.equals("/readyz") || path.equals("/metrics");
    }

    private static void state(HttpExchange exchange, boolean good, String yes, String no) throws IOException {
        send(exchange, good ? 200 : 503, TEXT, good ? yes : no);
    }

    private void metrics(HttpExchange exchange) throws IOException {
        // Into memory first: a metric that fails half way must not look like a short list.
        ByteArrayOutputStream body = new ByteArrayOutputStream(16 * 1024);
        try {
            pages.writeMetrics(body);
        } catch (RuntimeException e) {
            log.error("The metrics could not be read", e);
            send(exchange, 500, TEXT, "The metrics could not be read; the log says why\n");
            return;
        }
        send(exchange, 200, pages.metricsContentType(), body.toByteArray());
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        send(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream output = exchange.getResponseBody()) {
            output.write(body);
        }
    }

    /** Stops listening, gives answers under way a second, and drops the rest. */
    @Override
    public void close() {
        server.stop(DRAIN_SECONDS);
        exchanges.shutdownNow();
    }
}
