package mcproxy.lab.sim;

import mcproxy.wire.Decoded;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;

import java.util.List;

/**
 * The multicast router at the root of the tree, with all senders of the world behind it; not ours,
 * but one that follows the RFC.
 */
final class TopRouter implements Port.Owner {
    private final World world;
    private final Settings settings;
    private final Port port;
    private final RouterModel model;
    private Protocol protocol;
    private int startupLeft;

    TopRouter(World world, Segment segment, IpAddress address) {
        this.world = world;
        this.settings = segment.settings();
        this.port = new Port(segment, address, this);
        this.model = new RouterModel(settings, false, Scenario.Room.AMPLE);
        this.protocol = settings.protocol();
        this.startupLeft = settings.robustness();
        model.querier(true);
        segment.attach(port);
        world.agenda().in(Agenda.MILLI, this::askGeneral);
    }

    Port port() {
        return port;
    }

    Protocol protocol() {
        return protocol;
    }

    /** Speaks another version from its next query on, which is soon. */
    void speak(Protocol other) {
        protocol = other;
    }

    private long now() {
        return world.agenda().now();
    }

    private void askGeneral() {
        ask(World.allHosts(protocol.family()), protocol.family().unspecified(), List.of(), false);
        startupLeft--;
        long pause =
                startupLeft > 0 ? settings.queryIntervalNanos() / 4 : settings.queryIntervalNanos();
        world.agenda().in(pause, this::askGeneral);
    }

    private void ask(IpAddress to, IpAddress group, List<IpAddress> sources, boolean suppress) {
        boolean general = group.isUnspecified();
        boolean v3 = protocol.generation() == 3;
        int millis =
                protocol == Protocol.IGMPV1
                        ? 10_000
                        : general
                                ? settings.queryResponseSeconds() * 1000
                                : settings.lastMemberMillis();
        Message query =
                new Message.Query(
                        protocol,
                        group,
                        millis,
                        v3 && suppress,
                        v3 ? settings.robustness() : 0,
                        v3 ? settings.queryIntervalSeconds() : 0,
                        v3 ? sources : List.of());
        port.segment().send(port, Packet.toSend(port.address(), to, query));
    }

    @Override
    public void heard(Port at, Decoded<Packet> decoded, boolean illegal) {
        if (illegal || !(decoded instanceof Decoded.Value<Packet>(Packet packet))) {
            return;
        }
        for (RouterModel.Ask ask : model.heard(packet.message(), now())) {
            if (protocol.generation() > 1) {
                repeat(ask, settings.robustness());
            }
        }
    }

    private void repeat(RouterModel.Ask ask, int left) {
        RouterModel.Group state = model.groups(now()).get(ask.group());
        if (left == 0 || state == null) {
            return;
        }
        long soon = now() + settings.lastMemberTimeNanos();
        if (ask.isWholeGroup()) {
            ask(ask.group(), ask.group(), List.of(), state.groupEnd() > soon);
        } else if (protocol.generation() == 3) {
            List<IpAddress> running =
                    ask.sources().stream().filter(state.running()::containsKey).toList();
            List<IpAddress> renewed =
                    running.stream()
                            .filter(s -> state.running().getOrDefault(s, 0L) > soon)
                            .toList();
            List<IpAddress> asked = running.stream().filter(s -> !renewed.contains(s)).toList();
            if (!renewed.isEmpty()) {
                ask(ask.group(), ask.group(), renewed, true);
            }
            if (!asked.isEmpty()) {
                ask(ask.group(), ask.group(), asked, false);
            }
        }
        world.agenda().in(settings.lastMemberQueryNanos(), () -> repeat(ask, left - 1));
    }

    boolean wants(IpAddress group, IpAddress source) {
        return model.wants(group, source, now());
    }

    /** A sender beyond the router sends. */
    void fromOutside(DataPacket packet) {
        if (model.wants(packet.group(), packet.source(), now())) {
            world.oracle().forwardedDown(port.segment(), packet, "top");
            port.segment().sendData(port, packet);
        }
    }

    @Override
    public void arrived(Port at, DataPacket packet) {}
}
