package mcproxy.daemon;

import mcproxy.core.InterfacePattern;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.ProxySettings;
import mcproxy.core.Timers;
import mcproxy.daemon.InstancePlan.PlannedLink;
import mcproxy.kernel.Link;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Values that several tests use. */
final class Examples {
    static final IpAddress GROUP = IpAddress.of("239.1.2.3");
    static final IpAddress GROUP_6 = IpAddress.of("ff1e::1:2:3");
    static final IpAddress SOURCE = IpAddress.of("10.0.0.9");
    static final IpAddress OTHER_SOURCE = IpAddress.of("10.0.0.8");

    private Examples() {}

    /** A plan with one upstream, both families. */
    static InstancePlan plan(String upstream, String... downstreams) {
        List<PlannedLink> links = new ArrayList<>();
        links.add(planned(upstream, Role.UPSTREAM, 0));
        for (int i = 0; i < downstreams.length; i++) {
            links.add(planned(downstreams[i], Role.DOWNSTREAM, i));
        }
        return new InstancePlan(
                "tv",
                0,
                List.of(Family.IPV4, Family.IPV6),
                ProxySettings.DEFAULT,
                links,
                RpFilter.Care.LEAVE);
    }

    private static PlannedLink planned(String name, Role role, int order) {
        return new PlannedLink(new InterfacePattern(name), role, settings(role, order), Map.of());
    }

    private static Map<Family, LinkSettings> settings(Role role, int order) {
        Timers timers =
                Timers.with(
                        2,
                        Duration.ofSeconds(125),
                        Duration.ofSeconds(10),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Duration.ofSeconds(1),
                        OptionalInt.empty());
        return Map.of(
                Family.IPV4, new LinkSettings(role, order, Protocol.IGMPV3, timers),
                Family.IPV6, new LinkSettings(role, order, Protocol.MLDV2, timers));
    }

    /** An interface that is up; addresses with their prefix lengths. */
    static Link link(int index, String name, String... addresses) {
        return new Link(
                index,
                name,
                true,
                true,
                1500,
                "02:00:00:00:00:01",
                Arrays.stream(addresses).map(Examples::address).toList());
    }

    static Link.Address address(String text) {
        String[] parts = text.split("/", -1);
        return new Link.Address(IpAddress.of(parts[0]), Integer.parseInt(parts[1]), true);
    }

    /** The interface without the ability to be used. */
    static Link down(Link link) {
        return new Link(
                link.index(),
                link.name(),
                false,
                link.multicast(),
                link.mtu(),
                link.hardwareAddress(),
                link.addresses());
    }

    /** The packet as it is on the wire, from the IP header on. */
    static ByteBuffer bytes(Packet packet) {
        if (packet.message().family() == Family.IPV4) {
            ByteBuffer bytes = ByteBuffer.allocate(Ipv4Envelope.size(packet));
            Ipv4Envelope.encode(packet, bytes);
            return bytes.flip();
        }
        ByteBuffer bytes = ByteBuffer.allocate(Ipv6Envelope.size(packet));
        Ipv6Envelope.encode(packet, bytes);
        return bytes.flip();
    }

    /** An IGMPv3 report of one record, as a host sends it. */
    static Packet report(RecordType type, IpAddress group, IpAddress... sources) {
        boolean ipv4 = group.family() == Family.IPV4;
        return Packet.toSend(
                IpAddress.of(ipv4 ? "10.0.1.50" : "fe80::50"),
                IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16"),
                new Message.Report(
                        Protocol.newest(group.family()),
                        List.of(new GroupRecord(type, group, List.of(sources)))));
    }
}
