package io.gannet.internal.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IP addresses and ranges of them, as texts. */
class IpTextTest {
    @ParameterizedTest
    @CsvSource({
        "1.2.3.4, 1.2.3.4", "0.0.0.0, 0.0.0.0", "255.255.255.255, 255.255.255.255", "::, ::",
        "::1, ::1", "1::, 1::", "2001:DB8::1, 2001:db8::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "1:0:2:0:3:0:4:0, 1:0:2:0:3:0:4:0", "0:0:0:0:0:0:0:0, ::",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0", "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "::ffff:1.2.3.4, 1.2.3.4", "::FFFF:102:304, 1.2.3.4", "64:ff9b::1.2.3.4, 64:ff9b::102:304",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304", "00001::, ", "0001::, 1::"
    })
    void addressesAreReadAndWritten(String text, String canonical) {
        byte[] ip = IpText.parse(text);
        assertThat(ip == null ? null : IpText.format(ip)).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3", ".1.2.3",
        "1.2.3.", "0x1.2.3.4", "1.2.3.4 ", "+1.2.3.4", "\u0661.2.3.4", "localhost", "example.com",
        ":", ":::", "1:", ":1", "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "g::",
        "12345::", "::1%lo", "[::1]", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1/128", "0000:0000:0000:0000:0000:ffff:0255.255.255.255", "2130706433", "127.1"
    })
    void whatIsNoLiteralIsNothing(String text) {
        assertThat(IpText.parse(text)).isNull();
    }

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] ip = new byte[16];
            for (int at = 0; at < 16; at += 2) {
                if (random.nextInt(3) > 0) {
                    ip[at] = (byte) random.nextInt(256);
                    ip[at + 1] = (byte) random.nextInt(256);
                }
            }
            String text = IpText.format(ip);
            assertThat(IpText.parse(text)).as(text).isEqualTo(ip);
            assertThat(InetAddress.getByName(text).getAddress()).as(text).isEqualTo(ip);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.1.2, true", "10.0.0.0/8, 11.0.0.0, false", "0.0.0.0/0, 1.2.3.4, true",
        "1.2.3.4, 1.2.3.4, true", "1.2.3.4, 1.2.3.5, false", "1.2.3.4/32, 1.2.3.5, false",
        "192.168.0.0/23, 192.168.1.255, true", "192.168.0.0/23, 192.168.2.0, false",
        "2001:db8::/33, 2001:db8:7fff::, true", "2001:db8::/33, 2001:db8:8000::, false",
        "::1, ::1, true", "::/0, 1.2.3.4, false", "0.0.0.0/0, ::1, false",
        "::ffff:10.0.0.0/104, 10.9.9.9, true", "10.0.0.0/8, ::ffff:10.1.2.3, true"
    })
    void rangesContainAddresses(String range, String ip, boolean expected) {
        assertThat(Cidr.parse(range).contains(IpText.parse(ip))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0.1/8", "localhost", "10.0.0.0/x", "10.0.0.0/0008", "10/8", "::ffff:1.2.3.4/80",
        "10.0.0.0/99999999999"
    })
    void whatIsNoRangeIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Cidr.parse(text));
    }
}
