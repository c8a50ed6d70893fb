package mcproxy.lab.sim;

import mcproxy.core.LinkSettings;

import org.jspecify.annotations.Nullable;

/** An interface of a proxy. */
final class Leg {
    private final String name;
    private final LinkSettings.Role role;
    private final int order;
    private final Settings settings;
    private final Port port;
    private int ifindex;
    private boolean up;

    /** Watches this interface while it is up: one of the two, by its role. */
    @Nullable RouterAudit routerAudit;

    @Nullable HostAudit hostAudit;

    private long secondStartedAt;
    private int sentInSecond;

    Leg(String name, LinkSettings.Role role, int order, int ifindex, Settings settings, Port port) {
        this.name = name;
        this.role = role;
        this.order = order;
        this.ifindex = ifindex;
        this.settings = settings;
        this.port = port;
    }

    String name() {
        return name;
    }

    LinkSettings.Role role() {
        return role;
    }

    boolean isDownstream() {
        return role == LinkSettings.Role.DOWNSTREAM;
    }

    int order() {
        return order;
    }

    Settings settings() {
        return settings;
    }

    Port port() {
        return port;
    }

    int ifindex() {
        return ifindex;
    }

    void ifindex(int newIfindex) {
        ifindex = newIfindex;
    }

    boolean isUp() {
        return up;
    }

    void up(boolean isUp) {
        up = isUp;
        port.up(isUp);
    }

    /** Counts a message; gives how many there were in this second. */
    int countSent(long now) {
        if (now - secondStartedAt > Agenda.SECOND) {
            secondStartedAt = now;
            sentInSecond = 0;
        }
        return ++sentInSecond;
    }
}
