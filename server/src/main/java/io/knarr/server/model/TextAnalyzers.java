package io.knarr.server.model;

import java.util.Set;

/** The names of what makes words of texts. */
public final class TextAnalyzers {
    /** That of fields that ask for no other: words by Unicode's rules, in lower case. */
    public static final String DEFAULT = "standard";

    /** All there are. */
    public static final Set<String> NAMES = Set.of(
            "arabic",
            "armenian",
            "basque",
            "bengali",
            "brazilian",
            "bulgarian",
            "catalan",
            "chinese",
            "cjk",
            "czech",
            "danish",
            "dutch",
            "english",
            "estonian",
            "finnish",
            "french",
            "galician",
            "german",
            "greek",
            "hindi",
            "hungarian",
            "indonesian",
            "irish",
            "italian",
            "keyword",
            "latvian",
            "lithuanian",
            "nepali",
            "norwegian",
            "persian",
            "portuguese",
            "romanian",
            "russian",
            "serbian",
            "simple",
            "sorani",
            "spanish",
            "standard",
            "swedish",
            "tamil",
            "telugu",
            "thai",
            "turkish",
            "whitespace");

    private TextAnalyzers() {}
}
