package io.knarr.server.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.knarr.server.model.FieldValue;
import io.knarr.server.model.FieldValue.IntValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldColumnsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 40, 400})
    void everyRowKeepsItsValueHoweverRareTheFieldIs(int rowsPerValue) {
        Random random = new Random(rowsPerValue);
        FieldColumns columns = new FieldColumns();
        Map<Integer, FieldValue> model = new TreeMap<>();
        int rows = 20_000;
        for (int row = 0; row < rows; row++) {
            SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
            if (random.nextInt(rowsPerValue) == 0) {
                fields.put("field", new IntValue(random.nextInt()));
                model.put(row, fields.firstEntry().getValue());
            }
            columns.append(row, fields);
        }
        RowMatcher.Column column = columns.snapshot().at("field");
        for (int row = 0; row < rows + 100; row++) {
            assertThat(column.value(row)).isEqualTo(model.get(row));
        }
    }

    @Test
    void aNameThatOneRecordUsesCostsNoArrayOfAllRows() {
        FieldColumns columns = new FieldColumns();
        int rows = 20_000;
        for (int row = 0; row < rows; row++) {
            SequencedMap<String, FieldValue> fields = new LinkedHashMap<>();
            fields.put("name-" + row, new IntValue(row));
            columns.append(row, fields);
        }
        assertThat(columns.columnBytes()).isLessThan(rows * 1_000L);
        assertThat(columns.snapshot().at("name-19999").value(19_999)).isEqualTo(new IntValue(19_999));
    }
}
