package mcproxy.cli;

import mcproxy.config.Scope;
import mcproxy.config.SettingDefault;
import mcproxy.config.SettingKey;
import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** {@code mcproxy set}. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        customSynopsis = {
            "mcproxy set [OPTIONS] KEY VALUE...",
            "       mcproxy set [OPTIONS] INSTANCE KEY VALUE...",
            "       mcproxy set [OPTIONS] INSTANCE upstream|downstream INTERFACE KEY VALUE..."
        },
        description = {
            "Change a setting of the running daemon: of all instances, of one, "
                    + "or of one of its interfaces.",
            "The configuration file stays as it is.",
            "mcproxy set --keys lists what can be set, with values and defaults."
        },
        footer = {
            "",
            "Examples:",
            "  mcproxy set query-interval 60s",
            "  mcproxy set tv robustness 3",
            "  mcproxy set tv downstream lan0 version IGMPv2, MLDv1",
            "  mcproxy set --dry-run tv downstream lan0 immediate-leave on"
        })
public final class SetCommand implements Subcommand, Callable<Integer> {
    private final Session session;

    @Mixin ChangeOptions change = new ChangeOptions();

    @Option(names = "--keys", description = "List the settings, with values and defaults.")
    boolean keys;

    @Parameters(
            arity = "0..*",
            paramLabel = "WORD",
            completionCandidates = Keys.class,
            description = "Whose setting, which one, and its value.")
    List<String> words = List.of();

    /** For the program. */
    public SetCommand() {
        this(Session.ofProcess());
    }

    SetCommand(Session session) {
        this.session = session;
    }

    /** The keys, for completion. */
    static final class Keys implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of(SettingKey.values()).stream().map(SettingKey::toString).iterator();
        }
    }

    @Override
    public Integer call() {
        if (keys) {
            list();
            session.out().flush();
            return ExitStatus.OK;
        }
        if (words.isEmpty()) {
            return change.wrong(session, "set needs KEY VALUE; see: mcproxy set --help");
        }
        try {
            SettingWords set = SettingWords.of(words);
            if (set.value() == null) {
                return change.wrong(session, set.key() + " needs a value: " + values(set.key()));
            }
            return change.make(session, draft("setting", set).change());
        } catch (IllegalArgumentException e) {
            return change.wrong(session, String.valueOf(e.getMessage()));
        }
    }

    static ChangeOptions.Draft draft(String kind, SettingWords words) {
        return scoped(ChangeOptions.Draft.add(kind), words);
    }

    static ChangeOptions.Draft scoped(ChangeOptions.Draft draft, SettingWords words) {
        return draft.instance(words.instance())
                .side(words.side())
                .link(words.link())
                .key(words.key())
                .value(words.value());
    }

    private static String values(String key) {
        return SettingKey.of(key).map(known -> known.kind().words()).orElse("");
    }

    private void list() {
        Sheet sheet = new Call(session, change.common).sheet();
        for (SettingKey key : SettingKey.values()) {
            sheet.gap();
            sheet.heading(key.toString());
            sheet.sentence("  ", key.doc(), Paint.PLAIN);
            sheet.sentence("  value:   ", key.kind().words(), Paint.PLAIN);
            sheet.sentence("  default: ", fallback(key), Paint.PLAIN);
            sheet.sentence("  of:      ", scopes(key), Paint.PLAIN);
            sheet.sentence("  from:    ", key.source(), Paint.PLAIN);
        }
        sheet.lines().forEach(session.out()::println);
    }

    private static String fallback(SettingKey key) {
        return switch (key.fallback()) {
            case SettingDefault.Fixed(var value) -> value.toString();
            case SettingDefault.Derived(String rule) -> rule;
        };
    }

    private static String scopes(SettingKey key) {
        return key.scopes().stream().map(Scope::toString).collect(Collectors.joining(", "));
    }
}
