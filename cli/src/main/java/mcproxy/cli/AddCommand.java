package mcproxy.cli;

import mcproxy.cli.ChangeOptions.Draft;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.stream.Collectors;

/** {@code mcproxy add}. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "WHAT",
        description = {
            "Add something to the running configuration; the file stays as it is.",
            "Several changes that belong together are made with: mcproxy change FILE"
        })
public final class AddCommand implements Subcommand, Runnable {
    private final Session session;

    @Spec CommandSpec spec = CommandSpec.create();

    /** For the program. */
    public AddCommand() {
        this(Session.ofProcess());
    }

    AddCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "add needs to know what: " + String.join(", ", spec.subcommands().keySet()));
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Add a proxy instance between upstreams and downstreams.",
            footer = {"", "Example: mcproxy add instance tv -u wan0 -d lan0,lan1"})
    int instance(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Its name.") String name,
            @Option(
                            names = {"-u", "--upstream"},
                            split = ",",
                            paramLabel = "INTERFACE",
                            description = "Where streams come from; the first one is preferred.")
                    @Nullable List<String> upstreams,
            @Option(
                            names = {"-d", "--downstream"},
                            split = ",",
                            required = true,
                            paramLabel = "INTERFACE",
                            description = "Where receivers are; a pattern such as 'tun*', too.")
                    List<String> downstreams,
            @Option(
                            names = "--table",
                            paramLabel = "NUMBER",
                            description = "The kernel's multicast routing table.")
                    @Nullable Integer table) {
        return change.make(
                session,
                Draft.add("instance")
                        .instance(name)
                        .text(
                                (quoted(upstreams == null ? List.of() : upstreams)
                                                + " ==> "
                                                + quoted(downstreams))
                                        .strip())
                        .value(table == null ? null : table.toString())
                        .change());
    }

    /** In quotes they are names whatever they look like. */
    private static String quoted(List<String> names) {
        return names.stream()
                .map(name -> name.matches("[A-Za-z0-9_.@-]+") ? name : "\"" + name + "\"")
                .collect(Collectors.joining(" "));
    }

    @Command(mixinStandardHelpOptions = true, description = "Add an upstream to an instance.")
    int upstream(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "INTERFACE", description = "Which, or a pattern.") String link,
            @Option(
                            names = "--place",
                            paramLabel = "NUMBER",
                            description = "Its place, 1 is asked first; by default the last one.")
                    @Nullable Integer place) {
        return change.make(
                session,
                Draft.add("upstream").instance(instance).link(link).number(place).change());
    }

    @Command(mixinStandardHelpOptions = true, description = "Add a downstream to an instance.")
    int downstream(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "INTERFACE", description = "Which, or a pattern.") String link,
            @Option(
                            names = "--place",
                            paramLabel = "NUMBER",
                            description = "Its place, 1 is the first; by default the last one.")
                    @Nullable Integer place) {
        return change.make(
                session,
                Draft.add("downstream").instance(instance).link(link).number(place).change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Say which protocols are spoken, by all instances or by one.",
            footer = {"", "Example: mcproxy add protocol tv IGMPv3 MLDv2"})
    int protocol(
            @Mixin ChangeOptions change,
            @Parameters(
                            arity = "1..*",
                            paramLabel = "[INSTANCE] VERSION",
                            description = "IGMPv1 to IGMPv3, MLDv1, MLDv2; one of each family.")
                    List<String> words) {
        boolean forAll = isVersion(words.getFirst());
        List<String> versions = forAll ? words : words.subList(1, words.size());
        if (versions.isEmpty()) {
            return change.wrong(session, "which protocols? For instance: IGMPv3 MLDv2");
        }
        return change.make(
                session,
                Draft.add("protocol")
                        .instance(forAll ? null : words.getFirst())
                        .value(
                                versions.stream()
                                        .map(version -> version.replace(",", ""))
                                        .collect(Collectors.joining(", ")))
                        .change());
    }

    private static boolean isVersion(String word) {
        return word.matches("(?i)(igmpv[0-9]|mldv[0-9]),?");
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Add a table of rules, which filters can name.",
            footer = {
                "",
                "A rule is a group, a network of groups, or '(GROUP | SOURCE)' as in the",
                "configuration.",
                "",
                "Example: mcproxy add table sport 239.1.1.0/24 '(232.1.1.1 | 192.0.2.10)'"
            })
    int table(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "TABLE", description = "Its name.") String name,
            @Parameters(arity = "1..*", paramLabel = "RULE", description = "Its rules.")
                    List<String> rules) {
        return change.make(
                session,
                Draft.add("table")
                        .table(name)
                        .text(rules.stream().map(AddCommand::rule).collect(Collectors.joining(" ")))
                        .change());
    }

    /** The whole rule, or only its groups. */
    private static String rule(String written) {
        return written.contains("(") ? written : "(" + written + " | *)";
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Add a rule to a table.",
            footer = {
                "",
                "Examples:",
                "  mcproxy add rule sport 239.2.0.0/16",
                "  mcproxy add rule sport 232.1.1.1 192.0.2.10 --place 1"
            })
    int rule(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "TABLE", description = "The table.") String table,
            @Parameters(
                            paramLabel = "GROUP",
                            description = "The groups, or the whole rule in parentheses.")
                    String group,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "SOURCE",
                            description = "The sources; by default all.")
                    @Nullable String source,
            @Option(
                            names = "--place",
                            paramLabel = "NUMBER",
                            description = "Its place, 1 is the first; by default the last one.")
                    @Nullable Integer place) {
        String text = source == null ? rule(group) : "(" + group + " | " + source + ")";
        return change.make(
                session, Draft.add("rule").table(table).text(text).number(place).change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Say what may pass an interface.",
            footer = {"", "Example: mcproxy add filter tv downstream lan0 out whitelist sport"})
    int filter(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "SIDE", description = "${COMPLETION-CANDIDATES}.") Sides side,
            @Parameters(
                            paramLabel = "INTERFACE",
                            description = "Which; '*' for all of the side without their own.")
                    String link,
            @Parameters(paramLabel = "DIRECTION", description = "${COMPLETION-CANDIDATES}.")
                    Direction direction,
            @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}.")
                    Listing kind,
            @Parameters(
                            arity = "1..*",
                            paramLabel = "TABLE",
                            description = "A table's name, or a table as in the configuration.")
                    List<String> table) {
        String rest = String.join(" ", table);
        boolean isName = !rest.contains("{") && !rest.startsWith("table ");
        return change.make(
                session,
                Draft.add("filter")
                        .instance(instance)
                        .side(side.name())
                        .link(link)
                        .direction(direction.name())
                        .text(kind + " " + (isName ? "table " : "") + rest)
                        .change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Say how an upstream is chosen when several have a group.",
            footer = {"", "Example: mcproxy add matching tv in mutex 500"})
    int matching(
            @Mixin ChangeOptions change,
            @Parameters(paramLabel = "INSTANCE", description = "Whose.") String instance,
            @Parameters(paramLabel = "DIRECTION", description = "${COMPLETION-CANDIDATES}.")
                    Direction direction,
            @Parameters(
                            arity = "1..2",
                            paramLabel = "HOW",
                            description = "all, first, or mutex with milliseconds.")
                    List<String> how) {
        return change.make(
                session,
                Draft.add("matching")
                        .instance(instance)
                        .direction(direction.name())
                        .value(String.join(" ", how))
                        .change());
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Add to a setting that is a list, for instance a static group.",
            footer = {
                "",
                "Examples:",
                "  mcproxy add entry tv downstream lan0 static-group 239.1.1.1",
                "  mcproxy add entry tv upstream wan0 join-group 232.1.1.1 192.0.2.10"
            })
    int entry(
            @Mixin ChangeOptions change,
            @Parameters(
                            arity = "2..*",
                            paramLabel = "WORD",
                            completionCandidates = SetCommand.Keys.class,
                            description = "[INSTANCE [upstream|downstream INTERFACE]] KEY VALUE...")
                    List<String> words) {
        try {
            SettingWords entry = SettingWords.of(words);
            return entry.value() == null
                    ? change.wrong(session, entry.key() + " needs what is to be added")
                    : change.make(session, SetCommand.draft("entry", entry).change());
        } catch (IllegalArgumentException e) {
            return change.wrong(session, String.valueOf(e.getMessage()));
        }
    }
}
