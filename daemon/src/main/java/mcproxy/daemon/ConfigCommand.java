package mcproxy.daemon;

import mcproxy.config.ConfigCheck;
import mcproxy.config.ConfigShow;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.IgmpproxyImport;
import mcproxy.config.Reading;
import mcproxy.config.SmcrouteImport;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.LinkMonitor;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code mcproxy config}: what can be done with a configuration without running it. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Check, show or make a configuration file.")
final class ConfigCommand implements Runnable {
    private final Surroundings surroundings;

    @Spec CommandSpec spec = CommandSpec.create();

    ConfigCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "config needs a command: check, show or import");
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Tell all problems of a file, as compilers do.",
            footer = "Exit status: 0 without problems or with warnings only, 2 with errors.")
    int check(
            @Parameters(paramLabel = "FILE", description = "The configuration.") Path file,
            @Option(names = "--json", description = "As one JSON object.") boolean json) {
        Optional<String> text = read(file);
        if (text.isEmpty()) {
            return ExitStatus.USER;
        }
        Reading reading = ConfigurationReader.read(file.toString(), text.get());
        ConfigCheck check =
                devices()
                        .map(devices -> ConfigCheck.of(reading, devices))
                        .orElseGet(() -> ConfigCheck.of(reading));
        surroundings.out().print(json ? check.json() : check.text());
        return check.status();
    }

    @Command(
            mixinStandardHelpOptions = true,
            description = "Print a configuration with every default and where it comes from.")
    int show(
            @Parameters(paramLabel = "FILE", description = "The configuration.") Path file,
            @Option(names = "--json", description = "As one JSON object.") boolean json) {
        Optional<String> text = read(file);
        if (text.isEmpty()) {
            return ExitStatus.USER;
        }
        Reading reading = ConfigurationReader.read(file.toString(), text.get());
        surroundings.err().print(reading.render());
        if (reading.configuration().isEmpty()) {
            return ExitStatus.USER;
        }
        ConfigShow show = new ConfigShow(reading.configuration().get());
        surroundings.out().print(json ? show.json() : show.text());
        return ExitStatus.OK;
    }

    /** The programs whose files can be read. */
    enum Format {
        igmpproxy,
        smcroute
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description = "Print the configuration that does what another program's file says.")
    int make(
            @Parameters(paramLabel = "FILE", description = "An igmpproxy.conf or smcroute.conf.")
                    Path file,
            @Option(
                            names = "--from",
                            description =
                                    "Whose file it is: ${COMPLETION-CANDIDATES}; without it the"
                                            + " file's name tells.")
                    Optional<Format> from) {
        String name = String.valueOf(file.getFileName());
        Optional<Format> format =
                from.or(() -> {
                    for (Format known : Format.values()) {
                        if (name.contains(known.name())) {
                            return Optional.of(known);
                        }
                    }
                    return Optional.empty();
                });
        if (format.isEmpty()) {
            return userError("whose file is " + file + "? Name it: --from igmpproxy or smcroute");
        }
        Optional<String> text = read(file);
        if (text.isEmpty()) {
            return ExitStatus.USER;
        }
        surroundings
                .out()
                .print(
                        switch (format.get()) {
                            case igmpproxy -> IgmpproxyImport.read(text.get());
                            case smcroute -> SmcrouteImport.read(text.get());
                        });
        return ExitStatus.OK;
    }

    private Optional<String> read(Path file) {
        Path path = surroundings.folder().resolve(file);
        try {
            return Optional.of(new String(Files.readAllBytes(path), StandardCharsets.UTF_8));
        } catch (NoSuchFileException _) {
            userError("there is no file " + file);
        } catch (AccessDeniedException _) {
            userError("the file " + file + " may not be read by this user");
        } catch (IOException e) {
            userError(
                    Files.isDirectory(path)
                            ? file + " is a folder"
                            : "the file " + file + " cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** The names of the system's interfaces; empty where the kernel does not tell. */
    private Optional<Set<String>> devices() {
        try (LinkMonitor monitor = surroundings.kernel().get().openLinkMonitor()) {
            return Optional.of(
                    monitor.links().stream().map(Link::name).collect(Collectors.toSet()));
        } catch (KernelException _) {
            return Optional.empty(); // a check of the text alone is still of use
        }
    }

    private int userError(String sentence) {
        surroundings.err().println("mcproxy: error: " + sentence);
        return ExitStatus.USER;
    }
}
