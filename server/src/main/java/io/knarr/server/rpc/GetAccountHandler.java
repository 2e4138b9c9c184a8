package io.knarr.server.rpc;

import static java.util.Objects.requireNonNull;

import com.google.inject.Inject;
import io.knarr.server.account.AccountDirectory;
import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.Account;
import io.knarr.server.model.AccountId;
import io.knarr.server.model.CallDeadline;
import io.knarr.v1.GetAccountRequest;
import io.knarr.v1.GetAccountResponse;
import java.util.Optional;

/** Answers GetAccount. To callers other than root, the accounts of others do not exist. */
final class GetAccountHandler implements RpcHandler<GetAccountRequest, GetAccountResponse> {
    private final AccountDirectory directory;

    @Inject
    GetAccountHandler(AccountDirectory directory) {
        this.directory = requireNonNull(directory, "directory is null");
    }

    @Override
    public GetAccountResponse handle(Identity identity, GetAccountRequest request, CallDeadline deadline) {
        AccountId id = request.getAccountId().isEmpty()
                ? identity.requireAccount()
                : NameMapper.account(request.getAccountId(), FieldPath.of("account_id"));
        boolean own = identity.account().equals(Optional.of(id));
        Optional<Account> account = own || identity.root() ? directory.find(id) : Optional.empty();
        return GetAccountResponse.newBuilder()
                .setAccount(AccountMapper.toProto(account.orElseThrow(
                        () -> new ServiceException(ErrorCode.ACCOUNT_NOT_FOUND, "There is no such account")
                                .with("account", id))))
                .build();
    }
}
