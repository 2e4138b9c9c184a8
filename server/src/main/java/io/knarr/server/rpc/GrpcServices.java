package io.knarr.server.rpc;

import com.google.inject.Inject;
import io.grpc.BindableService;
import java.util.List;

/** The services of the native surface. */
record GrpcServices(
        AccountGrpcService accounts,
        CollectionGrpcService collections,
        RecordGrpcService records,
        SearchGrpcService searches,
        ServerGrpcService server) {
    @Inject
    GrpcServices {}

    List<BindableService> all() {
        return List.of(accounts, collections, records, searches, server);
    }

    /** Returns the services' full names, as health checks know them. */
    List<String> names() {
        return all().stream()
                .map(service -> service.bindService().getServiceDescriptor().getName())
                .toList();
    }
}
