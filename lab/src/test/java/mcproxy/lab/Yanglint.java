package mcproxy.lab;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** libyang's validator with the modules of RFC 8652 and RFC 9398. */
final class Yanglint {
    private static final Path PROGRAM = Path.of("/usr/bin/yanglint");

    /** Modules with the features that a daemon has, as docs/yang.md lists them. */
    private static final List<String> FEATURES =
            List.of(
                    "ietf-interfaces:",
                    "ietf-ip:",
                    "ietf-igmp-mld:feature-igmp,feature-mld,per-interface-config,"
                            + "intf-immediate-leave,intf-max-groups,intf-max-group-sources,"
                            + "intf-require-router-alert,intf-ssm-map,intf-static-group,"
                            + "intf-verify-source-subnet,intf-explicit-tracking,"
                            + "intf-lite-exclude-filter",
                    "ietf-igmp-mld-proxy:igmp-proxy,mld-proxy");

    private static final List<String> MODULES =
            List.of(
                    "iana-if-type@2014-05-08.yang",
                    "ietf-interfaces@2018-02-20.yang",
                    "ietf-ip@2018-02-22.yang",
                    "ietf-routing@2018-03-13.yang",
                    "ietf-pim-base@2022-10-19.yang", // a proxy's upstream must not be in it
                    "ietf-igmp-mld@2019-11-01.yang",
                    "ietf-igmp-mld-proxy@2023-05-30.yang");

    private static final Path DEVIATIONS =
            Path.of("src/test/resources/yang/mcproxy-deviations.yang").toAbsolutePath();

    private final Path modules;

    private Yanglint(Path modules) {
        this.modules = modules;
    }

    /** The program with its modules; whoever asks is skipped where one of them is missing. */
    static Yanglint orSkip() {
        assumeThat(PROGRAM)
                .as("yanglint validates YANG data; install it with: apt-get install libyang-tools")
                .exists();
        Optional<Path> modules = modules();
        assumeThat(modules)
                .as("the IETF's YANG modules are not in the tree; put them into ../shared/yang")
                .isPresent();
        return new Yanglint(modules.orElseThrow());
    }

    /** They stand beside the clone, or beside a folder that it is in. */
    private static Optional<Path> modules() {
        Path clone = Path.of("..").toAbsolutePath().normalize();
        return Stream.iterate(clone.getParent(), at -> at != null, Path::getParent)
                .map(at -> at.resolve("shared/yang"))
                .filter(folder -> MODULES.stream().map(folder::resolve).allMatch(Files::exists))
                .findFirst();
    }

    /**
     * Validates the data of a whole datastore.
     *
     * @return what is wrong with it; empty when nothing is
     */
    String validate(Path data) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), "-t", "data"));
        command.addAll(List.of("-p", modules.toString()));
        FEATURES.forEach(feature -> command.addAll(List.of("-F", feature)));
        MODULES.forEach(module -> command.add(modules.resolve(module).toString()));
        command.add(DEVIATIONS.toString());
        command.add(data.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("yanglint did not end; it said " + said);
        }
        String errors =
                said.lines()
                        .filter(line -> !line.startsWith("libyang warn")) // of modules, not of data
                        .reduce("", (before, line) -> before + line + "\n");
        return process.exitValue() != 0 && errors.isEmpty()
                ? "exit status " + process.exitValue()
                : errors;
    }
}
