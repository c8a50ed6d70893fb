package mcproxy.cli;

import mcproxy.cli.ChangeOptions.Draft;
import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;

/** {@code mcproxy remove}. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "WHAT",
        description = {
            "Remove something from the running configuration; the file stays as it is.",
            "Several changes that belong together are made with: mcproxy change FILE"
        })
public final class RemoveCommand implements Subcommand, Runnable {
    private final Session session;

    @Spec CommandSpec spec = CommandSpec.create();

    /** For the program. */
    public RemoveCommand() {
        this(Session.ofProcess());
    }

    RemoveCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "remove needs to know what: " + String.join(", ", spec.subcommands().keySet()));
    }

    @Command(mixinStandardHelpOptions = true, description = "Remove an instance.")
    int instance(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Which.") String instance) {
        return change.make(session, Draft.remove("instance").instance(instance).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Remove an upstream.")
    int upstream(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "INTERFACE", description = "Which, as configured.")
                    String link) {
        return change.make(
                session, Draft.remove("upstream").instance(instance).link(link).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Remove a downstream.")
    int downstream(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "INTERFACE", description = "Which, as configured.")
                    String link) {
        return change.make(
                session, Draft.remove("downstream").instance(instance).link(link).change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Let an instance speak what all speak again.")
    int protocol(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance) {
        return change.make(session, Draft.remove("protocol").instance(instance).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Remove a table.")
    int table(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "TABLE", description = "Which.") String table) {
        return change.make(session, Draft.remove("table").table(table).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Remove a rule from a table.")
    int rule(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "TABLE", description = "The table.") String table,
            @Parameters(
                            paramLabel = "RULE",
                            description =
                                    "Its number in the table, 1 first, or the rule as mcproxy rules"
                                            + " shows it.")
                    String rule) {
        Draft draft = Draft.remove("rule").table(table);
        return change.make(
                session,
                rule.matches("[0-9]{1,9}")
                        ? draft.number(Integer.valueOf(rule)).change()
                        : draft.text(rule).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Let everything pass again.")
    int filter(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "SIDE", description = "${COMPLETION-CANDIDATES}.") Sides side,
            @Parameters(paramLabel = "INTERFACE", description = "Which, as configured.")
                    String link,
            @Parameters(paramLabel = "DIRECTION", description = "${COMPLETION-CANDIDATES}.")
                    Direction direction) {
        return change.make(
                session,
                Draft.remove("filter")
                        .instance(instance)
                        .side(side.name())
                        .link(link)
                        .direction(direction.name())
                        .change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Choose an upstream as by default again.")
    int matching(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "DIRECTION", description = "${COMPLETION-CANDIDATES}.")
                    Direction direction) {
        return change.make(
                session,
                Draft.remove("matching").instance(instance).direction(direction.name()).change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Let the default, or the setting of a wider scope, hold again.",
            footer = {"", "Example: mcproxy remove setting tv downstream lan0 query-interval"})
    int setting(
            @Mixin ChangeOptions change,
            @Parameters(
                            arity = "1..*",
                            paramLabel = "WORD",
                            completionCandidates = SetCommand.Keys.class,
                            description = "[INSTANCE [upstream|downstream INTERFACE]] KEY")
                    List<String> words) {
        return remove(change, "setting", words);
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Remove from a setting that is a list.",
            footer = {
                "",
                "Example: mcproxy remove entry tv downstream lan0 static-group 239.1.1.1"
            })
    int entry(
            @Mixin ChangeOptions change,
            @Parameters(
                            arity = "2..*",
                            paramLabel = "WORD",
                            completionCandidates = SetCommand.Keys.class,
                            description = "[INSTANCE [upstream|downstream INTERFACE]] KEY VALUE...")
                    List<String> words) {
        return remove(change, "entry", words);
    }

    private int remove(ChangeOptions change, String kind, List<String> words) {
        try {
            return change.make(
                    session,
                    SetCommand.scoped(Draft.remove(kind), SettingWords.of(words)).change());
        } catch (IllegalArgumentException e) {
            return change.wrong(session, String.valueOf(e.getMessage()));
        }
    }
}
