package mcproxy.cli;

import mcproxy.daemon.Subcommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code mcproxy completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Print the script that lets a shell complete commands and options.",
        footer = {
            "",
            "In bash:  source <(mcproxy completion bash)",
            "In zsh:   mcproxy completion zsh >FOLDER/_mcproxy, with FOLDER in $fpath"
        })
public final class CompletionCommand implements Subcommand.OfAll, Callable<Integer> {
    private final Session session;

    @Spec CommandSpec spec = CommandSpec.create();

    /** The shells. */
    enum Shell {
        bash,
        zsh
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    Shell shell = Shell.bash;

    /** For the program. */
    public CompletionCommand() {
        this(Session.ofProcess());
    }

    CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        CommandLine program = spec.root().commandLine();
        session.out()
                .print(
                        switch (shell) {
                            case bash -> Completion.bash(program);
                            case zsh -> Completion.zsh(program);
                        });
        session.out().flush();
        return ExitStatus.OK;
    }
}
