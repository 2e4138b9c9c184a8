package io.knarr.server.rpc;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Optional;

/** Who may make which call, by the method's full name. What is not listed here nobody may call. */
final class AccessTable {
    private static final Map<String, AccessRule> RULES = Map.ofEntries(
            entry("knarr.v1.AccountService/CreateAccount", AccessRule.ROOT),
            // Whose account it may be is decided by the handler: another's is NOT_FOUND, not PERMISSION_DENIED.
            entry("knarr.v1.AccountService/GetAccount", AccessRule.KNOWN_CALLER),
            entry("knarr.v1.AccountService/ListAccounts", AccessRule.ROOT),
            entry("knarr.v1.AccountService/DeleteAccount", AccessRule.ROOT),
            entry("knarr.v1.CollectionService/CreateCollection", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.CollectionService/GetCollection", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.CollectionService/ListCollections", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.CollectionService/UpdateCollection", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.CollectionService/DeleteCollection", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/UpsertRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/PatchRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/Ingest", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/GetRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/DeleteRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/ListRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/CountRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/AggregateRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/SampleRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.RecordService/ExportRecords", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.SearchService/Search", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.SearchService/BatchSearch", AccessRule.ACCOUNT_CALLER),
            entry("knarr.v1.ServerService/GetServerInfo", AccessRule.KNOWN_CALLER),
            entry("knarr.v1.ServerService/GetLimits", AccessRule.KNOWN_CALLER),
            entry("grpc.health.v1.Health/Check", AccessRule.ANYBODY),
            entry("grpc.health.v1.Health/List", AccessRule.ANYBODY),
            entry("grpc.health.v1.Health/Watch", AccessRule.ANYBODY),
            entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", AccessRule.ANYBODY),
            entry("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", AccessRule.ANYBODY));

    private AccessTable() {}

    /** Returns the rule of a method, if it has one. */
    static Optional<AccessRule> rule(String fullMethodName) {
        return Optional.ofNullable(RULES.get(fullMethodName));
    }
}
