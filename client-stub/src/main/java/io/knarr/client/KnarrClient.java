package io.knarr.client;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Knarr server, shared by any number of threads and accounts. Close it when the program ends.
 *
 * {@snippet file="io/knarr/client/examples/Quickstart.java" region="connect"}
 *
 * <p>Every call has a deadline by its {@link CallKind}, and is tried again by a {@link RetryPolicy}. The connection is made by the first
 * call and made again when it breaks.
 */
public final class KnarrClient implements AutoCloseable {
    private final ManagedChannel channel;
    private final Duration closeTimeout;
    private final UnaryCalls calls;
    private final TimeOrderedIds ids = TimeOrderedIds.ofSystem();
    private final AccountClient own;

    private KnarrClient(Builder builder) {
        this.channel = builder.openChannel();
        this.closeTimeout = builder.closeTimeout;
        UnaryCalls anonymous = new UnaryCalls(channel, builder.deadlines);
        this.calls = builder.apiKey == null
                ? anonymous
                : anonymous.withHeader(Identity.AUTHORIZATION, "Bearer " + builder.apiKey);
        AccountClient account =
                builder.accountId == null ? new AccountClient(calls, ids) : forAccount(builder.accountId);
        this.own = builder.accountIncarnation == null ? account : account.withIncarnation(builder.accountIncarnation);
    }

    /** Returns a client of the server at that address ({@code 127.0.0.1:6334}), without a credential and with all defaults. */
    public static KnarrClient connect(String target) {
        return builder(target).build();
    }

    /** Returns a builder of a client of the server at that address. */
    public static Builder builder(String target) {
        return new Builder(target);
    }

    /** Returns a view for an account on the same connection. In keys mode only root may name another account than its own. */
    public AccountClient forAccount(String accountId) {
        return new AccountClient(
                calls.withHeader(Identity.ACCOUNT_ID, Identity.headerValue("accountId", accountId)), ids);
    }

    /** Returns the view for the account given to the builder, or else of the credential, or else {@code default}. */
    public AccountClient ownAccount() {
        return own;
    }

    /** Returns the calls about accounts. */
    public AccountCalls accounts() {
        return own.accounts();
    }

    /** Returns the calls about the own account's collections. */
    public CollectionCalls collections() {
        return own.collections();
    }

    /** Returns a handle on a collection of the own account, whether it exists or not. */
    public CollectionHandle collection(String name) {
        return own.collection(name);
    }

    /** Returns the calls about the server itself. */
    public ServerCalls server() {
        return own.server();
    }

    /**
     * Takes no more calls, waits for those under way, for at most the close timeout, and then cancels what is left. An interrupt cancels
     * at once and stays set. May be called again.
     */
    @Override
    public void close() {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(closeTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
                channel.shutdownNow();
                channel.awaitTermination(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException ignored) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Gathers a client's settings. Not thread-safe. */
    public static final class Builder {
        private static final int DEFAULT_MAX_MESSAGE_BYTES = 64 << 20;
        private static final int CALLS_KEPT_FOR_RETRY = 8;

        private final String target;
        private final Map<CallKind, Duration> deadlines = new EnumMap<>(CallKind.class);
        private boolean plaintext;
        private @Nullable String apiKey;
        private @Nullable String accountId;
        private @Nullable UUID accountIncarnation;
        private int maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES;
        private RetryPolicy retryPolicy = RetryPolicy.STANDARD;
        private Duration keepAlive = Duration.ofMinutes(5);
        private Duration closeTimeout = Duration.ofSeconds(10);

        private Builder(String target) {
            this.target = requireNonNull(target, "target is null");
            for (CallKind kind : CallKind.values()) {
                deadlines.put(kind, kind.defaultDeadline());
            }
        }

        /** Allows to speak without encryption to another machine; to this one that needs no leave. There is no TLS yet. */
        @CanIgnoreReturnValue
        public Builder plaintext() {
            plaintext = true;
            return this;
        }

        /** Sets the credential. */
        @CanIgnoreReturnValue
        public Builder apiKey(String key) {
            this.apiKey = Identity.headerValue("apiKey", key);
            return this;
        }

        /** Sets the account to act on; only root, and everybody in open mode, has a choice. */
        @CanIgnoreReturnValue
        public Builder accountId(String id) {
            this.accountId = Identity.headerValue("accountId", id);
            return this;
        }

        /** Sets the life of the account that is meant; calls on another one are refused ({@code INCARNATION_MISMATCH}). */
        @CanIgnoreReturnValue
        public Builder accountIncarnation(UUID expected) {
            this.accountIncarnation = requireNonNull(expected, "expected is null");
            return this;
        }

        /** Sets how long calls of a kind may take, retries included; positive. */
        @CanIgnoreReturnValue
        public Builder deadline(CallKind kind, Duration deadline) {
            deadlines.put(kind, positive("deadline", deadline));
            return this;
        }

        /** Sets the largest message sent or received, in bytes; 64 MiB by default, which is what a server accepts by default. */
        @CanIgnoreReturnValue
        public Builder maxMessageBytes(int bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("maxMessageBytes must be positive: " + bytes);
            }
            this.maxMessageBytes = bytes;
            return this;
        }

        /** Sets which failed calls are tried again, and how. */
        @CanIgnoreReturnValue
        public Builder retryPolicy(RetryPolicy policy) {
            this.retryPolicy = requireNonNull(policy, "policy is null");
            return this;
        }

        /** Sets how long a connection with calls under way may be silent before it is probed; at least 10 seconds, 5 minutes by default. */
        @CanIgnoreReturnValue
        public Builder keepAlive(Duration silence) {
            if (silence.compareTo(Duration.ofSeconds(10)) < 0) {
                throw new IllegalArgumentException("keepAlive must be at least 10 seconds: " + silence);
            }
            this.keepAlive = silence;
            return this;
        }

        /** Sets how long {@link KnarrClient#close} waits for calls under way; positive, 10 seconds by default. */
        @CanIgnoreReturnValue
        public Builder closeTimeout(Duration timeout) {
            this.closeTimeout = positive("closeTimeout", timeout);
            return this;
        }

        /**
         * Returns the client. It connects with its first call.
         *
         * @throws IllegalStateException if the server is on another machine and {@link #plaintext} was not called
         */
        public KnarrClient build() {
            if (!plaintext && !Loopback.isTarget(target)) {
                throw new IllegalStateException(
                        "Not encrypted, and the server is on another machine: call plaintext() to allow that, target="
                                + target);
            }
            return new KnarrClient(this);
        }

        private ManagedChannel openChannel() {
            NettyChannelBuilder builder = NettyChannelBuilder.forTarget(target)
                    .usePlaintext()
                    .userAgent("knarr-java")
                    .maxInboundMessageSize(maxMessageBytes)
                    .keepAliveTime(keepAlive.toNanos(), TimeUnit.NANOSECONDS)
                    .keepAliveTimeout(20, TimeUnit.SECONDS)
                    .enableRetry()
                    .disableServiceConfigLookUp()
                    .defaultServiceConfig(retryPolicy.toServiceConfig())
                    // A call above these is sent once only. gRPC's own limit of 1 MiB would leave every large upsert
                    // without retries.
                    .perRpcBufferLimit(maxMessageBytes + (1L << 20))
                    .retryBufferSize((maxMessageBytes + (1L << 20)) * CALLS_KEPT_FOR_RETRY);
            return builder.build();
        }

        private static Duration positive(String name, Duration duration) {
            if (!duration.isPositive()) {
                throw new IllegalArgumentException(name + " must be positive: " + duration);
            }
            return duration;
        }
    }
}
