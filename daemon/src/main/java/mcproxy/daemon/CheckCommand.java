package mcproxy.daemon;

import mcproxy.kernel.Kernel.Finding;

import picocli.CommandLine.Command;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code mcproxy check}: what the kernel offers, and how to get what is missing. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Tell what this kernel offers to a multicast proxy, item by item.",
        footer = "Exit status: 0 when the proxy can run, 1 when something is missing.")
final class CheckCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    CheckCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        List<Finding> findings = surroundings.kernel().get().probe();
        PrintStream out = surroundings.out();
        int width = findings.stream().mapToInt(item -> item.what().length()).max().orElse(0);
        String indent = " ".repeat(word(Finding.Level.WARNING).length() + 2);
        for (Finding item : findings) {
            String level = word(item.level());
            String padding = " ".repeat(width - item.what().length());
            out.println(
                    (level + indent.substring(level.length()))
                            + (item.what() + padding + "  " + item.detail()).stripTrailing());
            if (!item.fix().isEmpty()) {
                out.println(indent + " ".repeat(width) + "  fix: " + item.fix());
            }
        }
        boolean missing = findings.stream().anyMatch(item -> item.level() == Finding.Level.ERROR);
        return missing ? ExitStatus.ENVIRONMENT : ExitStatus.OK;
    }

    private static String word(Finding.Level level) {
        return switch (level) {
            case OK -> "ok";
            case WARNING -> "warning";
            case ERROR -> "error";
        };
    }
}
