package io.knarr.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.knarr.bench.ServerLaunch;
import io.knarr.bench.ServerProcess;
import io.knarr.v1.GetServerInfoRequest;
import io.knarr.v1.ServerServiceGrpc;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No account sees another, whatever they are called. A hundred accounts with names chosen to collide use the same collection names and
 * the same record ids; every value an account writes carries its own secret, and no answer or error may carry another's.
 */
class IsolationTest {
    private static final int ACCOUNTS = 100;
    private static final int OPERATIONS = 4_000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 20_260_101})
    void noAnswerAndNoErrorHoldsAnotherAccountsBytes(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        ServerLaunch launch = ServerLaunch.of(directory.resolve("data"))
                .withMaxHeap("1g")
                .withSetting("account-cache.max-bytes", "1MiB");
        try (ServerProcess server = ServerProcess.start(launch);
                Caller caller = new Caller(server)) {
            List<IsolatedAccount> accounts = hostileNames(random).stream()
                    .map(name -> new IsolatedAccount(name, caller))
                    .toList();
            for (int i = 0; i < OPERATIONS; i++) {
                accounts.get(random.nextInt(accounts.size())).step(random, accounts);
            }
            for (IsolatedAccount account : accounts) {
                account.checkEverything();
            }
        }
    }

    @Test
    void namesThatAreNoneAreRefusedBeforeTheyBecomeKeys() throws Exception {
        List<String> names = List.of(
                "",
                "A",
                "Ab",
                "-a",
                "_a",
                ".a",
                "..",
                "a b",
                "a/b",
                "../a",
                "a:b",
                "a*",
                "a%2f",
                "a,b",
                "a".repeat(65));
        try (ServerProcess server = ServerProcess.start(
                        ServerLaunch.of(directory.resolve("data")).withMaxHeap("512m"));
                Caller caller = new Caller(server)) {
            for (String name : names) {
                StatusRuntimeException failure = catchThrowableOfType(
                        StatusRuntimeException.class, () -> ServerServiceGrpc.newBlockingStub(caller.channel())
                                .withInterceptors(Caller.as(name))
                                .getServerInfo(GetServerInfoRequest.getDefaultInstance()));

                assertThat(failure).as("refusal of %s", Literal.of(name)).isNotNull();
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
        }
    }

    /** Names that are prefixes of one another, differ in one separator, or have the length limit. */
    private static Set<String> hostileNames(SplittableRandom random) {
        Set<String> names = new LinkedHashSet<>(List.of(
                "a",
                "a.",
                "a-",
                "a_",
                "a_b",
                "a-b",
                "a.b",
                "a.b.",
                "ab",
                "aa",
                "aaa",
                "a..",
                "a--",
                "a__",
                "0",
                "00",
                "000",
                "1",
                "10",
                "1.0",
                "1-0",
                "1_0",
                "9999999999",
                "18446744073709551615",
                "1-1",
                "default",
                "default.",
                "default-",
                "default_",
                "root",
                "null",
                "true",
                "nan",
                "system",
                "accounts",
                "z".repeat(64),
                "z".repeat(63),
                "z".repeat(62) + ".",
                "z".repeat(63) + "-",
                "a".repeat(64),
                "a" + "-".repeat(63),
                "a" + ".".repeat(63),
                "00000000-0000-0000-0000-000000000000"));
        String alphabet = "ab01-_.";
        while (names.size() < ACCOUNTS) {
            StringBuilder name = new StringBuilder().append("ab01".charAt(random.nextInt(4)));
            int length = 1 + random.nextInt(5);
            for (int i = 0; i < length; i++) {
                name.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            names.add(name.toString());
        }
        return names;
    }
}
