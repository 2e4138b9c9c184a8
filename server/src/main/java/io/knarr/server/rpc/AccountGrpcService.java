package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.grpc.stub.StreamObserver;
import io.knarr.v1.AccountServiceGrpc;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateAccountResponse;
import io.knarr.v1.DeleteAccountRequest;
import io.knarr.v1.DeleteAccountResponse;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.GetAccountResponse;
import io.knarr.v1.ListAccountsRequest;
import io.knarr.v1.ListAccountsResponse;

/** Binds AccountService to its handlers. */
final class AccountGrpcService extends AccountServiceGrpc.AccountServiceImplBase {
    private final UnaryCall call;
    private final CreateAccountHandler createAccount;
    private final GetAccountHandler getAccount;
    private final ListAccountsHandler listAccounts;
    private final DeleteAccountHandler deleteAccount;

    @Inject
    AccountGrpcService(
            UnaryCall call,
            CreateAccountHandler createAccount,
            GetAccountHandler getAccount,
            ListAccountsHandler listAccounts,
            DeleteAccountHandler deleteAccount) {
        this.call = requireNonNull(call, "call is null");
        this.createAccount = requireNonNull(createAccount, "createAccount is null");
        this.getAccount = requireNonNull(getAccount, "getAccount is null");
        this.listAccounts = requireNonNull(listAccounts, "listAccounts is null");
        this.deleteAccount = requireNonNull(deleteAccount, "deleteAccount is null");
    }

    @Override
    public void createAccount(CreateAccountRequest request, StreamObserver<CreateAccountResponse> observer) {
        call.answer(request, observer, createAccount);
    }

    @Override
    public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
        call.answer(request, observer, getAccount);
    }

    @Override
    public void listAccounts(ListAccountsRequest request, StreamObserver<ListAccountsResponse> observer) {
        call.answer(request, observer, listAccounts);
    }

    @Override
    public void deleteAccount(DeleteAccountRequest request, StreamObserver<DeleteAccountResponse> observer) {
        call.answer(request, observer, deleteAccount);
    }
}
