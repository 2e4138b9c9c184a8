package io.knarr.client;

import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteAccountResponse;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.ListAccountsRequest;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Calls about accounts. Thread-safe.
 *
 * <p>Only root (in open mode: everybody) may create, list and delete accounts. Each method throws {@link KnarrException}.
 */
public final class AccountCalls {
    private static final int PAGE_SIZE = 500;

    private final UnaryCalls calls;

    AccountCalls(UnaryCalls calls) {
        this.calls = calls;
    }

    /** Creates an account; durable on return. {@code ACCOUNT_EXISTS} when there is one of that name. Never tried again by itself. */
    public AccountInfo create(String accountId) {
        return UnaryCalls.await(createAsync(accountId));
    }

    /** Starts {@link #create}. */
    public CompletableFuture<AccountInfo> createAsync(String accountId) {
        return calls.start(
                AccountServiceGrpc.getCreateAccountMethod(),
                CallKind.ADMIN,
                CreateAccountRequest.newBuilder().setAccountId(accountId).build(),
                response -> WireResources.decode(response.getAccount()));
    }

    /** Returns an account. {@code ACCOUNT_NOT_FOUND} when there is none. */
    public AccountInfo get(String accountId) {
        return UnaryCalls.await(getAsync(accountId));
    }

    /** Starts {@link #get}. */
    public CompletableFuture<AccountInfo> getAsync(String accountId) {
        return calls.start(
                AccountServiceGrpc.getGetAccountMethod(),
                CallKind.READ,
                GetAccountRequest.newBuilder().setAccountId(accountId).build(),
                response -> WireResources.decode(response.getAccount()));
    }

    /** Returns the account that these calls act on. */
    public AccountInfo current() {
        return get("");
    }

    /** Returns all accounts in the order of their ids, read as they are walked. */
    public Paged<AccountInfo> listAll() {
        return listAll("");
    }

    /** Returns all accounts whose id starts with that, in the order of their ids, read as they are walked. */
    public Paged<AccountInfo> listAll(String prefix) {
        return new Paged<>(token -> list(prefix, PAGE_SIZE, token));
    }

    /** Returns one page of accounts; the first for an empty token. */
    public Page<AccountInfo> list(String prefix, int pageSize, String pageToken) {
        return calls.call(
                AccountServiceGrpc.getListAccountsMethod(),
                CallKind.READ,
                ListAccountsRequest.newBuilder()
                        .setPrefix(prefix)
                        .setPageSize(pageSize)
                        .setPageToken(pageToken)
                        .build(),
                WireResources::decode);
    }

    /** Deletes an account and everything in it, whichever lives. Returns true if there was one. Never tried again by itself. */
    public boolean delete(String accountId) {
        return UnaryCalls.await(deleteAsync(accountId));
    }

    /** Starts {@link #delete(String)}. */
    public CompletableFuture<Boolean> deleteAsync(String accountId) {
        return delete(DeleteAccountRequest.newBuilder().setAccountId(accountId));
    }

    /** Deletes that life of an account. {@code INCARNATION_MISMATCH} when another one lives. Returns true if there was one. */
    public boolean delete(String accountId, UUID incarnation) {
        return UnaryCalls.await(delete(
                DeleteAccountRequest.newBuilder().setAccountId(accountId).setIncarnation(incarnation.toString())));
    }

    private CompletableFuture<Boolean> delete(DeleteAccountRequest.Builder request) {
        return calls.start(
                AccountServiceGrpc.getDeleteAccountMethod(),
                CallKind.ADMIN,
                request.setAllowMissing(true).build(),
                DeleteAccountResponse::getDeleted);
    }
}
