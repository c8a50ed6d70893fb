package mcproxy.daemon;

import static mcproxy.daemon.Examples.link;

import mcproxy.config.ConfigurationReader;
import mcproxy.control.Counter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A daemon on a kernel in memory, which has wan0, lan0 and lan1, and what controls it. */
final class ControlledDaemon {
    static final int WAN = 2;
    static final int LAN0 = 3;
    static final int LAN1 = 4;

    final FakeKernel kernel = new FakeKernel();
    final LogText text = new LogText();
    private Optional<Proxy> proxy = Optional.empty();

    /**
     * Starts it, and waits until it hears.
     *
     * @param folder where its file is written
     * @param ofServer what the server of its control has counted
     */
    RunningControl start(Path folder, String configuration, Counter... ofServer) throws Exception {
        kernel.monitor().set(link(WAN, "wan0", "10.0.0.1/24"));
        kernel.monitor().set(link(LAN0, "lan0", "10.0.1.1/24"));
        kernel.monitor().set(link(LAN1, "lan1", "10.0.2.1/24"));
        Path file = Files.writeString(folder.resolve("mcproxy.conf"), configuration);
        Clock clock = Clock.startingNow();
        EventLog log = text.log(clock);
        Proxy started =
                Proxy.start(
                        ConfigurationReader.read(file.toString(), configuration)
                                .configuration()
                                .orElseThrow(),
                        kernel,
                        new SplittableRandom(1),
                        clock,
                        log,
                        Journal.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        proxy = Optional.of(started);
        var _ = started.<Boolean>ask(Optional.empty(), Mail.Ready::new);
        return new RunningControl(
                started,
                new RunningConfiguration(started, file, log, text.stream()::print),
                log,
                clock,
                () -> List.of(ofServer),
                (_, _) -> 0);
    }

    /** Ends it, if it was started. */
    void stop() throws InterruptedException {
        if (proxy.isPresent()) {
            proxy.get().stop();
        }
    }
}
