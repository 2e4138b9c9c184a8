package io.knarr.server.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.knarr.server.error.ErrorCode;
import io.knarr.server.error.ServiceException;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTokenTest {
    private static final UUID LIFE = new UUID(1, 2);

    private static PageToken tokens(String filter) {
        return PageToken.of("records").boundTo(LIFE).boundTo(filter);
    }

    @Test
    void leadsBackToItsKey() {
        String token = tokens("f").encode("key".getBytes(UTF_8));

        assertThat(tokens("f").decode(token))
                .hasValueSatisfying(key -> assertThat(key).isEqualTo("key".getBytes(UTF_8)));
    }

    @Test
    void ofTheFirstPageIsEmpty() {
        assertThat(tokens("f").decode("")).isEmpty();
    }

    @Test
    void fitsNoRequestWithOtherArguments() {
        String token = tokens("f").encode("key".getBytes(UTF_8));

        assertRefused(tokens("g"), token);
        assertRefused(PageToken.of("collections").boundTo(LIFE).boundTo("f"), token);
        assertRefused(PageToken.of("records").boundTo(new UUID(1, 3)).boundTo("f"), token);
    }

    @Test
    void keepsItsArgumentsApart() {
        String token = PageToken.of("a").boundTo("bc").boundTo("d").encode(new byte[1]);

        assertRefused(PageToken.of("a").boundTo("b").boundTo("cd"), token);
    }

    @Test
    void isRefusedWhenAnyBitOfItIsDamaged() {
        byte[] good = Base64.getUrlDecoder().decode(tokens("f").encode("key".getBytes(UTF_8)));
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));

            assertRefused(tokens("f"), Base64.getUrlEncoder().withoutPadding().encodeToString(bad));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "not base64!", "AQ", "AQAAAAAAAAAA", " ", "\u0000"})
    void isRefusedWhenItIsNoneOfOurs(String token) {
        assertRefused(tokens("f"), token);
    }

    @Test
    void isRefusedUnreadWhenItIsTooLong() {
        assertRefused(tokens("f"), "A".repeat(1 << 20));
    }

    private static void assertRefused(PageToken tokens, String token) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> tokens.decode(token))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_PAGE_TOKEN);
                    assertThat(e.field()).hasValue("page_token");
                });
    }
}
