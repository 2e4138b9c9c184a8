package io.knarr.server.rpc;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;

/**
 * Puts the gRPC surface together. Needs from elsewhere: {@link RpcConfig}, {@link Limits}, {@link IngestConfig}, {@link ServerIdentity}, {@link CallListener},
 * {@code AccountBackends}, {@code AccountDirectory} and an {@code Executor} for {@link ForCalls}. Gives: {@link GrpcServer}.
 */
public final class RpcModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(GrpcServer.class).in(Singleton.class);
        bind(GrpcServices.class);
        bind(StatusMapper.class).in(Singleton.class);
        bind(CallPermits.class).in(Singleton.class);
        bind(UnaryCall.class).in(Singleton.class);
        bind(StreamingCall.class).in(Singleton.class);
        bind(AccountAccess.class).in(Singleton.class);
        bind(ObservingInterceptor.class).in(Singleton.class);
        bind(IdentityInterceptor.class).in(Singleton.class);
        bind(AdmissionInterceptor.class).in(Singleton.class);
        bindAccounts();
        bindCollections();
        bindRecords();
        bindServer();
    }

    private void bindAccounts() {
        bind(AccountGrpcService.class);
        bind(CreateAccountHandler.class);
        bind(GetAccountHandler.class);
        bind(ListAccountsHandler.class);
        bind(DeleteAccountHandler.class);
    }

    private void bindCollections() {
        bind(CollectionGrpcService.class);
        bind(CreateCollectionHandler.class);
        bind(GetCollectionHandler.class);
        bind(ListCollectionsHandler.class);
        bind(UpdateCollectionHandler.class);
        bind(DeleteCollectionHandler.class);
    }

    private void bindRecords() {
        bind(RecordGrpcService.class);
        bind(UpsertRecordsHandler.class);
        bind(PatchRecordsHandler.class);
        bind(IngestHandler.class);
        bind(IngestStreams.class).in(Singleton.class);
        bind(StopListener.class).to(IngestStreams.class);
        bind(GetRecordsHandler.class);
        bind(DeleteRecordsHandler.class);
        bind(ListRecordsHandler.class);
        bind(CountRecordsHandler.class);
        bind(AggregateRecordsHandler.class);
        bind(SampleRecordsHandler.class);
        bind(ExportRecordsHandler.class);
        bind(SearchGrpcService.class);
        bind(SearchHandler.class);
        bind(BatchSearchHandler.class);
    }

    private void bindServer() {
        bind(ServerGrpcService.class);
        bind(GetServerInfoHandler.class);
        bind(GetLimitsHandler.class);
    }

    @Provides
    @Singleton
    static Authenticator authenticator(RpcConfig config) {
        return config.keysFile().<Authenticator>map(KeyAuthenticator::read).orElseGet(OpenAuthenticator::new);
    }
}
