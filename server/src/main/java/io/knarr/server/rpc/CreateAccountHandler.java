package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountDirectory;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.v1.CreateAccountRequest;
import io.knarr.v1.CreateAccountResponse;

/** Answers CreateAccount. */
final class CreateAccountHandler implements RpcHandler<CreateAccountRequest, CreateAccountResponse> {
    private final AccountDirectory directory;

    @Inject
    CreateAccountHandler(AccountDirectory directory) {
        this.directory = requireNonNull(directory, "directory is null");
    }

    @Override
    public CreateAccountResponse handle(Identity identity, CreateAccountRequest request, CallDeadline deadline) {
        AccountId id = NameMapper.account(request.getAccountId(), FieldPath.of("account_id"));
        return CreateAccountResponse.newBuilder()
                .setAccount(AccountMapper.toProto(directory.create(id)))
                .build();
    }
}
