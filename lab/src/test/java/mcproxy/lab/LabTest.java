package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The lab's tools against the kernel, without any proxy. */
@InSandbox
class LabTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static Host addressed(Host host, int number) {
        host.address("eth0", "10.0.0." + number + "/24");
        host.address("eth0", "2001:db8::" + number + "/64");
        return host;
    }

    @Test
    void aHostIsAloneUntilLinked() {
        try (Lab lab = Lab.open()) {
            Host one = lab.host("one");
            assertThat(one.ip("-o", "link", "show").lines())
                    .singleElement()
                    .asString()
                    .contains("lo:");
            assertThat(Path.of("/proc/self/net/dev"))
                    .content()
                    .as("nothing but lo outside of the hosts: this is the sandbox")
                    .satisfies(text -> assertThat(text.lines().skip(2)).hasSize(1));
        }
        assertThat(Command.run("ip", "netns", "list")).isEmpty();
    }

    @Test
    void aFailingCommandSaysWhatItWroteAndHow() {
        try (Lab lab = Lab.open()) {
            Host one = lab.host("one");
            assertThatThrownBy(() -> one.ip("link", "set", "nowhere", "up"))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("ip -n one link set nowhere up: exit status 1")
                    .hasMessageContaining("Cannot find device");
            assertThatThrownBy(() -> one.sysctl("net.ipv4.no_such_thing", 1))
                    .isInstanceOf(LabException.class)
                    .hasMessageContaining("one: cannot set net.ipv4.no_such_thing");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 239.1.1.1, ",
        "10.0.0.1, 232.1.1.1, 10.0.0.1",
        "2001:db8::1, ff0e::1:1, ",
        "2001:db8::1, ff3e::8000:1, 2001:db8::1"
    })
    void aStreamArrivesOnADirectLink(String source, String group, String wantedSource) {
        try (Lab lab = Lab.open()) {
            Host sender = lab.host("sender");
            Host receiver = lab.host("receiver");
            lab.link(sender, "eth0", receiver, "eth0");
            addressed(sender, 1);
            sender.address("eth0", "10.0.0.9/24");
            sender.address("eth0", "2001:db8::9/64");
            addressed(receiver, 2);
            receiver.awaitLinkLocal("eth0");
            LinkCapture capture = LinkCapture.start(receiver, "eth0");
            var stream = new MulticastStream(IpAddress.of(source), IpAddress.of(group), 5000, 500);
            boolean ipv6 = source.contains(":");
            var other =
                    new MulticastStream(
                            IpAddress.of(ipv6 ? "2001:db8::9" : "10.0.0.9"),
                            stream.group(),
                            5000,
                            500);
            StreamSender sending = StreamSender.start(sender, "eth0", stream);
            StreamSender alsoSending = StreamSender.start(sender, "eth0", other);
            StreamReceiver joined =
                    StreamReceiver.join(
                            receiver,
                            "eth0",
                            wantedSource == null
                                    ? Subscription.anySource(stream.group(), 5000)
                                    : Subscription.channel(
                                            IpAddress.of(wantedSource), stream.group(), 5000));
            Await.until(
                    PATIENCE,
                    () -> "200 packets, of " + joined.received() + sending.failure(),
                    () -> joined.received().packets() >= 200);
            Await.until(
                    PATIENCE,
                    "200 packets of the other source on the link",
                    () ->
                            capture.flow(other.source(), other.group())
                                            .map(LinkCapture.Count::packets)
                                            .orElse(0L)
                                    >= 200);
            var received = joined.received();
            assertThat(received.lost()).isZero();
            assertThat(received.duplicates()).isZero();
            assertThat(received.unwanted()).isZero();
            assertThat(received.joinToFirst()).isPresent();
            assertThat(capture.flow(stream.source(), stream.group()))
                    .hasValueSatisfying(count -> assertThat(count.packets()).isPositive());
            joined.leave();
            assertThat(joined.leftNanos()).isPresent();
            assertThat(alsoSending.failure()).isEmpty();

            RecordType join = wantedSource == null ? RecordType.TO_EX : RecordType.ALLOW;
            RecordType leave = wantedSource == null ? RecordType.TO_IN : RecordType.BLOCK;
            List<IpAddress> sources =
                    wantedSource == null ? List.of() : List.of(IpAddress.of(wantedSource));
            for (RecordType type : List.of(join, leave)) {
                Await.until(
                        PATIENCE,
                        () -> type + " among " + capture.membership(_ -> true),
                        () ->
                                capture.first(seen ->
                                                seen.outgoing()
                                                        && seen.packet().message()
                                                                instanceof Message.Report report
                                                        && report.records()
                                                                .contains(
                                                                        new GroupRecord(
                                                                                type,
                                                                                stream.group(),
                                                                                sources)))
                                        .isPresent());
            }
            assertThat(capture.malformed()).isEmpty();
            assertThat(capture.forgotten()).isZero();
        }
    }

    @Test
    void hostsSpeakTheVersionsThatTheyAreTold() {
        try (Lab lab = Lab.open()) {
            Host host = lab.host("host");
            Host listener = lab.host("listener");
            lab.link(host, "eth0", listener, "eth0");
            addressed(host, 1);
            addressed(listener, 2);
            host.awaitLinkLocal("eth0");
            host.igmpVersion("eth0", 2);
            host.mldVersion("eth0", 1);
            LinkCapture capture = LinkCapture.start(listener, "eth0");
            for (String group : List.of("239.1.1.1", "ff0e::1:1")) {
                IpAddress address = IpAddress.of(group);
                StreamReceiver.join(host, "eth0", Subscription.anySource(address, 5000));
                Await.until(
                        PATIENCE,
                        () -> "an old report among " + capture.membership(_ -> true),
                        () ->
                                capture.first(seen ->
                                                seen.packet().message()
                                                                instanceof Message.OldReport report
                                                        && report.group().equals(address))
                                        .isPresent());
            }
        }
    }

    @Test
    void twoHostsShareABridgedLink() {
        try (Lab lab = Lab.open()) {
            Host sender = lab.host("sender");
            Host hub = lab.host("hub");
            Host one = lab.host("one");
            Host two = lab.host("two");
            lab.link(sender, "eth0", hub, "p0");
            lab.link(one, "eth0", hub, "p1");
            lab.link(two, "eth0", hub, "p2");
            lab.bridge(hub, "br0", "p0", "p1", "p2");
            addressed(sender, 1);
            addressed(one, 2);
            addressed(two, 3);
            IpAddress group = IpAddress.of("239.1.1.1");
            StreamSender.start(
                    sender,
                    "eth0",
                    new MulticastStream(IpAddress.of("10.0.0.1"), group, 5000, 200));
            for (Host host : List.of(one, two)) {
                StreamReceiver joined =
                        StreamReceiver.join(host, "eth0", Subscription.anySource(group, 5000));
                Await.until(
                        PATIENCE,
                        () -> "packets at " + host,
                        () -> joined.received().packets() > 10);
            }
        }
    }

    @Test
    void aCaptureCanBeReadByOthers() {
        try (Lab lab = Lab.open()) {
            Host host = lab.host("host");
            Host listener = lab.host("listener");
            lab.link(host, "eth0", listener, "eth0");
            addressed(host, 1);
            addressed(listener, 2);
            LinkCapture capture = LinkCapture.start(listener, "eth0");
            IpAddress group = IpAddress.of("239.1.1.1");
            StreamReceiver.join(host, "eth0", Subscription.anySource(group, 5000));
            Await.until(
                    PATIENCE,
                    "the report",
                    () -> capture.first(seen -> seen.reports(group)).isPresent());
            Path file = lab.folder().resolve("link.pcap");
            capture.writePcap(file);
            assumeThat(Path.of("/usr/bin/tshark")).as("tshark reads the file").exists();
            assertThat(
                            Command.run(
                                    "tshark",
                                    "-r",
                                    file.toString(),
                                    "-Y",
                                    "igmp.maddr == 239.1.1.1 && !_ws.malformed"))
                    .contains("Membership Report");
        }
    }

    @Test
    void aProcessRunsInItsHostsNetworkAndEndsWhenTold() {
        try (Lab lab = Lab.open()) {
            Host host = lab.host("host");
            LabProcess process =
                    host.start(
                            "watcher",
                            List.of(
                                    "sh",
                                    "-c",
                                    "trap 'echo told; exit 7' TERM; ip netns identify $$; echo up;"
                                            + " while :; do sleep 0.05; done"));
            Await.until(PATIENCE, "its start", () -> process.tail(1).equals(List.of("up")));
            assertThat(process.tail(9)).contains("host");
            LabProcess.Ended ended = process.stop(PATIENCE);
            assertThat(ended.status()).isEqualTo(7);
            assertThat(ended.killed()).isFalse();
            assertThat(process.tail(1)).containsExactly("told");
        }
    }
}
