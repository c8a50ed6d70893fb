package mcproxy.cli;

import mcproxy.control.Selection;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** Which part of an answer is wanted, for answers about groups. */
final class SelectionOptions {
    @Option(names = "--instance", paramLabel = "NAME", description = "Only this proxy instance.")
    @Nullable String instance;

    @Option(names = "--interface", paramLabel = "NAME", description = "Only this interface.")
    @Nullable String link;

    @Option(names = "--group", paramLabel = "ADDRESS", description = "Only this group.")
    @Nullable String group;

    @Option(names = "--source", paramLabel = "ADDRESS", description = "Only this source.")
    @Nullable String source;

    /** These options, with arguments in the places of those that are not given. */
    Selection with(@Nullable String groupArgument, @Nullable String sourceArgument) {
        return new Selection(
                instance,
                link,
                Addresses.checked(group != null ? group : groupArgument, true),
                Addresses.checked(source != null ? source : sourceArgument, false));
    }

    /** Is anything left out? */
    static boolean isPart(Selection selection) {
        return !selection.equals(Selection.ALL);
    }
}
