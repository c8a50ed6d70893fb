package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class RpFilterTest {
    @TempDir Path settings = Path.of("");

    private Path set(String link, String value) throws IOException {
        Path file = Files.createDirectories(settings.resolve(link)).resolve("rp_filter");
        return Files.writeString(file, value + "\n");
    }

    @Test
    void putsBackWhatWasThereBefore() throws IOException {
        Path all = set("all", "2");
        Path wan = set("wan0", "1");
        Path lan = set("lan0", "0");
        List<DaemonEvent> events = new ArrayList<>();
        RpFilter filter = new RpFilter(settings, events::add);

        List.of("all", "wan0", "lan0", "missing", "wan0").forEach(filter::switchOff);
        assertThat(all).hasContent("0");
        assertThat(wan).hasContent("0");
        assertThat(events)
                .containsExactly(
                        new DaemonEvent.SettingChanged(all.toString(), "2", "0"),
                        new DaemonEvent.SettingChanged(wan.toString(), "1", "0"));

        filter.restore();
        assertThat(all).hasContent("2");
        assertThat(wan).hasContent("1");
        assertThat(lan).hasContent("0");
        assertThat(settings.resolve("missing")).doesNotExist();
    }
}
