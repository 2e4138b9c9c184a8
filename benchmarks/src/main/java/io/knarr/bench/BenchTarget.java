package io.knarr.bench;

import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server that a bench drives, and how its accounts are named in a call. */
final class BenchTarget {
    private static final Metadata.Key<String> ACCOUNT =
            Metadata.Key.of("x-account-id", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> API_KEY = Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final int MAX_REPLY_BYTES = 64 << 20;

    private final String address;
    private final @Nullable String apiKey;

    private BenchTarget(String address, @Nullable String apiKey) {
        this.address = address;
        this.apiKey = apiKey;
    }

    static BenchTarget of(ServerProcess server) {
        return new BenchTarget(server.grpcAddress(), null);
    }

    static BenchTarget running(String address, Optional<String> apiKey) {
        int colon = address.lastIndexOf(':');
        if (colon < 1 || !address.substring(colon + 1).matches("\\d{1,5}")) {
            throw new UnusableInputException("--addr must be HOST:PORT: " + address);
        }
        return new BenchTarget(address, apiKey.orElse(null));
    }

    /** Opens a connection of its own. The caller shuts it down. */
    ManagedChannel connect() {
        return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                .maxInboundMessageSize(MAX_REPLY_BYTES)
                .build();
    }

    /** Returns what puts the account, and the credential if there is one, on a call. */
    ClientInterceptor as(String account) {
        Metadata headers = new Metadata();
        headers.put(ACCOUNT, account);
        if (apiKey != null) {
            headers.put(API_KEY, apiKey);
        }
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }
}
