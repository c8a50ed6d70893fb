package mcproxy.cli;

import mcproxy.control.Outcome;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The page about the commands, whose examples are what they print. */
class CliPageTest {
    private static final Path PAGE = Path.of("../docs/cli.md");

    private static final String START =
            """
            # The command line

            Commands that look at a running daemon and change it, through its control socket. Every example on this page is what
            the command printed in a test (`CliPageTest`, which also writes the page); `mcproxy COMMAND --help` and the manual
            pages tell all options. Running the proxy and checking files: see the [README](../README.md) and
            [The configuration file](configuration.md).

            All of these take

            | option | meaning |
            | --- | --- |
            | `--socket PATH` | the daemon's control socket; else the environment's `MCPROXY_SOCKET`, else `/run/mcproxy/control.sock` |
            | `--json` | the control API's document as it is (of `doctor` its own), one JSON value on one line |
            | `--color auto\\|always\\|never` | `auto` is on a terminal, unless `NO_COLOR` is set |
            | `--watch[=SECONDS]` | those that show something: again and again; with `--json` a document on each line |
            | `--instance`, `--interface`, `--group`, `--source` | only a part, where that makes sense; mostly an argument does, too |

            On a terminal, tables are cut to its width rather than wrapped; in a pipe nothing is cut. Names and texts from the
            network never reach the terminal with control characters in them. Text is on standard output, what is wrong on standard
            error.

            | exit status | meaning |
            | --- | --- |
            | 0 | done; of `explain`: it flows; of `doctor`: nothing is wrong |
            | 1 | no daemon answers, it does not let you, or the system did not allow it; a sentence says what to do |
            | 2 | the arguments or the configuration are wrong; told as `mcproxy config check` does |
            | 3 | of `explain`: it does not flow; of `doctor`: something is wrong |

            Changes are of the running configuration and last until the daemon ends or reloads; the file stays as it is. `--dry-run`
            (`-n`) only tells what would become different.

            Completion and manual pages are in `dist/target/mcproxy/share` after a build; `source <(mcproxy completion bash)` needs no
            installation.
            """;

    /** What the changes in the examples change. */
    private static final Map<String, String> DIFFERENCES =
            Map.of(
                    "reload",
                    "instance tv: query-interval 125s -> 60s",
                    "set",
                    "instance tv: query-interval not set -> 60s",
                    "add",
                    "instance tv: downstream lan0: static-group not set -> 239.1.1.1",
                    "remove",
                    "table sport changed");

    /** An example for each command; those without one have nothing to show. */
    private static Map<String, List<String>> examples() {
        Map<String, List<String>> examples = new LinkedHashMap<>();
        examples.put("status", List.of("status"));
        examples.put("instances", List.of("instances tv"));
        examples.put("interfaces", List.of("interfaces", "interfaces lan1"));
        examples.put("groups", List.of("groups", "groups 239.1.1.1"));
        examples.put("hosts", List.of("hosts", "hosts 10.0.0.5"));
        examples.put("memberships", List.of("memberships"));
        examples.put("flows", List.of("flows", "flows 232.1.1.1 --json"));
        examples.put("rules", List.of("rules"));
        examples.put("counters", List.of("counters"));
        examples.put("events", List.of("events --since 40"));
        examples.put("explain", List.of("explain 239.1.1.1"));
        examples.put("doctor", List.of("doctor"));
        examples.put("top", List.of("top"));
        examples.put("reload", List.of("reload"));
        examples.put("set", List.of("set tv query-interval 60s"));
        examples.put("add", List.of("add entry tv downstream lan0 static-group 239.1.1.1 -n"));
        examples.put("remove", List.of("remove rule sport 2 --json"));
        examples.put("clear", List.of("clear 239.1.1.1"));
        examples.put("log-level", List.of("log-level debug"));
        return examples;
    }

    @Test
    void thePageIsUpToDate() throws IOException {
        StringBuilder page = new StringBuilder(START);
        for (CommandLine line :
                new CommandRun(new FakeControl()).program().getSubcommands().values()) {
            CommandSpec command = line.getCommandSpec();
            if (!command.usageMessage().hidden() && !command.name().equals("help")) {
                section(command, page);
            }
        }
        ExpectedOutputTest.compare(PAGE, page.toString());
    }

    private static void section(CommandSpec command, StringBuilder page) {
        page.append("\n## ").append(command.name()).append("\n\n");
        page.append(
                Arrays.stream(command.usageMessage().description())
                        .map(text -> text.isEmpty() ? "\n" : text)
                        .collect(Collectors.joining("\n")));
        page.append('\n');
        command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .forEach(one ->
                        page.append("\n- `")
                                .append(command.name())
                                .append(' ')
                                .append(one.name())
                                .append("`: ")
                                .append(String.join(" ", one.usageMessage().description())));
        if (!command.subcommands().isEmpty()) {
            page.append('\n');
        }
        for (String example : examples().getOrDefault(command.name(), List.of())) {
            FakeControl control = new FakeControl();
            control.outcome =
                    new Outcome(
                            true,
                            List.of(DIFFERENCES.getOrDefault(command.name(), "")),
                            List.of(),
                            null);
            CommandRun run = new CommandRun(control);
            run.run(example.split(" "));
            page.append("\n```\n$ mcproxy ").append(example).append('\n');
            page.append(run.out()).append(run.err()).append("```\n");
        }
        List<String> footer =
                Arrays.stream(command.usageMessage().footer()).dropWhile(String::isEmpty).toList();
        if (!footer.isEmpty()) {
            page.append("\n```\n").append(String.join("\n", footer)).append("\n```\n");
        }
    }
}
