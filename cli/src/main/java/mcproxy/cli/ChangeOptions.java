package mcproxy.cli;

import mcproxy.control.Change;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.List;

/** What every command that changes the configuration takes. */
final class ChangeOptions {
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only tell what would become different.")
    boolean dryRun;

    /** Makes a change; gives the exit status. */
    int make(Session session, Change change) {
        return make(session, List.of(change));
    }

    /** Makes changes, all or none; gives the exit status. */
    int make(Session session, List<Change> changes) {
        return new Call(session, common)
                .with(control ->
                        new Report(session, common)
                                .tell(control.change(changes, dryRun), dryRun, "change", null));
    }

    /** Tells that the arguments are wrong; gives the exit status. */
    int wrong(Session session, String sentence) {
        return new Call(session, common).wrong(sentence);
    }

    /** A change with what its kind needs; see {@link Change}. */
    static final class Draft {
        private final String action;
        private final String kind;
        private @Nullable String instance;
        private @Nullable String side;
        private @Nullable String link;
        private @Nullable String direction;
        private @Nullable String table;
        private @Nullable Integer number;
        private @Nullable String key;
        private @Nullable String value;
        private @Nullable String text;

        private Draft(String action, String kind) {
            this.action = action;
            this.kind = kind;
        }

        static Draft add(String kind) {
            return new Draft("add", kind);
        }

        static Draft remove(String kind) {
            return new Draft("remove", kind);
        }

        Draft instance(@Nullable String name) {
            instance = name;
            return this;
        }

        Draft side(@Nullable String word) {
            side = word;
            return this;
        }

        Draft link(@Nullable String name) {
            link = name;
            return this;
        }

        Draft direction(String word) {
            direction = word;
            return this;
        }

        Draft table(String name) {
            table = name;
            return this;
        }

        Draft number(@Nullable Integer place) {
            number = place;
            return this;
        }

        Draft key(String name) {
            key = name;
            return this;
        }

        Draft value(@Nullable String words) {
            value = words;
            return this;
        }

        Draft text(@Nullable String words) {
            text = words;
            return this;
        }

        Change change() {
            return new Change(
                    action, kind, instance, side, link, direction, table, number, key, value, text);
        }
    }
}
