package mcproxy.cli;

import picocli.AutoComplete;
import picocli.CommandLine;

/** Scripts that let a shell complete the program's commands and options. */
final class Completion {
    private Completion() {}

    /** For bash; to be read by it, or to be installed for bash-completion. */
    static String bash(CommandLine program) {
        String script = AutoComplete.bash(program.getCommandName(), program).replace("\r", "");
        for (NamesCommand.Kind kind : NamesCommand.Kind.values()) {
            script = withNames(script, kind);
        }
        return script;
    }

    /**
     * The values of an option are names that the running daemon knows. picocli's script returns
     * nothing for an option without fixed values.
     */
    private static String withNames(String script, NamesCommand.Kind kind) {
        String option = "    '--" + kind.option() + "')\n";
        return script.replace(
                option + "      return\n",
                option
                        + "      COMPREPLY=( $( compgen -W \"$( \"${COMP_WORDS[0]}\" names "
                        + kind
                        + " 2>/dev/null )\" -- \"${curr_word}\" ) )\n      return\n");
    }

    /**
     * For zsh; to be installed as {@code _mcproxy} in a folder of its function path. The first time
     * it defines the functions of bash's script, and then it does at once what it was called for.
     *
     * <p>zsh reads such a file as a whole, so the script's alias for a command that it has not
     * comes too late; a function does not.
     */
    static String zsh(CommandLine program) {
        String name = program.getCommandName();
        return "#compdef "
                + name
                + "\ncompopt() { :; }\n"
                + bash(program).replace("  alias compopt=complete\n", "")
                + "\n_bash_complete -o default -F _complete_"
                + name
                + "\n";
    }
}
