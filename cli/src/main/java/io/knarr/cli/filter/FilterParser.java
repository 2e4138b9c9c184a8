package io.knarr.cli.filter;

import com.google.protobuf.Timestamp;
import io.knarr.cli.filter.Token.Kind;
import io.knarr.cli.format.Timestamps;
import io.knarr.v1.AndFilter;
import io.knarr.v1.EqualFilter;
import io.knarr.v1.Filter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.NotFilter;
import io.knarr.v1.OrFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.RecordId;
import io.knarr.v1.Value;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Reads filter expressions such as {@code year >= 2020 and (lang = "en" or lang in ("no", "is")) and not draft = true}.
 *
 * <p>The grammar, loosest binding first; keywords in any case:
 *
 * <pre>
 * or         := and { "or" and }
 * and        := not { "and" not }
 * not        := "not" not | primary
 * primary    := "(" or ")" | function | "id" [ "not" ] "in" "(" id { "," id } ")" | comparison
 * function   := "exists" "(" field ")" | "is_null" "(" field ")" | "is_empty" "(" field ")"
 *             | "prefix" "(" field "," string ")" | "contains" "(" field "," string ")" | "regex" "(" field "," string ")"
 *             | "contains_all" "(" field { "," value } ")" | "has_vector" "(" field ")"
 *             | "at_least" "(" integer { "," or } ")" | "nested" "(" field "," or ")"
 *             | ( "all_words" | "any_word" | "phrase" ) "(" field "," string ")" | "under" "(" field "," string [ "," integer ] ")"
 *             | "geo_radius" "(" field "," place "," number ")" | "geo_box" "(" field "," place "," place ")"
 *             | "geo_polygon" "(" field { "," place } ")"
 *             | "values_count" "(" field ")" ( "=" | "==" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) integer
 * comparison := field ( "=" | "==" | "!=" | "&lt;&gt;" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) value
 *             | field [ "not" ] "in" "(" value { "," value } ")"
 * place      := longitude "," latitude
 * field      := word | "`" any text "`"
 * value      := string | integer | decimal | "true" | "false" | "timestamp" "(" string ")"
 * id         := string | integer | "uuid" "(" string ")"
 * </pre>
 *
 * <p>A field that is called {@code id} or like a keyword is written in back quotes. A function's name is one only before a parenthesis.
 */
public final class FilterParser {
    /** Levels of parentheses and negations. The server allows no more. */
    static final int MAX_DEPTH = 32;

    private static final Set<String> COMPARISONS = Set.of("=", "==", "!=", "<>", "<", "<=", ">", ">=");
    private static final Set<String> KEYWORDS =
            Set.of("and", "or", "not", "in", "exists", "true", "false", "timestamp");

    private final String text;
    private final List<Token> tokens;
    private int next;
    private int depth;

    private FilterParser(String text) {
        this.text = text;
        this.tokens = Tokenizer.tokens(text);
    }

    /**
     * Returns the filter that the expression means.
     *
     * @throws FilterSyntaxException if it means none
     */
    public static Filter parse(String expression) {
        FilterParser parser = new FilterParser(expression);
        Filter filter = parser.or();
        Token rest = parser.peek();
        if (rest.kind() != Kind.END) {
            throw parser.expected("'and', 'or' or the end", rest);
        }
        return filter;
    }

    private Filter or() {
        List<Filter> filters = separated("or", this::and);
        return filters.size() == 1
                ? filters.getFirst()
                : Filter.newBuilder()
                        .setOr(OrFilter.newBuilder().addAllFilters(filters))
                        .build();
    }

    private Filter and() {
        List<Filter> filters = separated("and", this::not);
        return filters.size() == 1
                ? filters.getFirst()
                : Filter.newBuilder()
                        .setAnd(AndFilter.newBuilder().addAllFilters(filters))
                        .build();
    }

    private List<Filter> separated(String keyword, Supplier<Filter> operand) {
        List<Filter> filters = new ArrayList<>();
        filters.add(operand.get());
        while (peek().isKeyword(keyword)) {
            take();
            filters.add(operand.get());
        }
        return filters;
    }

    private Filter not() {
        if (!peek().isKeyword("not")) {
            return primary();
        }
        return nested(() -> negated(not()));
    }

    private Filter primary() {
        Token token = peek();
        if (token.isSymbol("(")) {
            return nested(() -> {
                Filter inner = or();
                takeSymbol(")");
                return inner;
            });
        }
        if (token.kind() == Kind.WORD
                && FilterFunctions.isKnown(token.text())
                && tokens.get(next + 1).isSymbol("(")) {
            take();
            take();
            return FilterFunctions.read(token.text(), new FunctionArguments())
                    .orElseThrow(() -> expected("a function", token));
        }
        if (token.isKeyword("id")) {
            take();
            return membership(() -> Filter.newBuilder()
                    .setHasId(HasIdFilter.newBuilder().addAllIds(list(this::id)))
                    .build());
        }
        return comparison();
    }

    /** Takes the token that opens a level, and what is inside it. */
    private Filter nested(Supplier<Filter> inside) {
        return deeper(take(), inside);
    }

    private Filter deeper(Token opening, Supplier<Filter> inside) {
        if (++depth > MAX_DEPTH) {
            throw new FilterSyntaxException(text, opening.position(), "More than " + MAX_DEPTH + " levels");
        }
        Filter filter = inside.get();
        depth--;
        return filter;
    }

    private Filter comparison() {
        String field = field();
        Token operator = peek();
        if (operator.isKeyword("in") || operator.isKeyword("not")) {
            return membership(() -> equal(field, list(this::value)));
        }
        if (operator.kind() != Kind.SYMBOL || !COMPARISONS.contains(operator.text())) {
            throw expected("a comparison or 'in'", operator);
        }
        take();
        Value value = value();
        RangeFilter.Builder range = RangeFilter.newBuilder().setField(field);
        return switch (operator.text()) {
            case "=", "==" -> equal(field, List.of(value));
            case "!=", "<>" -> negated(equal(field, List.of(value)));
            case "<" -> Filter.newBuilder().setRange(range.setLt(value)).build();
            case "<=" -> Filter.newBuilder().setRange(range.setLte(value)).build();
            case ">" -> Filter.newBuilder().setRange(range.setGt(value)).build();
            default -> Filter.newBuilder().setRange(range.setGte(value)).build();
        };
    }

    /** Takes {@code in} or {@code not in} and what it applies to. */
    private Filter membership(Supplier<Filter> members) {
        boolean not = peek().isKeyword("not");
        if (not) {
            take();
        }
        Token in = peek();
        if (!in.isKeyword("in")) {
            throw expected("'in'", in);
        }
        take();
        Filter filter = members.get();
        return not ? negated(filter) : filter;
    }

    private static Filter equal(String field, List<Value> values) {
        return Filter.newBuilder()
                .setEqual(EqualFilter.newBuilder().setField(field).addAllValues(values))
                .build();
    }

    private static Filter negated(Filter filter) {
        return Filter.newBuilder()
                .setNot(NotFilter.newBuilder().setFilter(filter))
                .build();
    }

    private <T> List<T> list(Supplier<T> element) {
        takeSymbol("(");
        List<T> elements = new ArrayList<>();
        elements.add(element.get());
        while (peek().isSymbol(",")) {
            take();
            elements.add(element.get());
        }
        takeSymbol(")");
        return elements;
    }

    private String field() {
        Token token = peek();
        boolean keyword = KEYWORDS.contains(token.text().toLowerCase(Locale.ROOT));
        if (token.kind() == Kind.QUOTED_NAME || (token.kind() == Kind.WORD && !keyword)) {
            take();
            return token.text();
        }
        throw expected("a field's name", token);
    }

    private Value value() {
        Token token = take();
        if (token.kind() == Kind.STRING) {
            return Value.newBuilder().setStringValue(token.text()).build();
        }
        if (token.kind() == Kind.NUMBER) {
            return number(token);
        }
        if (token.isKeyword("true") || token.isKeyword("false")) {
            return Value.newBuilder().setBoolValue(token.isKeyword("true")).build();
        }
        if (token.isKeyword("timestamp")) {
            return Value.newBuilder().setTimestampValue(timestamp()).build();
        }
        throw expected("a value (text goes in quotes)", token);
    }

    private Value number(Token token) {
        String digits = token.text();
        try {
            if (digits.matches("[+-]?[0-9]+")) {
                return Value.newBuilder().setInt64Value(Long.parseLong(digits)).build();
            }
            if (digits.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
                double value = Double.parseDouble(digits);
                if (Double.isFinite(value)) {
                    return Value.newBuilder().setDoubleValue(value).build();
                }
            }
        } catch (NumberFormatException e) {
            throw new FilterSyntaxException(text, token.position(), "The integer does not fit into 64 bits");
        }
        throw new FilterSyntaxException(text, token.position(), "'" + digits + "' is not a number");
    }

    private Timestamp timestamp() {
        Token literal = argument();
        try {
            return Timestamps.parse(literal.text());
        } catch (DateTimeException e) {
            throw new FilterSyntaxException(
                    text, literal.position(), "A timestamp looks like \"2026-01-31T12:00:00Z\", offset included");
        }
    }

    private RecordId id() {
        Token token = take();
        if (token.kind() == Kind.STRING) {
            return RecordId.newBuilder().setStringId(token.text()).build();
        }
        if (token.kind() == Kind.NUMBER) {
            try {
                return RecordId.newBuilder()
                        .setUint64Id(Long.parseUnsignedLong(token.text()))
                        .build();
            } catch (NumberFormatException e) {
                throw new FilterSyntaxException(text, token.position(), "An integer id is 0 to 18446744073709551615");
            }
        }
        if (token.isKeyword("uuid")) {
            return RecordId.newBuilder().setUuid(argument().text()).build();
        }
        throw expected("an id: text in quotes, an integer, or uuid(\"...\")", token);
    }

    private Token argument() {
        takeSymbol("(");
        Token token = take();
        if (token.kind() != Kind.STRING) {
            throw expected("text in quotes", token);
        }
        takeSymbol(")");
        return token;
    }

    private void takeSymbol(String symbol) {
        Token token = take();
        if (!token.isSymbol(symbol)) {
            throw expected("'" + symbol + "'", token);
        }
    }

    private Token peek() {
        return tokens.get(next);
    }

    /** Returns the next token and passes over it; the end is never passed. */
    private Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    private FilterSyntaxException expected(String what, Token found) {
        return new FilterSyntaxException(
                text, found.position(), "Expected " + what + " and found " + found.described());
    }

    /** What follows a function's opening parenthesis. */
    private final class FunctionArguments implements FilterFunctions.Arguments {
        @Override
        public String field() {
            return FilterParser.this.field();
        }

        @Override
        public String text() {
            Token token = take();
            if (token.kind() != Kind.STRING) {
                throw expected("text in quotes", token);
            }
            return token.text();
        }

        @Override
        public int count() {
            Token token = take();
            if (token.kind() != Kind.NUMBER || !token.text().matches("[0-9]{1,9}")) {
                throw expected("an integer, 0 or more", token);
            }
            return Integer.parseInt(token.text());
        }

        @Override
        public Value value() {
            return FilterParser.this.value();
        }

        @Override
        public double number() {
            Token token = take();
            if (token.kind() != Kind.NUMBER) {
                throw expected("a number", token);
            }
            Value value = FilterParser.this.number(token);
            return value.hasDoubleValue() ? value.getDoubleValue() : value.getInt64Value();
        }

        @Override
        public Filter filter() {
            return deeper(peek(), FilterParser.this::or);
        }

        @Override
        public boolean opens(String word) {
            boolean opens = peek().isKeyword(word);
            if (opens) {
                take();
                takeSymbol("(");
            }
            return opens;
        }

        @Override
        public void comma() {
            takeSymbol(",");
        }

        @Override
        public boolean hasMore() {
            if (peek().isSymbol(",")) {
                take();
                return true;
            }
            return false;
        }

        @Override
        public void close() {
            takeSymbol(")");
        }

        @Override
        public String symbol(Set<String> symbols) {
            Token token = take();
            if (token.kind() != Kind.SYMBOL || !symbols.contains(token.text())) {
                throw expected("a comparison", token);
            }
            return token.text();
        }
    }
}
