package io.knarr.server.rpc;

import io.knarr.server.model.Account;

/** Writes accounts. */
final class AccountMapper {
    private AccountMapper() {}

    /** Returns an account as protobuf. */
    static io.knarr.v1.Account toProto(Account account) {
        return io.knarr.v1.Account.newBuilder()
                .setAccountId(account.id().value())
                .setIncarnation(account.incarnation().toString())
                .setCreateTime(ValueMapper.toProto(account.createTime()))
                .build();
    }
}
