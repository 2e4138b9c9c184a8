import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Says which sources are not as the formatter would have them; exits with 1 if any is. What Spotless does within Maven, for a Maven that
 * runs on a JDK too old to parse our sources. Run as a single source file by the build.
 *
 * <p>The arguments are module directories.
 */
final class FormatCheck {
    private FormatCheck() {}

    public static void main(String[] modules) throws Exception {
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .formatJavadoc(false)
                .build());
        List<Path> wrong = new ArrayList<>();
        int checked = 0;
        for (String module : modules) {
            for (Path source : sources(Path.of(module))) {
                String text = Files.readString(source);
                checked++;
                // As Spotless does it; the formatter's own shortcut would also wrap long strings.
                String ordered = ImportOrderer.reorderImports(text, JavaFormatterOptions.Style.PALANTIR);
                if (!formatter.formatSource(RemoveUnusedImports.removeUnusedImports(ordered)).equals(text)) {
                    wrong.add(source);
                }
            }
        }
        wrong.forEach(source -> System.err.println("Not formatted: " + source));
        System.out.println("Format of " + checked + " sources checked, " + wrong.size() + " wrong");
        if (checked == 0) {
            System.err.println("No sources were found to check");
        }
        System.exit(wrong.isEmpty() && checked > 0 ? 0 : 1);
    }

    private static List<Path> sources(Path module) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String tree : List.of("src/main/java", "src/test/java")) {
            Path root = module.resolve(tree);
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.walk(root)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .sorted()
                            .forEach(found::add);
                }
            }
        }
        return found;
    }
}
