package mcproxy.cli;

import picocli.CommandLine;

/** {@code mcproxy top} of a daemon in memory, as a program for a terminal. */
final class TopProgram {
    private TopProgram() {}

    /** Takes the command's arguments. */
    public static void main(String[] arguments) {
        FakeControl control = new FakeControl();
        Session process = Session.ofProcess();
        TopCommand top =
                new TopCommand(
                        new Session(
                                process.in(),
                                process.out(),
                                process.err(),
                                process.environment(),
                                process.folder(),
                                process.screen(),
                                _ -> control,
                                process.machine(),
                                process.pause()));
        System.exit(new CommandLine(top).execute(arguments));
    }
}
