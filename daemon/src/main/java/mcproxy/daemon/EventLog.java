package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * The log: a line on standard error for each event, with the time or, under systemd, with the
 * priority that the journal understands (sd-daemon(3)).
 *
 * <p>Everything that is logged is an event and this is the only renderer, so there is no logging
 * framework: the lightest takes 60 ms of the start, and the first query has one second.
 */
final class EventLog {
    private final PrintStream to;
    private final Level least;
    private final boolean journal;
    private final Throttle throttle;

    /**
     * A log.
     *
     * @param to where lines go
     * @param least the least important level that is written
     * @param journal whether lines begin with a priority rather than with the time
     */
    EventLog(PrintStream to, Level least, boolean journal, Clock clock) {
        this.to = to;
        this.least = least;
        this.journal = journal;
        this.throttle = new Throttle(clock);
    }

    /** Is this level written? */
    boolean isOn(Level level) {
        return level.compareTo(least) <= 0;
    }

    /** Logs what happened in an instance's engine. */
    void tell(String instance, Event event) {
        switch (event) {
            case Event.LinkStarted(String link, Family family, Role role, IpAddress address) ->
                    write(
                            Level.INFO,
                            instance,
                            side(role)
                                    + " "
                                    + link
                                    + " takes part in "
                                    + name(family)
                                    + from(address));
            case Event.LinkEnded(String link, Family family, Role role) ->
                    write(
                            Level.INFO,
                            instance,
                            side(role) + " " + link + " no longer takes part in " + name(family));
            case Event.QuerierElected(
                            String link,
                            Family family,
                            IpAddress querier,
                            boolean self) ->
                    write(
                            Level.INFO,
                            instance,
                            self
                                    ? "we are the " + name(family) + " querier on " + link
                                    : querier + " is the querier on " + link);
            case Event.DownstreamMembership(String link, IpAddress group, var membership) ->
                    write(
                            Level.DEBUG,
                            instance,
                            membership.isNone()
                                    ? "nobody on " + link + " wants " + group
                                    : link + " wants " + group + " " + membership);
            case Event.UpstreamMembership(String link, IpAddress group, var membership) ->
                    write(
                            Level.DEBUG,
                            instance,
                            membership.isNone()
                                    ? "leaving " + group + " on " + link
                                    : "asking " + link + " for " + group + " " + membership);
            case Event.RouteSet(IpAddress source, IpAddress group, String incoming, var outgoing) ->
                    write(
                            Level.DEBUG,
                            instance,
                            outgoing.isEmpty()
                                    ? "dropping " + route(source, group) + " from " + incoming
                                    : "forwarding "
                                            + route(source, group)
                                            + " from "
                                            + incoming
                                            + " to "
                                            + String.join(", ", outgoing));
            case Event.RouteDeleted(IpAddress source, IpAddress group) ->
                    write(Level.DEBUG, instance, "no route any more for " + route(source, group));
            case Event.UpstreamVersion(String link, Family _, var protocol) ->
                    write(Level.INFO, instance, "the querier on " + link + " speaks " + protocol);
            case Event.Refused(String link, var reason, IpAddress sender) ->
                    writeThrottled(
                            Level.WARNING,
                            instance,
                            "refused a packet on "
                                    + link
                                    + (sender.isUnspecified() ? "" : " from " + sender)
                                    + ": "
                                    + reason.label(),
                            "refused " + link + " " + reason);
            case Event.LimitReached(String link, IpAddress group, Event.Limit limit) ->
                    writeThrottled(
                            Level.WARNING,
                            instance,
                            "the limit of "
                                    + limit.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                                    + " is reached on "
                                    + link
                                    + "; not taken in: "
                                    + group,
                            "limit " + link + " " + limit);
        }
    }

    /** Logs what happened to the daemon. */
    void tell(DaemonEvent event) {
        switch (event) {
            case DaemonEvent.Started(String version, String file, List<String> instances) ->
                    write(
                            Level.INFO,
                            "mcproxy "
                                    + version
                                    + " runs "
                                    + file
                                    + ": "
                                    + String.join(", ", instances));
            case DaemonEvent.Stopping(String cause) ->
                    write(Level.INFO, cause + ": leaving groups and removing routes");
            case DaemonEvent.Stopped(long millis) ->
                    write(Level.INFO, "stopped after " + millis + " ms");
            case DaemonEvent.StopLate(String thread) ->
                    write(
                            Level.WARNING,
                            thread + " did not end in time; the kernel removes what it leaves");
            case DaemonEvent.Seeded(String instance, long seed) ->
                    write(Level.DEBUG, instance, "random seed " + seed);
            case DaemonEvent.TableOpened(String instance, Family family, int table) ->
                    write(Level.DEBUG, instance, "opened the " + name(family) + " table " + table);
            case DaemonEvent.TableNeedsRules(
                            String instance,
                            Family family,
                            int table,
                            List<String> links) ->
                    write(
                            Level.WARNING,
                            instance,
                            "the kernel looks into the "
                                    + name(family)
                                    + " table "
                                    + table
                                    + " only where a rule says so; if there is none yet: "
                                    + rules(family, table, links));
            case DaemonEvent.InterfaceMissing(String instance, String link) ->
                    write(
                            Level.WARNING,
                            instance,
                            "there is no interface " + link + " yet; waiting for it");
            case DaemonEvent.InterfaceGone(String instance, String link) ->
                    write(
                            Level.WARNING,
                            instance,
                            "the interface " + link + " has gone; waiting for it to come back");
            case DaemonEvent.InterfaceDown(String instance, String link) ->
                    write(
                            Level.WARNING,
                            instance,
                            "the interface "
                                    + link
                                    + " is down or has no carrier; waiting (ip link set "
                                    + link
                                    + " up)");
            case DaemonEvent.InterfaceWithoutMulticast(String instance, String link) ->
                    write(
                            Level.WARNING,
                            instance,
                            "the interface "
                                    + link
                                    + " cannot multicast; waiting (ip link set "
                                    + link
                                    + " multicast on)");
            case DaemonEvent.InterfacesExhausted(
                            String instance,
                            Family family,
                            String link,
                            int limit) ->
                    write(
                            Level.WARNING,
                            instance,
                            link
                                    + " cannot take part in "
                                    + name(family)
                                    + ": the kernel's table holds "
                                    + limit
                                    + " interfaces and all are in use; move some to another"
                                    + " instance");
            case DaemonEvent.InterfaceRefused(
                            String instance,
                            Family family,
                            String link,
                            String failure) ->
                    write(
                            Level.WARNING,
                            instance,
                            link
                                    + " cannot take part in "
                                    + name(family)
                                    + " now, trying again: "
                                    + failure);
            case DaemonEvent.RouteRefused(String instance, Effect route, String failure) ->
                    writeThrottled(
                            Level.WARNING,
                            instance,
                            "the kernel refuses to " + change(route) + ", trying again: " + failure,
                            "route " + failure);
            case DaemonEvent.SendFailed(
                            String instance,
                            String link,
                            String errno,
                            String failure) ->
                    writeThrottled(
                            Level.WARNING,
                            instance,
                            "could not send on " + link + ": " + failure,
                            "send " + link + " " + errno);
            case DaemonEvent.MailboxOverflow(String instance, Mail.Kind kind, long now, long all) ->
                    writeThrottled(
                            Level.WARNING,
                            instance,
                            "dropped "
                                    + now
                                    + " "
                                    + kind
                                    + ", too many at once; "
                                    + all
                                    + " in all",
                            "overflow " + kind);
            case DaemonEvent.ReceiveFailed(Family family, int table, String failure) ->
                    writeThrottled(
                            Level.WARNING,
                            "could not read the "
                                    + name(family)
                                    + " socket of table "
                                    + table
                                    + ": "
                                    + failure,
                            "receive " + family + table);
            case DaemonEvent.SettingFailed(String path, String failure) ->
                    write(Level.WARNING, "could not change " + path + ": " + failure);
            case DaemonEvent.SettingChanged(String path, String before, String now) ->
                    write(Level.INFO, "changed " + path + " from " + before + " to " + now);
            case DaemonEvent.MessageHeard(String instance, String link, var packet) ->
                    write(Level.TRACE, instance, "heard on " + link + ": " + PacketText.of(packet));
            case DaemonEvent.MessageSent(String instance, String link, var packet) ->
                    write(Level.TRACE, instance, "sent on " + link + ": " + PacketText.of(packet));
        }
    }

    private static String side(Role role) {
        return switch (role) {
            case UPSTREAM -> "upstream";
            case DOWNSTREAM -> "downstream";
        };
    }

    /** The family's name, for people. */
    static String name(Family family) {
        return switch (family) {
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
        };
    }

    private static String from(IpAddress address) {
        return address.isUnspecified() ? ", without an address so far" : " from " + address;
    }

    private static String route(IpAddress source, IpAddress group) {
        return "(" + source + ", " + group + ")";
    }

    private static String change(Effect effect) {
        return switch (effect) {
            case Effect.SetRoute set -> "forward " + route(set.source(), set.group());
            case Effect.DeleteRoute delete ->
                    "delete the route of " + route(delete.source(), delete.group());
            case Effect.AskUsage ask -> "count the packets of " + route(ask.source(), ask.group());
            case Effect.Send _, Effect.Tell _ -> effect.toString();
        };
    }

    private static String rules(Family family, int table, List<String> links) {
        String ip = family == Family.IPV4 ? "ip" : "ip -6";
        return String.join(
                "; ",
                links.stream()
                        .map(link -> ip + " mrule add iif " + link + " lookup " + table)
                        .toList());
    }

    private void write(Level level, String instance, String text) {
        write(level, instance + ": " + text);
    }

    private void writeThrottled(Level level, String instance, String text, String key) {
        writeThrottled(level, instance + ": " + text, instance + " " + key);
    }

    private void writeThrottled(Level level, String text, String key) {
        if (!isOn(level)) {
            return;
        }
        long suppressed = throttle.pass(key);
        if (suppressed >= 0) {
            write(level, suppressed == 0 ? text : text + " (and " + suppressed + " more like it)");
        }
    }

    private void write(Level level, String text) {
        if (!isOn(level)) {
            return;
        }
        String start =
                journal
                        ? "<" + level.priority() + ">"
                        : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " ";
        to.println(start + level.prefix() + text);
    }
}
