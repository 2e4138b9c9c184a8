package io.knarr.it;

import io.knarr.v1.Filter;
import io.knarr.v1.HasIdFilter;
import io.knarr.v1.RangeFilter;
import io.knarr.v1.Value;
import java.util.List;
import java.util.SplittableRandom;

/** Filters at random: well formed, though not always such that a schema takes them. */
final class RandomFilters {
    private static final int MAX_DEPTH = 4;

    private final SplittableRandom random;
    private final RandomSchema values;

    RandomFilters(SplittableRandom random, RandomSchema values) {
        this.random = random;
        this.values = values;
    }

    Filter filter() {
        return filter(1);
    }

    private Filter filter(int depth) {
        int roll = random.nextInt(depth < MAX_DEPTH ? 12 : 8);
        return switch (roll) {
            case 0, 1, 2 -> equal();
            case 3, 4, 5 -> range();
            case 6 -> Requests.exists(path());
            case 7 -> hasId();
            case 8 -> Requests.not(filter(depth + 1));
            case 9, 10 -> Requests.and(several(depth));
            default -> Requests.or(several(depth));
        };
    }

    private Filter[] several(int depth) {
        Filter[] filters = new Filter[random.nextInt(4)];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = filter(depth + 1);
        }
        return filters;
    }

    private Filter equal() {
        Value first = values.scalar();
        Value[] operands = new Value[1 + random.nextInt(3)];
        operands[0] = first;
        for (int i = 1; i < operands.length; i++) {
            operands[i] = like(first);
        }
        return Requests.equal(path(), operands);
    }

    /** Returns another scalar of the same kind. */
    private Value like(Value first) {
        Value other = values.scalar();
        while (other.getKindCase() != first.getKindCase()) {
            other = values.scalar();
        }
        return other;
    }

    private Filter range() {
        Value bound = ordered();
        RangeFilter.Builder range = RangeFilter.newBuilder().setField(path());
        if (random.nextBoolean()) {
            range.setGte(bound);
        } else {
            range.setGt(bound);
        }
        if (random.nextBoolean()) {
            Value other = like(bound);
            if (random.nextBoolean()) {
                range.setLte(other);
            } else {
                range.setLt(other);
            }
            if (random.nextBoolean()) {
                range.clearGt().clearGte();
            }
        }
        return Requests.range(range);
    }

    private Value ordered() {
        Value value = values.scalar();
        while (value.hasBoolValue()) {
            value = values.scalar();
        }
        return value;
    }

    private Filter hasId() {
        HasIdFilter.Builder ids = HasIdFilter.newBuilder();
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            ids.addIds(values.id());
        }
        return Filter.newBuilder().setHasId(ids).build();
    }

    private String path() {
        List<String> paths = RandomSchema.PATHS;
        return paths.get(random.nextInt(paths.size()));
    }
}
