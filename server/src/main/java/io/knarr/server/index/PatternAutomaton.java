package io.knarr.server.index;

import io.knarr.server.index.PatternPart.Begin;
import io.knarr.server.index.PatternPart.Choice;
import io.knarr.server.index.PatternPart.End;
import io.knarr.server.index.PatternPart.Letter;
import io.knarr.server.index.PatternPart.OneOf;
import io.knarr.server.index.PatternPart.Repeated;
import io.knarr.server.index.PatternPart.Sequence;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a regular expression matches somewhere in a text, told from the text's UTF-8 a byte at a time: a deterministic automaton whose
 * states are made when they are first reached. Knows what most expressions have; those with more are left to {@link TextPattern}, which
 * says what all of them mean. For one thread.
 */
final class PatternAutomaton implements TextScan.Test {
    /** Expressions of more parts, repetitions written out, are left alone. */
    private static final int MAX_NODES = 1_000;

    /** When there are so many states all are forgotten, so that an expression that has no end of them takes no more memory. */
    private static final int MAX_STATES = 256;

    private static final int BYTES = 256;
    private static final int BEGIN = -1;
    private static final int END = -2;
    private static final int SPLIT = -3;
    private static final int MATCH = -4;

    // By node: what it is, or the first byte of those it takes; and where it goes on.
    private final List<Node> nodes = new ArrayList<>();
    private final int start;
    private final PatternPart whole;
    private final Map<BitSet, State> states = new HashMap<>();
    private State initial;
    private int[] open = new int[0];

    /**
     * A node of the automaton that is not deterministic.
     *
     * @param kind what it is, or the least byte that it takes
     * @param last the greatest byte that it takes
     * @param next where it goes on
     * @param other where it may go on as well
     */
    private record Node(int kind, int last, int next, int other) {}

    /** Where one may be after some bytes. */
    private static final class State {
        private final BitSet nodes;
        private final boolean matches;
        private final boolean matchesAtEnd;
        private final @Nullable State[] next = new State[BYTES];

        State(BitSet nodes, boolean matches, boolean matchesAtEnd) {
            this.nodes = nodes;
            this.matches = matches;
            this.matchesAtEnd = matchesAtEnd;
        }
    }

    private PatternAutomaton(PatternPart whole) {
        this.whole = whole;
        int match = node(MATCH, 0, 0, 0);
        this.start = compile(whole, match);
        this.initial = initial();
    }

    /** Returns the automaton of an expression that RE2 accepts; empty where it has what is not known here, or is too large. */
    static Optional<PatternAutomaton> of(String expression) {
        try {
            return PatternPart.parse(expression).map(PatternAutomaton::new);
        } catch (TooLargeException _) {
            return Optional.empty();
        }
    }

    private static final class TooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLargeException() {
            super("Expression is too large", null, false, false);
        }
    }

    private int node(int kind, int last, int next, int other) {
        if (nodes.size() >= MAX_NODES) {
            throw new TooLargeException();
        }
        nodes.add(new Node(kind, last, next, other));
        return nodes.size() - 1;
    }

    /** Returns the node where a part begins that goes on at another. */
    private int compile(PatternPart part, int next) {
        return switch (part) {
            case Begin() -> node(BEGIN, 0, next, 0);
            case End() -> node(END, 0, next, 0);
            case Letter letter -> {
                int entry = next;
                byte[] utf8 = letter.utf8();
                for (int i = utf8.length - 1; i >= 0; i--) {
                    entry = bytes(utf8[i] & 0xff, utf8[i] & 0xff, entry);
                }
                yield entry;
            }
            case OneOf letters -> compile(letters, next);
            case Sequence(List<PatternPart> parts) -> {
                int entry = next;
                for (PatternPart inner : parts.reversed()) {
                    entry = compile(inner, entry);
                }
                yield entry;
            }
            case Choice(List<PatternPart> parts) -> {
                int entry = compile(parts.getFirst(), next);
                for (PatternPart inner : parts.subList(1, parts.size())) {
                    entry = node(SPLIT, 0, entry, compile(inner, next));
                }
                yield entry;
            }
            case Repeated(PatternPart inner, int least, int most) -> {
                int entry = next;
                if (most == PatternPart.UNBOUNDED) {
                    entry = node(SPLIT, 0, next, next);
                    nodes.set(entry, new Node(SPLIT, 0, compile(inner, entry), next));
                }
                for (int i = least; i < most; i++) {
                    entry = node(SPLIT, 0, compile(inner, entry), next);
                }
                for (int i = 0; i < least; i++) {
                    entry = compile(inner, entry);
                }
                yield entry;
            }
        };
    }

    private int bytes(int first, int last, int next) {
        return node(first, last, next, 0);
    }

    private int compile(OneOf letters, int next) {
        int entry = -1;
        for (int first = 0; first < 128; first++) {
            if (letters.has(first)) {
                int last = first;
                while (last + 1 < 128 && letters.has(last + 1)) {
                    last++;
                }
                entry = either(entry, bytes(first, last, next));
                first = last;
            }
        }
        if (letters.others()) {
            int oneMore = bytes(0x80, 0xbf, next);
            int twoMore = bytes(0x80, 0xbf, oneMore);
            int threeMore = bytes(0x80, 0xbf, twoMore);
            entry = either(entry, bytes(0xc2, 0xdf, oneMore));
            entry = either(entry, bytes(0xe0, 0xef, twoMore));
            entry = either(entry, bytes(0xf0, 0xf4, threeMore));
        }
        // Bytes that are in no text, where there is no letter.
        return entry < 0 ? bytes(0xff, 0xff, next) : entry;
    }

    private int either(int entry, int other) {
        return entry < 0 ? other : node(SPLIT, 0, entry, other);
    }

    private State initial() {
        return state(closure(start, true, false, new BitSet()), true);
    }

    /** Adds the nodes that are reached from one without a byte. */
    private BitSet closure(int from, boolean atBegin, boolean atEnd, BitSet reached) {
        if (open.length == 0) {
            open = new int[2 * nodes.size() + 2];
        }
        int size = 0;
        open[size++] = from;
        while (size > 0) {
            int place = open[--size];
            if (reached.get(place)) {
                continue;
            }
            reached.set(place);
            Node node = nodes.get(place);
            if (node.kind() == SPLIT) {
                open[size++] = node.next();
                open[size++] = node.other();
            } else if ((node.kind() == BEGIN && atBegin) || (node.kind() == END && atEnd)) {
                open[size++] = node.next();
            }
        }
        return reached;
    }

    private State state(BitSet reached, boolean atBegin) {
        State known = atBegin ? null : states.get(reached);
        if (known != null) {
            return known;
        }
        BitSet ending = new BitSet();
        reached.stream().forEach(place -> {
            if (nodes.get(place).kind() == END) {
                closure(place, atBegin, true, ending);
            }
        });
        State state = new State(reached, reached.get(0), reached.get(0) || ending.get(0));
        if (!atBegin) {
            if (states.size() >= MAX_STATES) {
                states.clear();
                initial = initial();
            }
            states.put(reached, state);
        }
        return state;
    }

    private State step(State state, int next) {
        BitSet reached = new BitSet();
        for (int place = state.nodes.nextSetBit(0); place >= 0; place = state.nodes.nextSetBit(place + 1)) {
            Node node = nodes.get(place);
            if (node.kind() >= 0 && node.kind() <= next && next <= node.last()) {
                closure(node.next(), false, false, reached);
            }
        }
        // A match may begin anywhere.
        closure(start, false, false, reached);
        State made = state(reached, false);
        state.next[next] = made;
        return made;
    }

    @Override
    public boolean holds(byte[] bytes, int from, int to) {
        State state = initial;
        for (int at = from; at < to && !state.matches; at++) {
            int next = bytes[at] & 0xff;
            State known = state.next[next];
            state = known == null ? step(state, next) : known;
        }
        return state.matchesAtEnd || state.matches;
    }

    /** Returns runs of bytes that every text has in which the expression is. */
    List<byte[]> literals() {
        List<byte[]> literals = new ArrayList<>();
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        gatherLiterals(whole, run, literals);
        end(run, literals);
        return literals;
    }

    private static void gatherLiterals(PatternPart part, ByteArrayOutputStream run, List<byte[]> literals) {
        switch (part) {
            case Letter letter -> run.writeBytes(letter.utf8());
            case Sequence(List<PatternPart> parts) -> parts.forEach(inner -> gatherLiterals(inner, run, literals));
            case Repeated(PatternPart inner, int least, int most) -> {
                if (least > 0) {
                    gatherLiterals(inner, run, literals);
                }
                if (least != 1 || most != 1) {
                    end(run, literals);
                }
            }
            case OneOf _, Choice _ -> end(run, literals);
            case Begin _, End _ -> {}
        }
    }

    private static void end(ByteArrayOutputStream run, List<byte[]> literals) {
        if (run.size() > 0) {
            literals.add(run.toByteArray());
            run.reset();
        }
    }

    /** Returns what every text begins with in which the expression is; empty where there is nothing. */
    String prefix() {
        StringBuilder prefix = new StringBuilder();
        if (whole instanceof Sequence(List<PatternPart> parts)
                && !parts.isEmpty()
                && parts.getFirst() instanceof Begin) {
            for (PatternPart part : parts.subList(1, parts.size())) {
                if (!(part instanceof Letter(int codePoint))) {
                    break;
                }
                prefix.appendCodePoint(codePoint);
            }
        }
        return prefix.toString();
    }
}
