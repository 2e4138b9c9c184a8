package io.knarr.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The source tree that {@code ./knarr} runs from, for benches that start programs of it: Python scripts, and what is fetched on demand.
 *
 * <p>What is fetched goes to {@code .tools}, which git ignores. {@code ./knarr} names the tree in the system property
 * {@code knarr.home}; without it, it is the current directory.
 */
final class Workplace {
    private static final String SCRIPTS = "benchmarks/src/main/python";

    private final Path home;

    private Workplace(Path home) {
        this.home = home;
    }

    static Workplace here() {
        return new Workplace(
                Path.of(System.getProperty("knarr.home", "")).toAbsolutePath().normalize());
    }

    /** Returns a file of the source tree. */
    Path file(String relative) {
        return home.resolve(relative);
    }

    /** Returns where things of that name are kept that are fetched or made, and can be made again. */
    Path tools(String name) {
        return home.resolve(".tools").resolve(name);
    }

    /** Returns the script of that name. */
    Path script(String name) {
        return file(SCRIPTS).resolve(name);
    }

    /**
     * Returns the Python of a virtual environment with a requirements file's packages, which is made when it is not there or has others.
     *
     * @throws UnusableInputException if there is no Python, or a package cannot be had; the message says what to do
     */
    Path python(String environment, String requirements, PrintStream err) throws IOException, InterruptedException {
        Path directory = tools(environment);
        Path python = directory.resolve("bin/python");
        Path wanted = script(requirements);
        if (!Files.isRegularFile(wanted)) {
            throw new UnusableInputException("Run this from the source tree: there is no such file, path=" + wanted);
        }
        Path installed = directory.resolve("requirements.txt");
        if (Files.isExecutable(python) && Files.exists(installed) && Files.mismatch(wanted, installed) < 0) {
            return python;
        }
        err.println("Making a Python environment, directory=" + directory);
        run(List.of("python3", "-m", "venv", directory.toString()), err);
        run(
                List.of(
                        python.toString(),
                        "-m",
                        "pip",
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                        "--requirement",
                        wanted.toString()),
                err);
        Files.copy(
                wanted,
                installed,
                StandardCopyOption.REPLACE_EXISTING); // last: its presence says that all of it is there
        return python;
    }

    /** Runs a program to its end, with this JDK for those that look for one; what it prints goes to {@code err}. */
    static void run(List<String> command, PrintStream err) throws InterruptedException {
        int code;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            process.getOutputStream().close();
            process.inputReader(UTF_8).lines().forEach(err::println);
            code = process.waitFor();
        } catch (IOException e) {
            err.println(e.getMessage());
            code = -1;
        }
        if (code != 0) {
            throw new UnusableInputException("This did not work, and is needed: " + String.join(" ", command));
        }
    }
}
