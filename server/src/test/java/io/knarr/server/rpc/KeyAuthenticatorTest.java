package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import io.knarr.server.model.AccountId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyAuthenticatorTest {
    private static final AccountId ACME = new AccountId("acme");
    private static final AccountId OTHER = new AccountId("other");

    @TempDir
    private Path directory;

    private KeyAuthenticator authenticator() throws Exception {
        return KeyAuthenticator.read(write("# keys\n\n" + digest("secret") + "  account:acme\n"
                + digest("master").toUpperCase(java.util.Locale.ROOT) + "\troot\n"));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("keys"), text, UTF_8);
    }

    private static String digest(String key) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8)));
    }

    private static CallClaims claims(Optional<String> key, Optional<AccountId> account) {
        return new CallClaims(key, account, Optional.empty());
    }

    @Test
    void anAccountsKeyActsOnItsAccount() throws Exception {
        Identity expected = new Identity(Optional.of(ACME), false, Optional.empty());

        assertThat(authenticator().authenticate(claims(Optional.of("secret"), Optional.empty())))
                .isEqualTo(expected);
        assertThat(authenticator().authenticate(claims(Optional.of("secret"), Optional.of(ACME))))
                .isEqualTo(expected);
    }

    @Test
    void anAccountsKeyActsOnNoOther() throws Exception {
        assertRefused(authenticator(), claims(Optional.of("secret"), Optional.of(OTHER)), ErrorCode.ACCOUNT_MISMATCH);
    }

    @Test
    void rootActsOnTheAccountItNames() throws Exception {
        assertThat(authenticator().authenticate(claims(Optional.of("master"), Optional.of(OTHER))))
                .isEqualTo(new Identity(Optional.of(OTHER), true, Optional.empty()));
        assertThat(authenticator()
                        .authenticate(claims(Optional.of("master"), Optional.empty()))
                        .account())
                .isEmpty();
    }

    @Test
    void nobodyElseIsKnown() throws Exception {
        assertRefused(authenticator(), claims(Optional.empty(), Optional.of(ACME)), ErrorCode.UNAUTHENTICATED);
        assertRefused(authenticator(), claims(Optional.of(""), Optional.of(ACME)), ErrorCode.UNAUTHENTICATED);
        assertRefused(authenticator(), claims(Optional.of("guess"), Optional.empty()), ErrorCode.UNAUTHENTICATED);
        assertRefused(
                authenticator(), claims(Optional.of(digest("secret")), Optional.empty()), ErrorCode.UNAUTHENTICATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# only a comment\n",
                "abc root\n",
                "DIGEST\n",
                "DIGEST admin\n",
                "DIGEST account:\n",
                "DIGEST account:Not-Valid\n",
                "DIGEST root extra\n",
                "DIGEST root\nDIGEST account:acme\n",
                "zDIGEST root"
            })
    void aFileThatCannotBeUnderstoodIsRefusedWithoutBeingShown(String text) throws Exception {
        Path file = write(text.replace("DIGEST", digest("secret")));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyAuthenticator.read(file))
                .withMessageStartingWith("grpc.keys-file")
                .withMessageNotContaining("9f86d");
    }

    private static void assertRefused(Authenticator authenticator, CallClaims claims, ErrorCode code) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> authenticator.authenticate(claims))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }
}
