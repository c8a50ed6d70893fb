package mcproxy.cli;

import mcproxy.control.Selection;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** Which part of an answer is wanted, for answers about interfaces. */
final class LinkSelection {
    @Option(names = "--instance", paramLabel = "NAME", description = "Only this proxy instance.")
    @Nullable String instance;

    @Option(names = "--interface", paramLabel = "NAME", description = "Only this interface.")
    @Nullable String link;

    /** These options, with an argument in the place of an interface that is not given. */
    Selection with(@Nullable String linkArgument) {
        return new Selection(instance, link != null ? link : linkArgument, null, null);
    }
}
