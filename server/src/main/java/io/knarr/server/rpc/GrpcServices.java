package io.knarr.server.rpc;

import com.google.inject.Inject;
import io.grpc.BindableService;
import java.util.List;

/**
 * The services of the native surface.
 *
 * @param all the services, in the order they are shown
 */
record GrpcServices(List<BindableService> all) {
    GrpcServices {
        all = List.copyOf(all);
    }

    @Inject
    GrpcServices(
            AccountGrpcService accounts,
            CollectionGrpcService collections,
            RecordGrpcService records,
            SearchGrpcService searches,
            ServerGrpcService server) {
        this(List.of(accounts, collections, records, searches, server));
    }

    /** Returns the services' full names, as health checks know them. */
    List<String> names() {
        return all.stream()
                .map(service -> service.bindService().getServiceDescriptor().getName())
                .toList();
    }
}
