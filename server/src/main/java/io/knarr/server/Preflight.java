package io.knarr.server;

import io.knarr.server.config.ConfigException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks, before anything is opened, whether the server can run here and may run so. */
final class Preflight {
    private static final int OLDEST_JDK = 25;

    private Preflight() {}

    /**
     * Checks the machine, the directory and the exposure; makes the directory if it is missing.
     *
     * @throws ConfigException with everything that stands in the way
     */
    static void check(StoreConfig store, ListenConfig listen) {
        List<String> mistakes = new ArrayList<>();
        checkJvm(Runtime.version().feature(), ModuleLayer.boot(), mistakes);
        checkExposure(listen, mistakes);
        if (!store.inMemory()) {
            checkDirectory(store.directory(), mistakes);
        }
        if (!mistakes.isEmpty()) {
            throw new ConfigException(mistakes);
        }
    }

    static void checkJvm(int feature, ModuleLayer modules, List<String> mistakes) {
        if (feature < OLDEST_JDK) {
            mistakes.add("This JVM is too old: Java " + feature + ". Knarr needs Java " + OLDEST_JDK + " or later");
        }
        if (modules.findModule("jdk.incubator.vector").isEmpty()) {
            mistakes.add("The JVM runs without the Vector API. Start it with --add-modules jdk.incubator.vector");
        }
        if (!Preflight.class.getModule().isNativeAccessEnabled()) {
            mistakes.add("The JVM does not allow native code. Start it with --enable-native-access=ALL-UNNAMED");
        }
    }

    static void checkExposure(ListenConfig listen, List<String> mistakes) {
        if (listen.address().isLoopbackAddress()) {
            return;
        }
        String address = listen.address().getHostAddress();
        if (listen.keysFile().isEmpty()) {
            mistakes.add("Anybody who can reach " + address + " could read and delete every account."
                    + " Give credentials with --keys FILE, or listen on loopback with --bind 127.0.0.1");
        }
        if (!listen.allowPlaintext()) {
            mistakes.add("Keys and records would cross the network in plain text at " + address + "."
                    + " Allow that with --allow-plaintext where the network is yours or something in front does TLS,"
                    + " or listen on loopback with --bind 127.0.0.1");
        }
    }

    static void checkDirectory(Path directory, List<String> mistakes) {
        Path absolute = directory.toAbsolutePath();
        try {
            Files.createDirectories(directory);
            // Nothing is written to try: a file left behind would make a new directory look like somebody else's.
            if (!Files.isWritable(directory)) {
                throw new AccessDeniedException(absolute.toString());
            }
        } catch (IOException e) {
            mistakes.add("The data directory cannot be made or written to: " + absolute + " (" + e + ")."
                    + " Choose another with --data DIR");
        }
    }
}
