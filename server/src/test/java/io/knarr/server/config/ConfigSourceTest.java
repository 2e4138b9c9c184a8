package io.knarr.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigSourceTest {
    private enum Colour {
        DARK_RED,
        BLUE
    }

    @TempDir
    private Path directory;

    @Test
    void withoutSettingsEveryReaderReturnsItsDefault() {
        ConfigSource source = ConfigSource.of(Map.of());

        assertThat(source.integer("a.integer", 7)).isEqualTo(7);
        assertThat(source.longInteger("a.long", 8)).isEqualTo(8);
        assertThat(source.dataSize("a.size", DataSize.ofMebibytes(3))).isEqualTo(DataSize.ofMebibytes(3));
        assertThat(source.duration("a.duration", Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
        assertThat(source.bool("a.bool", true)).isTrue();
        assertThat(source.string("a.string", "x")).isEqualTo("x");
        assertThat(source.path("a.path", Path.of("data"))).isEqualTo(Path.of("data"));
        assertThat(source.path("a.optional-path")).isEmpty();
        assertThat(source.choice("a.choice", Colour.DARK_RED)).isEqualTo(Colour.DARK_RED);
        source.requireNoMistakes();
        assertThat(source.report().settings()).hasSize(9).allMatch(setting -> setting.origin()
                .equals(Setting.DEFAULT));
    }

    @Test
    void everyReaderReadsItsType() {
        ConfigSource source = ConfigSource.of(Map.of(
                "a.integer", "70",
                "a.long", "9223372036854775807",
                "a.size", "64 KiB",
                "a.duration", "250ms",
                "a.bool", "true",
                "a.string", "text",
                "a.path", "/tmp/x",
                "a.optional-path", "y",
                "a.choice", "dark-red"));

        assertThat(source.integer("a.integer", 7)).isEqualTo(70);
        assertThat(source.longInteger("a.long", 8)).isEqualTo(Long.MAX_VALUE);
        assertThat(source.dataSize("a.size", DataSize.ofMebibytes(3))).isEqualTo(new DataSize(65_536));
        assertThat(source.duration("a.duration", Duration.ZERO)).isEqualTo(Duration.ofMillis(250));
        assertThat(source.bool("a.bool", false)).isTrue();
        assertThat(source.string("a.string", "x")).isEqualTo("text");
        assertThat(source.path("a.path", Path.of("data"))).isEqualTo(Path.of("/tmp/x"));
        assertThat(source.path("a.optional-path")).isEqualTo(Optional.of(Path.of("y")));
        assertThat(source.choice("a.choice", Colour.BLUE)).isEqualTo(Colour.DARK_RED);
        source.requireNoMistakes();
    }

    @Test
    void flagsOutrankTheEnvironmentWhichOutranksTheFile() throws IOException {
        Path file = Files.writeString(directory.resolve("knarr.properties"), """
                # ports
                grpc.port = 1
                http.port = 2
                account-cache.idle-timeout = 3s
                """);
        ConfigSource source = ConfigSource.of(
                CommandLine.parse(List.of("--config", file.toString(), "--grpc-port", "10")),
                Map.of("KNARR_GRPC_PORT", "20", "KNARR_HTTP_PORT", "21", "PATH", "/bin"),
                Set.of());

        assertThat(source.integer("grpc.port", 0)).isEqualTo(10);
        assertThat(source.integer("http.port", 0)).isEqualTo(21);
        assertThat(source.duration("account-cache.idle-timeout", Duration.ZERO)).isEqualTo(Duration.ofSeconds(3));
        assertThat(source.integer("other", 5)).isEqualTo(5);
        source.requireNoMistakes();
        assertThat(source.report().table()).isEqualTo("""
                setting                     value  from
                account-cache.idle-timeout  3s     knarr.properties:4
                grpc.port                   10     --grpc-port
                http.port                   21     KNARR_HTTP_PORT
                other                       5      default""");
    }

    @Test
    void theFileMayBeNamedByTheEnvironment() throws IOException {
        Path file = Files.writeString(directory.resolve("k.properties"), "grpc.port=9");

        ConfigSource source =
                ConfigSource.of(CommandLine.parse(List.of()), Map.of("KNARR_CONFIG", file.toString()), Set.of());

        assertThat(source.integer("grpc.port", 0)).isEqualTo(9);
        source.requireNoMistakes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.5", "2147483648", "0x10", "1 000", "1_000"})
    void aMalformedIntegerIsRefused(String text) {
        refused(text, source -> source.integer("a.setting", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "10 MB", "10 mib", "1.5 GiB", "9999999999999999999", "99999999 TiB", "GiB"})
    void aMalformedSizeIsRefused(String text) {
        refused(text, source -> source.dataSize("a.setting", DataSize.ofMebibytes(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "-1s", "10 sec", "1.5s", "PT1S", "1h30m"})
    void aMalformedDurationIsRefused(String text) {
        refused(text, source -> source.duration("a.setting", Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yes", "1", "TRUE", "on"})
    void aMalformedYesOrNoIsRefused(String text) {
        refused(text, source -> source.bool("a.setting", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "red", "dark_red", "dark red"})
    void aChoiceThatIsNotOneIsRefused(String text) {
        refused(text, source -> source.choice("a.setting", Colour.BLUE));
    }

    @Test
    void anEmptyTextOrPathIsRefused() {
        refused("", source -> source.string("a.setting", "x"));
        refused("", source -> source.path("a.setting", Path.of("x")));
        refused("a\0b", source -> source.path("a.setting"));
    }

    private static void refused(String text, Consumer<ConfigSource> reader) {
        ConfigSource source = ConfigSource.of(Map.of("a.setting", text));
        reader.accept(source);
        assertThat(mistakes(source))
                .singleElement()
                .asString()
                .startsWith("a.setting must be ")
                .contains("\"" + text + "\" (--set)");
    }

    @Test
    void anUnknownNameIsShownWithTheNearestKnownOneWhereverItCameFrom() throws IOException {
        Path file = Files.writeString(directory.resolve("knarr.properties"), "http.prot = 1\n");
        ConfigSource source = ConfigSource.of(
                CommandLine.parse(List.of("--config=" + file, "--set", "grcp.port=1", "--set", "zzzzzzzzzz=1")),
                Map.of("KNARR_GRPC_PROT", "1"),
                Set.of());
        source.integer("grpc.port", 1);
        source.integer("http.port", 1);

        assertThat(mistakes(source))
                .containsExactlyInAnyOrder(
                        "Unknown setting: grcp.port (--set); did you mean grpc.port?",
                        "Unknown setting: zzzzzzzzzz (--set)",
                        "Unknown variable: KNARR_GRPC_PROT; did you mean KNARR_GRPC_PORT?",
                        "Unknown setting: http.prot (knarr.properties:1); did you mean http.port?");
    }

    @Test
    void allMistakesAreReportedTogether() throws IOException {
        Path file = Files.writeString(directory.resolve("knarr.properties"), """
                grpc.port = many
                nonsense
                http.port = 1
                http.port = 2
                """);
        ConfigSource source = ConfigSource.of(
                CommandLine.parse(List.of("--config", file.toString(), "--dta", "x", "--bind")),
                Map.of("KNARR_A_SIZE", "10 MB"),
                Set.of());
        source.integer("grpc.port", 1);
        source.integer("http.port", 1);
        source.dataSize("a.size", DataSize.ofMebibytes(1));
        assertThat(source.section(() -> {
                    throw new IllegalArgumentException("b.range must be 1 to 2: 3");
                }))
                .isEmpty();

        assertThat(mistakes(source))
                .containsExactly(
                        "Unknown flag: --dta; did you mean --data?",
                        "Unexpected argument: x",
                        "--bind needs a value",
                        "knarr.properties:2: a line must be \"name = value\", or start with #",
                        "knarr.properties:4: http.port was set before, at knarr.properties:3",
                        "grpc.port must be a whole number of at most 2147483647: \"many\" (knarr.properties:1)",
                        "a.size must be a size such as 512, 64 KiB, 8 MiB or 2 GiB: \"10 MB\" (KNARR_A_SIZE)",
                        "b.range must be 1 to 2: 3");
    }

    @Test
    void aFileThatCannotBeReadIsAMistake() throws IOException {
        Path missing = directory.resolve("missing.properties");
        Path binary = Files.write(directory.resolve("binary.properties"), new byte[] {(byte) 0xff, (byte) 0xfe});
        Path large = Files.write(directory.resolve("large.properties"), new byte[(1 << 20) + 1]);

        assertThat(mistakes(withFile(missing))).containsExactly("The settings file does not exist: " + missing);
        assertThat(mistakes(withFile(binary))).containsExactly("The settings file is not UTF-8: " + binary);
        assertThat(mistakes(withFile(large))).containsExactly("The settings file is larger than 1 MiB: " + large);
        assertThat(mistakes(withFile(directory))).singleElement().asString().contains("cannot be read");
    }

    @Test
    void variablesOfTheLauncherAndOfKubernetesAreNotOurs() {
        ConfigSource source = ConfigSource.of(
                CommandLine.parse(List.of()),
                Map.of(
                        "KNARR_JAVA_HOME", "/opt/jdk",
                        "KNARR_SERVICE_HOST", "10.0.0.1",
                        "KNARR_SERVICE_PORT_GRPC", "6334",
                        "KNARR_PORT", "tcp://10.0.0.1:6334",
                        "KNARR_PORT_6334_TCP_ADDR", "10.0.0.1"),
                Set.of("KNARR_JAVA_HOME"));

        source.requireNoMistakes();
    }

    @Test
    void aValueWithLineEndsDrawsNoRowsOfItsOwn() {
        ConfigSource source = ConfigSource.of(Map.of("a.setting", "x\ny"));
        source.string("a.setting", "z");

        assertThat(source.report().table().lines()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "512,512 B", "1024,1 KiB", "1536,1536 B", "8388608,8 MiB", "1099511627776,1 TiB"})
    void aSizeIsWrittenInItsLargestWholeUnitAndReadBack(long bytes, String text) {
        assertThat(new DataSize(bytes)).hasToString(text);
        assertThat(DataSize.parse(text)).isEqualTo(new DataSize(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0ms,0ms", "1500ms,1500ms", "90s,90s", "120s,2m", "24h,1d"})
    void aDurationIsWrittenInItsLargestWholeUnitAndReadBack(String given, String text) {
        assertThat(DurationText.print(DurationText.parse(given))).isEqualTo(text);
        assertThat(DurationText.parse(text)).isEqualTo(DurationText.parse(given));
    }

    private static ConfigSource withFile(Path file) {
        return ConfigSource.of(CommandLine.parse(List.of("--config", file.toString())), Map.of(), Set.of());
    }

    private static List<String> mistakes(ConfigSource source) {
        return catchThrowableOfType(ConfigException.class, source::requireNoMistakes)
                .mistakes();
    }
}
