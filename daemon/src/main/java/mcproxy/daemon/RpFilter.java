package mcproxy.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Switches the kernel's reverse path filter off, which drops streams whose source is not routed
 * back through the interface that they come from (net.ipv4.conf.*.rp_filter); and puts back what
 * was there before. IPv6 has no such filter.
 */
final class RpFilter {
    /** Where the kernel keeps the settings of its interfaces, below the root of the file system. */
    static final Path SETTINGS = Path.of("proc/sys/net/ipv4/conf");

    private static final String OFF = "0";

    private record Change(String link, Path path, String before) {}

    private final Path settings;
    private final Consumer<DaemonEvent> log;
    private final Deque<Change> changes = new ArrayDeque<>();

    /** Nothing is changed yet. */
    RpFilter(Path settings, Consumer<DaemonEvent> log) {
        this.settings = settings;
        this.log = log;
    }

    /** Has it off on these interfaces, and as it was before on all others. */
    void off(Set<String> links) {
        restore(change -> !links.contains(change.link));
        links.forEach(this::switchOff);
    }

    /** Switches it off for an interface, if that exists and it is on, or for {@code all}. */
    void switchOff(String link) {
        Path path = settings.resolve(link).resolve("rp_filter");
        if (!Files.exists(path)) {
            return;
        }
        try {
            String before = Files.readString(path).strip();
            if (!before.equals(OFF)) {
                Files.writeString(path, OFF);
                changes.push(new Change(link, path, before));
                log.accept(new DaemonEvent.SettingChanged(path.toString(), before, OFF));
            }
        } catch (IOException e) {
            log.accept(new DaemonEvent.SettingFailed(path.toString(), e.toString()));
        }
    }

    /** Puts back what was there before, last change first. */
    void restore() {
        restore(_ -> true);
    }

    private void restore(Predicate<Change> which) {
        for (Change change : changes) {
            if (!which.test(change)) {
                continue;
            }
            try {
                if (Files.exists(change.path)) {
                    Files.writeString(change.path, change.before);
                    log.accept(
                            new DaemonEvent.SettingChanged(
                                    change.path.toString(), OFF, change.before));
                }
            } catch (IOException e) {
                log.accept(new DaemonEvent.SettingFailed(change.path.toString(), e.toString()));
            }
        }
        changes.removeIf(which);
    }
}
