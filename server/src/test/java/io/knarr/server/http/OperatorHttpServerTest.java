package io.knarr.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OperatorHttpServerTest {
    private final Pages pages = new Pages();
    private final HttpClient client = HttpClient.newHttpClient();
    private OperatorHttpServer server;

    OperatorHttpServerTest() throws IOException {
        server = OperatorHttpServer.start(loopback(0), pages);
    }

    @BeforeEach
    void serverListens() {
        assertThat(server.port()).isPositive();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void livenessFollowsTheStore() throws Exception {
        assertThat(send("GET", "/livez").statusCode()).isEqualTo(200);

        pages.alive = false;

        assertThat(send("GET", "/livez").statusCode()).isEqualTo(503);
    }

    @Test
    void readinessFollowsServing() throws Exception {
        assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);

        pages.ready = true;

        HttpResponse<String> response = send("GET", "/readyz");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("serving\n");
    }

    @Test
    void metricsAreServedWithTheirType() throws Exception {
        HttpResponse<String> response = send("GET", "/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/x-metrics");
        assertThat(response.body()).isEqualTo("a_metric 1\n");
    }

    @Test
    void metricsThatFailAreAnErrorAndNotAShortList() throws Exception {
        pages.failing = true;

        HttpResponse<String> response = send("GET", "/metrics");

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).doesNotContain("a_metric").doesNotContain("secret");
    }

    @Test
    void headAnswersWithTheLengthAndNoBody() throws Exception {
        HttpResponse<String> response = send("HEAD", "/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(11);
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/livez/", "/livezz", "/metrics/x", "/%2e%2e/metrics", "/admin", "//livez"})
    void otherPathsAreNotFound(String path) throws Exception {
        assertThat(send("GET", path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
    void otherMethodsAreNotAllowed(String method) throws Exception {
        HttpResponse<String> response = send(method, "/readyz");

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void aQueryChangesNothing() throws Exception {
        assertThat(send("GET", "/livez?verbose=1").statusCode()).isEqualTo(200);
    }

    @Test
    void moreConnectionsThanAllowedAreClosed() throws Exception {
        Socket[] sockets = new Socket[OperatorHttpServer.MAX_CONNECTIONS + 1];
        try {
            for (int i = 0; i < sockets.length; i++) {
                sockets[i] = new Socket(InetAddress.getLoopbackAddress(), server.port());
                // Half a request, so that the connection stays busy.
                sockets[i].getOutputStream().write("GET /livez HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            sockets[sockets.length - 1].setSoTimeout(30_000);

            assertThat(closedByTheOther(sockets[sockets.length - 1])).isTrue();
        } finally {
            for (Socket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        assertThatThrownBy(() -> OperatorHttpServer.start(loopback(server.port()), pages))
                .isInstanceOf(BindException.class);
    }

    @Test
    void aClosedServerListensNoMore() throws IOException {
        int port = server.port();
        server.close();

        server = OperatorHttpServer.start(loopback(port), pages);

        assertThat(server.port()).isEqualTo(port);
    }

    private static boolean closedByTheOther(Socket socket) {
        try {
            return socket.getInputStream().read() == -1;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset, since what we wrote was not read
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static final class Pages implements OperatorPages {
        private volatile boolean alive = true;
        private volatile boolean ready;
        private volatile boolean failing;

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public String metricsContentType() {
            return "text/x-metrics";
        }

        @Override
        public void writeMetrics(OutputStream output) throws IOException {
            output.write("a_metric 1\n".getBytes(StandardCharsets.UTF_8));
            if (failing) {
                throw new IllegalStateException("secret");
            }
        }
    }
}
