package mcproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the build installs for shells and for man, and what these say to it. */
class CompletionTest {
    @TempDir Path folder = Path.of("");

    @BeforeEach
    void generate() {
        CommandRun run = new CommandRun(new FakeControl()).in(folder);
        assertThat(run.run("generate", "share")).as(run.err()).isZero();
    }

    private Path file(String name) {
        return folder.resolve("share").resolve(name);
    }

    private static List<CommandSpec> commands() {
        return new CommandRun(new FakeControl())
                .program().getSubcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .filter(command -> !command.usageMessage().hidden())
                        .toList();
    }

    @Test
    void shellsAcceptTheScripts() throws Exception {
        Shell.needs("bash");
        assertThat(Shell.printed("bash", "-n", file("completion/bash/mcproxy").toString()))
                .isEmpty();
        Shell.needs("zsh");
        assertThat(Shell.printed("zsh", "-n", file("completion/zsh/_mcproxy").toString()))
                .isEmpty();
    }

    /** What bash offers for the last word. */
    private String bash(String... words) throws Exception {
        Path script = folder.resolve("try.bash");
        Files.writeString(
                script,
                """
                source %s
                compopt() { :; }
                mcproxy() { echo "tv radio"; }
                COMP_WORDS=("$@")
                COMP_CWORD=$(( $# - 1 ))
                COMP_LINE="$*"
                COMP_POINT=${#COMP_LINE}
                _complete_mcproxy mcproxy "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                echo "${COMPREPLY[*]}"
                """
                        .formatted(file("completion/bash/mcproxy")));
        String[] command = new String[words.length + 2];
        command[0] = "bash";
        command[1] = script.toString();
        System.arraycopy(words, 0, command, 2, words.length);
        return Shell.printed(command).strip();
    }

    @Test
    void bashCompletesCommandsOptionsValuesAndNames() throws Exception {
        Shell.needs("bash");
        assertThat(bash("mcproxy", "inst")).isEqualTo("instances");
        assertThat(bash("mcproxy", "flows", "--so")).isEqualTo("--socket --source");
        assertThat(bash("mcproxy", "groups", "--color", "a")).isEqualTo("auto always");
        assertThat(bash("mcproxy", "add", "fi")).isEqualTo("filter");
        assertThat(bash("mcproxy", "set", "query-i")).isEqualTo("query-interval");
        assertThat(bash("mcproxy", "groups", "--instance", "")).isEqualTo("tv radio");
        assertThat(bash("mcproxy", "groups", "--interface", "ra")).isEqualTo("radio");
        assertThat(bash("mcproxy", "gen")).isEmpty();
    }

    /** With zsh's own completion, which needs a terminal: zpty gives it one. */
    @Test
    void zshCompletesACommandAndAnOption() throws Exception {
        Shell.needs("zsh");
        Path script = folder.resolve("try.zsh");
        Files.writeString(
                script,
                """
                zmodload zsh/zpty
                completed() {
                    zpty shell zsh -f -i
                    zpty -w shell "PROMPT=; fpath=(%s \\$fpath); autoload -U compinit"
                    zpty -w shell "compinit -u -D; mcproxy() { print -r \\"<\\$*>\\"; }; print rea''dy"
                    zpty -r -m shell line '*ready*'
                    zpty -w shell "$1"$'\\t'
                    zpty -r -m shell line '*<*>*'
                    print -r -- "$line"
                    zpty -d shell
                }
                completed 'mcproxy inst'
                completed 'mcproxy flows --wat'
                completed 'mcproxy groups --color al'
                """
                        .formatted(file("completion/zsh")));
        assertThat(Shell.printed("timeout", "40", "zsh", "-f", script.toString()))
                .contains("<instances>", "<flows --watch>", "<groups --color always>");
    }

    @Test
    void eachCommandHasAPageWithAllItsOptions() throws IOException {
        for (CommandSpec command : commands()) {
            if (command.name().equals("help")) {
                continue;
            }
            Path page = file("man/man8/mcproxy-" + command.name() + ".8");
            assertThat(page).content().contains(".SH \"NAME\"", ".SH \"SYNOPSIS\"");
            Stream.concat(
                            Stream.of(command),
                            command.subcommands().values().stream()
                                    .map(CommandLine::getCommandSpec))
                    .flatMap(spec -> spec.options().stream())
                    .forEach(option ->
                            assertThat(page)
                                    .content()
                                    .contains(option.longestName().replace("-", "\\-")));
        }
        try (Stream<Path> pages = Files.list(file("man/man8"))) {
            assertThat(pages).hasSize(commands().size() + 1);
        }
        assertThat(file("man/man8/mcproxy.8"))
                .content()
                .contains("mcproxy\\-explain(8)")
                .doesNotContain("generate");
    }

    @Test
    void theFormatterOfManualsHasNothingToSay() throws Exception {
        Shell.needs("groff");
        List<Path> pages;
        try (Stream<Path> files = Files.list(file("man/man8"))) {
            pages = files.toList();
        }
        assertThat(pages).isNotEmpty();
        for (Path page : pages) {
            assertThat(Shell.printed("groff", "-mandoc", "-ww", "-z", page.toString()))
                    .as(page.toString())
                    .isEmpty();
        }
        String shown =
                Shell.printed(
                        "sh",
                        "-c",
                        "groff -mandoc -Tutf8 -P-cbou " + file("man/man8/mcproxy-explain.8"));
        assertThat(shown).contains("EXIT STATUS", "it does not flow", "GROUP  The group.");
    }
}
