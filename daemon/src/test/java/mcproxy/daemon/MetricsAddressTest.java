package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.net.InetSocketAddress;
import java.util.Objects;

/** Where metrics are offered: to others only when their side's address is written down. */
final class MetricsAddressTest {
    private final MetricsAddress converter = new MetricsAddress();

    @ParameterizedTest
    @CsvSource({
        "9100, 127.0.0.1, 9100",
        "localhost:9100, 127.0.0.1, 9100",
        "127.0.0.1:0, 127.0.0.1, 0",
        "[::1]:9100, 0:0:0:0:0:0:0:1, 9100",
        "0.0.0.0:65535, 0.0.0.0, 65535",
        "[::]:1, 0:0:0:0:0:0:0:0, 1",
        "192.0.2.1:9100, 192.0.2.1, 9100",
    })
    void theAddressIsWhatIsWritten(String text, String address, int port) {
        InetSocketAddress read = converter.convert(text);
        assertThat(read.getAddress().getHostAddress()).isEqualTo(address);
        assertThat(read.getPort()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":9100",
                "*:9100",
                "example.org:9100",
                "65536",
                "x",
                "127.0.0.1",
                "127.0.0.1:",
                "-1",
                "[::1]",
                "1.2.3:9100x"
            })
    void otherThingsAreRefused(String text) {
        assertThatThrownBy(() -> converter.convert(text))
                .isInstanceOf(CommandLine.TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void theOptionAloneIsAPortOfThisMachine() {
        RunOptions options = new RunOptions();
        new CommandLine(new CommandSpecOf(options)).parseArgs("--metrics", "-v");
        InetSocketAddress address = Objects.requireNonNull(options.metrics);
        assertThat(address.getAddress().isLoopbackAddress()).isTrue();
        assertThat(address.getPort()).isEqualTo(9842);
        assertThat(options.verbose).hasSize(1);
    }

    @CommandLine.Command
    private record CommandSpecOf(@CommandLine.Mixin RunOptions options) {}
}
