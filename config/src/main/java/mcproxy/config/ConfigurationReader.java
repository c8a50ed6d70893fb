package mcproxy.config;

import java.util.List;

/** Reads the mcproxy.conf language. */
public final class ConfigurationReader {
    private ConfigurationReader() {}

    /**
     * Reads a whole text and tells all its problems at once; any text gives a result.
     *
     * @param file the name of the text, as problems print it
     */
    public static Reading read(String file, String text) {
        SourceText source = new SourceText(file, text);
        Problems problems = new Problems(file);
        List<Statement> statements = Parser.file(source, problems);
        Checker checker = new Checker(statements, problems);
        var configuration = checker.check(source.end());
        return new Reading(source, configuration, problems.inOrder(), checker.interfaces());
    }
}
