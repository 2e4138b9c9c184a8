package io.knarr.server.rpc;

import io.knarr.server.model.AccountId;
import java.util.Optional;

/**
 * Takes every caller for root, and believes which account it names; {@code default} if none. For a server that only this machine can
 * reach. Credentials are not looked at.
 */
final class OpenAuthenticator implements Authenticator {
    private static final AccountId DEFAULT_ACCOUNT = new AccountId("default");

    @Override
    public String mode() {
        return "open";
    }

    @Override
    public Identity authenticate(CallClaims claims) {
        return new Identity(Optional.of(claims.account().orElse(DEFAULT_ACCOUNT)), true, claims.incarnation());
    }
}
