package mcproxy.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A manual page in the language of groff_man(7), made from what {@code --help} is made from. The
 * commands are an administrator's, so pages are of section 8.
 */
final class ManPage {
    private final CommandSpec command;
    private final StringBuilder page = new StringBuilder();

    private ManPage(CommandSpec command) {
        this.command = command;
    }

    /**
     * The pages of a program and of each of its commands, by file name; hidden ones have none, and
     * those of a second level stand in the page of the first.
     */
    static Map<String, String> all(CommandSpec program) {
        Map<String, String> pages = new TreeMap<>();
        pages.put(file(program), new ManPage(program).text());
        commands(program).forEach(command -> pages.put(file(command), new ManPage(command).text()));
        return pages;
    }

    private static List<CommandSpec> commands(CommandSpec of) {
        return of.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(command -> !command.usageMessage().hidden())
                .distinct()
                .toList();
    }

    private static String file(CommandSpec command) {
        return title(command) + ".8";
    }

    private static String title(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String text() {
        String version = String.join(" ", command.root().version());
        request(
                ".TH",
                title(command).toUpperCase(Locale.ROOT),
                "8",
                "",
                version,
                "System Administration");
        section("NAME");
        line(title(command) + " - " + summary(command));
        section("SYNOPSIS");
        preformatted(synopsis(command));
        section("DESCRIPTION");
        paragraphs(command.usageMessage().description());
        arguments(command);
        options(command);
        commands();
        exitStatus();
        footer("NOTES", command);
        section("SEE ALSO");
        line(seeAlso());
        return page.toString();
    }

    /** The first sentence, without its end. */
    private static String summary(CommandSpec command) {
        String all = String.join(" ", command.usageMessage().description());
        int end = all.indexOf(": ");
        int stop = all.indexOf(". ");
        String first =
                end > 0 && (stop < 0 || end < stop)
                        ? all.substring(0, end)
                        : stop > 0 ? all.substring(0, stop) : all;
        String sentence = first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
        return sentence.isEmpty()
                ? command.name()
                : sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
    }

    private static List<String> synopsis(CommandSpec command) {
        return new Help(command, Help.defaultColorScheme(Help.Ansi.OFF))
                .synopsis(0)
                .lines()
                .toList();
    }

    private void arguments(CommandSpec of) {
        List<PositionalParamSpec> arguments =
                of.positionalParameters().stream().filter(one -> !one.hidden()).toList();
        if (!arguments.isEmpty()) {
            section("ARGUMENTS");
            arguments.forEach(one -> item(one.paramLabel(), one.description()));
        }
    }

    private void options(CommandSpec of) {
        List<OptionSpec> options = of.options().stream().filter(one -> !one.hidden()).toList();
        if (!options.isEmpty()) {
            section("OPTIONS");
            options.forEach(one -> item(written(one), one.description()));
        }
    }

    private static String written(OptionSpec option) {
        String names =
                Arrays.stream(option.names())
                        .sorted(java.util.Comparator.comparingInt(String::length))
                        .collect(Collectors.joining(", "));
        if (option.arity().max() == 0) {
            return names;
        }
        String label = option.paramLabel();
        return option.arity().min() == 0 ? names + "[=" + label + "]" : names + "=" + label;
    }

    private void commands() {
        List<CommandSpec> commands = commands(command);
        if (commands.isEmpty()) {
            return;
        }
        section("COMMANDS");
        if (command.parent() == null) {
            commands.forEach(one -> item(one.name(), one.usageMessage().description()));
            return;
        }
        for (CommandSpec one : commands) {
            request(".SS", one.name());
            preformatted(synopsis(one));
            paragraphs(one.usageMessage().description());
            one.positionalParameters().forEach(p -> item(p.paramLabel(), p.description()));
            one.options().stream()
                    .filter(option -> !isCommon(option))
                    .forEach(option -> item(written(option), option.description()));
            examples(one.usageMessage().footer());
        }
        section("OPTIONS OF EACH COMMAND");
        commands.getFirst().options().stream()
                .filter(ManPage::isCommon)
                .forEach(option -> item(written(option), option.description()));
    }

    /** What {@link ChangeOptions} and picocli bring along need not be said for each. */
    private static boolean isCommon(OptionSpec option) {
        return List.of("--socket", "--json", "--color", "--dry-run", "--help", "--version")
                .contains(option.longestName());
    }

    private void exitStatus() {
        UsageMessageSpec usage = command.usageMessage();
        if (!usage.exitCodeList().isEmpty()) {
            section("EXIT STATUS");
            usage.exitCodeList().forEach((code, meaning) -> item(code, new String[] {meaning}));
        }
    }

    private void footer(String title, CommandSpec of) {
        if (of.usageMessage().footer().length > 0) {
            section(title);
            examples(of.usageMessage().footer());
        }
    }

    private void examples(String[] lines) {
        List<String> told = Arrays.stream(lines).dropWhile(String::isEmpty).toList();
        if (!told.isEmpty()) {
            request(".PP");
            preformatted(told);
        }
    }

    private String seeAlso() {
        if (command.parent() == null) {
            return commands(command).stream()
                    .map(one -> title(one) + "(8)")
                    .collect(Collectors.joining(", "));
        }
        return command.root().name() + "(8)";
    }

    private void section(String title) {
        request(".SH", title);
    }

    private void item(String term, String[] description) {
        request(".TP");
        page.append("\\fB").append(escaped(term)).append("\\fR\n");
        paragraphs(description);
    }

    /** Empty lines separate paragraphs; others flow together. */
    private void paragraphs(String[] lines) {
        for (String text : lines) {
            if (text.isEmpty()) {
                request(".PP");
            } else {
                line(text);
            }
        }
    }

    private void preformatted(List<String> lines) {
        request(".nf");
        lines.forEach(this::line);
        request(".fi");
    }

    private void line(String text) {
        page.append(text.isEmpty() ? "\\&" : escaped(text)).append('\n');
    }

    private void request(String name, String... arguments) {
        page.append(name);
        for (String argument : arguments) {
            page.append(" \"").append(escaped(argument).replace("\"", "\\(dq")).append('"');
        }
        page.append('\n');
    }

    /** A text with nothing in it that groff takes for its own (groff(7), Escape sequences). */
    private static String escaped(String text) {
        String plain =
                text.replace("\\", "\\e")
                        .replace("-", "\\-")
                        .replace("^", "\\(ha")
                        .replace("~", "\\(ti")
                        .replace("'", "\\(aq")
                        .replace("`", "\\(ga");
        return plain.startsWith(".") ? "\\&" + plain : plain;
    }
}
