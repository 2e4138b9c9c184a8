package io.knarr.cli.call;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.MetadataUtils;
import io.knarr.cli.terminal.CommandFailure;
import io.knarr.cli.terminal.ExitCode;
import io.knarr.client.CallKind;
import io.knarr.client.KnarrClient;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CollectionServiceGrpc;
import io.knarr.v1.RecordServiceGrpc;
import io.knarr.v1.SearchServiceGrpc;
import io.knarr.v1.ServerServiceGrpc;
import java.time.Duration;
import java.util.Optional;

/** A channel to a server, with the caller's identity and a deadline for every call. Thread-safe; close it. */
public final class Connection implements AutoCloseable {
    /** How long one call may take where nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);
    /** The largest message the server sends, and room for its frame. */
    private static final int MAX_MESSAGE_BYTES = (64 << 20) + (1 << 16);

    private static final long CLOSE_SECONDS = 5;
    private static final Metadata.Key<String> API_KEY = Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> ACCOUNT_ID =
            Metadata.Key.of("x-account-id", Metadata.ASCII_STRING_MARSHALLER);

    private final String address;
    private final ManagedChannel channel;
    private final ClientInterceptor identity;
    private final Duration timeout;
    private final Optional<String> account;
    private final Optional<String> apiKey;

    private Connection(
            String address, Metadata identity, Duration timeout, Optional<String> account, Optional<String> apiKey) {
        this.account = account;
        this.apiKey = apiKey;
        this.address = requireNonNull(address, "address is null");
        this.identity = MetadataUtils.newAttachHeadersInterceptor(identity);
        this.timeout = timeout;
        this.channel = NettyChannelBuilder.forTarget(address)
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build();
    }

    /** Opens a connection that acts on an account without a credential, with the usual timeout. */
    public static Connection open(String address, String account) {
        return open(address, Optional.of(account), Optional.empty(), DEFAULT_TIMEOUT);
    }

    /**
     * Opens a connection. Nothing is sent before the first call.
     *
     * @param address {@code HOST:PORT}
     * @param account the account to act on; empty: the credential's
     * @param apiKey the credential
     * @param timeout how long one call may take
     * @throws CommandFailure if the address, the account or the credential cannot be sent
     */
    public static Connection open(String address, Optional<String> account, Optional<String> apiKey, Duration timeout) {
        if (!address.matches("(\\[[0-9a-fA-F:.]+\\]|[^\\s:/\\[\\]]+):[0-9]{1,5}")) {
            throw new CommandFailure(ExitCode.USAGE, "The server's address is HOST:PORT, not '" + address + "'");
        }
        Metadata identity = new Metadata();
        account.ifPresent(id -> identity.put(ACCOUNT_ID, printable("--account", id)));
        apiKey.ifPresent(key -> identity.put(API_KEY, printable("The API key", key)));
        return new Connection(address, identity, timeout, account, apiKey);
    }

    private static String printable(String what, String text) {
        if (!text.matches("[\\x21-\\x7e]{1,4096}")) {
            throw new CommandFailure(ExitCode.USAGE, what + " must be printable ASCII without spaces");
        }
        return text;
    }

    /** Returns the server's address, as given. */
    public String address() {
        return address;
    }

    /** Returns a client of the same server as the same caller, with a connection of its own; to be closed. */
    public KnarrClient client() {
        KnarrClient.Builder client = KnarrClient.builder(address).plaintext();
        apiKey.ifPresent(client::apiKey);
        account.ifPresent(client::accountId);
        for (CallKind kind : CallKind.values()) {
            client.deadline(kind, timeout);
        }
        return client.build();
    }

    private <S extends AbstractBlockingStub<S>> S prepared(S stub) {
        return stub.withInterceptors(identity)
                .withDeadlineAfter(timeout.toMillis(), MILLISECONDS)
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES);
    }

    /** Returns the account calls. The deadline runs from now: take a fresh stub for each call. */
    public AccountServiceGrpc.AccountServiceBlockingStub accounts() {
        return prepared(AccountServiceGrpc.newBlockingStub(channel));
    }

    /** Returns the collection calls. The deadline runs from now: take a fresh stub for each call. */
    public CollectionServiceGrpc.CollectionServiceBlockingStub collections() {
        return prepared(CollectionServiceGrpc.newBlockingStub(channel));
    }

    /** Returns the record calls. The deadline runs from now: take a fresh stub for each call. */
    public RecordServiceGrpc.RecordServiceBlockingStub records() {
        return prepared(RecordServiceGrpc.newBlockingStub(channel));
    }

    /** Returns the record calls for streams of records, which take as long as they take: no deadline. */
    public RecordServiceGrpc.RecordServiceBlockingStub exports() {
        return RecordServiceGrpc.newBlockingStub(channel)
                .withInterceptors(identity)
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES);
    }

    /** Returns the search calls. The deadline runs from now: take a fresh stub for each call. */
    public SearchServiceGrpc.SearchServiceBlockingStub search() {
        return prepared(SearchServiceGrpc.newBlockingStub(channel));
    }

    /** Returns the calls about the server itself. The deadline runs from now: take a fresh stub for each call. */
    public ServerServiceGrpc.ServerServiceBlockingStub server() {
        return prepared(ServerServiceGrpc.newBlockingStub(channel));
    }

    @Override
    public void close() {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(CLOSE_SECONDS, SECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException e) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
