package io.knarr.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documentation: its fenced blocks, in order. A block of a program is followed by a block of what it prints.
 *
 * @param name of the call, as the file is named
 */
record CallPage(String name, List<Block> blocks) {
    private static final Pattern FENCE = Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    /** @param language as it stands behind the fence: {@code sh}, {@code python}, {@code java}, {@code json}, {@code text} */
    record Block(String language, String text) {
        boolean isProgram() {
            return !isOutput();
        }

        boolean isOutput() {
            return language.equals("json") || language.equals("text");
        }
    }

    /** A program and what it prints. */
    record Example(String language, String program, Block output) {}

    static CallPage read(Path file) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher fence = FENCE.matcher(Files.readString(file, UTF_8));
        while (fence.find()) {
            blocks.add(new Block(fence.group(1), fence.group(2)));
        }
        String fileName = file.getFileName().toString();
        return new CallPage(fileName.substring(0, fileName.length() - ".md".length()), blocks);
    }

    /** Returns the text of the first block of a language. */
    String first(String language) {
        return blocks.stream()
                .filter(block -> block.language().equals(language))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " has no block of " + language))
                .text();
    }

    /** Returns the programs with their outputs. */
    List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).isProgram()) {
                if (i + 1 == blocks.size() || !blocks.get(i + 1).isOutput()) {
                    throw new IllegalStateException(name + " does not say what a program prints: "
                            + blocks.get(i).text());
                }
                examples.add(new Example(blocks.get(i).language(), blocks.get(i).text(), blocks.get(i + 1)));
            }
        }
        return examples;
    }
}
