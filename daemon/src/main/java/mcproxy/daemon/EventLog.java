package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Reason;

import java.io.PrintStream;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * The log: a line on standard error for each event, with the time or, under systemd, with the
 * priority that the journal understands (sd-daemon(3)).
 *
 * <p>Whatever is logged or not, {@link #events} has it for programs.
 *
 * <p>Everything that is logged is an event and this is the only renderer, so there is no logging
 * framework: the lightest takes 60 ms of the start, and the first query has one second.
 */
final class EventLog {
    private final PrintStream to;
    private volatile Level least;
    private final boolean journal;
    private final Throttle throttle;
    private final InstantSource timeOfDay;
    private final EventRing events;
    private final LongAdder throttled = new LongAdder();

    /**
     * What a person reads of an event.
     *
     * @param instance whose it is; empty for the daemon's
     * @param key of which kind it is where there may be any number of one kind; else empty
     */
    record Line(Level level, Optional<String> instance, String text, String key) {}

    /**
     * A log.
     *
     * @param to where lines go
     * @param least the least important level that is written
     * @param journal whether lines begin with a priority rather than with the time
     */
    EventLog(PrintStream to, Level least, boolean journal, Clock clock) {
        this(to, least, journal, clock, InstantSource.system());
    }

    /** A log of another time than now. */
    EventLog(PrintStream to, Level least, boolean journal, Clock clock, InstantSource timeOfDay) {
        this.to = to;
        this.least = least;
        this.journal = journal;
        this.throttle = new Throttle(clock);
        this.events = new EventRing(clock);
        this.timeOfDay = timeOfDay;
    }

    /** Is this level written? */
    boolean isOn(Level level) {
        return level.compareTo(least) <= 0;
    }

    /** What happens, for whoever wants to follow it. */
    EventRing events() {
        return events;
    }

    /** The least important level that is written. */
    Level level() {
        return least;
    }

    /** Writes from now on what is at least as important as this. */
    void level(Level newLeast) {
        least = newLeast;
    }

    /** Logs what happened in an instance's engine. */
    void tell(String instance, Event event) {
        tell(event, line(instance, event));
    }

    /** Logs what happened to the daemon. */
    void tell(DaemonEvent event) {
        tell(event, line(event));
    }

    private void tell(Object event, Line line) {
        events.add(event, line);
        if (isOn(line.level())) {
            long suppressed = line.key().isEmpty() ? 0 : throttle.pass(line.key());
            if (suppressed < 0) {
                throttled.increment();
            } else {
                write(line, suppressed);
            }
        }
    }

    /** How many lines were not written because others of their kind were. */
    long throttled() {
        return throttled.sum();
    }

    /** The line of what happened in an instance's engine. */
    static Line line(String instance, Event event) {
        return switch (event) {
            case Event.LinkStarted(String link, Family family, Role role, IpAddress address) ->
                    line(
                            Level.INFO,
                            instance,
                            side(role) + " " + link + " takes part in " + family + from(address));
            case Event.LinkEnded(String link, Family family, Role role) ->
                    line(
                            Level.INFO,
                            instance,
                            side(role) + " " + link + " no longer takes part in " + family);
            case Event.QuerierElected(
                            String link,
                            Family family,
                            IpAddress querier,
                            boolean self) ->
                    line(
                            Level.INFO,
                            instance,
                            self
                                    ? "we are the " + family + " querier on " + link
                                    : querier + " is the querier on " + link);
            case Event.DownstreamMembership(String link, IpAddress group, var membership) ->
                    line(
                            Level.DEBUG,
                            instance,
                            membership.isNone()
                                    ? "nobody on " + link + " wants " + group
                                    : link + " wants " + group + " " + membership);
            case Event.MembersAskedAgain(String link, Family family, int groups) ->
                    line(
                            Level.INFO,
                            instance,
                            "forgot the hosts of "
                                    + groups
                                    + (groups == 1 ? " group in " : " groups in ")
                                    + family
                                    + " on "
                                    + link
                                    + ", asking who is still there");
            case Event.UpstreamMembership(String link, IpAddress group, var membership) ->
                    line(
                            Level.DEBUG,
                            instance,
                            membership.isNone()
                                    ? "leaving " + group + " on " + link
                                    : "asking " + link + " for " + group + " " + membership);
            case Event.RouteSet(IpAddress source, IpAddress group, String incoming, var outgoing) ->
                    line(
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
                    line(Level.DEBUG, instance, "no route any more for " + route(source, group));
            case Event.UpstreamVersion(String link, Family _, var protocol) ->
                    line(Level.INFO, instance, "the querier on " + link + " speaks " + protocol);
            case Event.DownstreamVersion(String link, Family _, var protocol) ->
                    line(Level.INFO, instance, "we ask in " + protocol + " on " + link);
            case Event.ElectionLostToOlderVersion(String link, IpAddress querier, var protocol) ->
                    line(
                            Level.WARNING,
                            instance,
                            querier
                                    + " is the querier on "
                                    + link
                                    + " and speaks only "
                                    + protocol
                                    + "; source-specific members get nothing there");
            case Event.OtherVersionQuerier(String link, IpAddress sender, var heard, var ours) ->
                    line(
                            Level.WARNING,
                            instance,
                            sender
                                    + " asks in "
                                    + heard
                                    + " on "
                                    + link
                                    + ", where "
                                    + ours
                                    + " is configured; all routers of a link need the same");
            case Event.DuplicateAddress(String link, IpAddress address) ->
                    line(
                            Level.WARNING,
                            instance,
                            "another node on " + link + " uses our address " + address);
            case Event.OwnMessageHeard(String link, String sentOn, IpAddress address) ->
                    line(
                            Level.WARNING,
                            instance,
                            "what "
                                    + address
                                    + " sent on "
                                    + sentOn
                                    + " came in on "
                                    + link
                                    + ": the two are one link, or there is a loop");
            case Event.StreamOnTwoLinks(
                            IpAddress source,
                            IpAddress group,
                            String incoming,
                            String alsoOn) ->
                    line(
                            Level.WARNING,
                            instance,
                            route(source, group)
                                    + " comes in on "
                                    + alsoOn
                                    + ", too, and is taken from "
                                    + incoming
                                    + ": a loop, or two senders");
            case Event.OlderQueryForSsm(String link, var protocol, IpAddress group) ->
                    line(
                            Level.WARNING,
                            instance,
                            "the querier on "
                                    + link
                                    + " speaks "
                                    + protocol
                                    + ", which knows no sources, and "
                                    + group
                                    + " is source-specific: its channels may not arrive");
            case Event.Refused(String link, var reason, IpAddress sender) ->
                    throttled(
                            isFault(reason) ? Level.WARNING : Level.DEBUG,
                            instance,
                            "refused a packet on "
                                    + link
                                    + (sender.isUnspecified() ? "" : " from " + sender)
                                    + ": "
                                    + reason.label(),
                            "refused " + link + " " + reason);
            case Event.LimitReached(String link, IpAddress group, Event.Limit limit) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            "the limit of "
                                    + limit(limit)
                                    + " is reached on "
                                    + link
                                    + "; not taken in: "
                                    + group,
                            "limit " + link + " " + limit);
        };
    }

    /** Other protocols, later versions and what is set to be ignored are nobody's fault. */
    private static boolean isFault(Reason reason) {
        return switch (reason) {
            case UNKNOWN_TYPE, UNKNOWN_RECORD, IGNORED_VERSION -> false;
            case TOO_SHORT,
                    IP_HEADER,
                    IP_CHECKSUM,
                    FRAGMENT,
                    NOT_MEMBERSHIP,
                    CHECKSUM,
                    COUNT_EXCEEDS_LENGTH,
                    QUERY_LENGTH,
                    NOT_A_GROUP,
                    NOT_A_SOURCE,
                    HOP_LIMIT,
                    NO_ROUTER_ALERT,
                    BAD_SENDER,
                    BAD_DESTINATION,
                    OFF_SUBNET,
                    SOURCE_SPECIFIC_GROUP,
                    OWN_MESSAGE,
                    BAD_EXTENSION ->
                    true;
        };
    }

    /** The line of what happened to the daemon. */
    static Line line(DaemonEvent event) {
        return switch (event) {
            case DaemonEvent.Started(String version, String file, List<String> instances) ->
                    line(
                            Level.INFO,
                            "mcproxy "
                                    + version
                                    + " runs "
                                    + file
                                    + ": "
                                    + String.join(", ", instances));
            case DaemonEvent.Reconfigured(List<String> differences) ->
                    line(
                            Level.INFO,
                            differences.isEmpty()
                                    ? "the configuration is as it was: nothing to do"
                                    : "the configuration has changed: "
                                            + String.join("; ", differences));
            case DaemonEvent.ReloadRefused(String why) ->
                    line(Level.ERROR, "not reloaded, the earlier configuration goes on: " + why);
            case DaemonEvent.Stopping(String cause) ->
                    line(Level.INFO, cause + ": leaving groups and removing routes");
            case DaemonEvent.Stopped(long millis) ->
                    line(Level.INFO, "stopped after " + millis + " ms");
            case DaemonEvent.StopLate(String thread) ->
                    line(
                            Level.WARNING,
                            thread + " did not end in time; the kernel removes what it leaves");
            case DaemonEvent.Seeded(String instance, long seed) ->
                    line(Level.DEBUG, instance, "random seed " + seed);
            case DaemonEvent.ControlOffered(String path) ->
                    line(Level.INFO, "can be controlled through " + path);
            case DaemonEvent.ControlUnavailable(String failure) ->
                    line(
                            Level.WARNING,
                            failure
                                    + "; running without control (--control PATH names another"
                                    + " socket, --control none needs none)");
            case DaemonEvent.MetricsOffered(String address, int port) ->
                    line(Level.INFO, "metrics are at http://" + address + ":" + port + "/metrics");
            case DaemonEvent.MetricsUnavailable(String failure) ->
                    line(
                            Level.WARNING,
                            failure
                                    + "; running without (--metrics ADDRESS:PORT names another"
                                    + " address)");
            case DaemonEvent.ControlRefused(String user, String group, String request) ->
                    throttled(
                            Level.WARNING,
                            "control: "
                                    + user
                                    + " of the group "
                                    + group
                                    + " may not do "
                                    + request
                                    + " (--control-group names who may)",
                            "control refused " + user);
            case DaemonEvent.ControlLimitReached(String limit, long value) ->
                    throttled(
                            Level.WARNING,
                            "control: the limit "
                                    + limit
                                    + " of "
                                    + value
                                    + " is reached; somebody was sent away",
                            "control limit " + limit);
            case DaemonEvent.ControlFailed(String request, String failure) ->
                    throttled(
                            Level.ERROR,
                            "control: a bug in " + request + "; please report it: " + failure,
                            "control failed");
            case DaemonEvent.TableOpened(String instance, Family family, int table) ->
                    line(Level.DEBUG, instance, "opened the " + family + " table " + table);
            case DaemonEvent.TableInUse(String instance, Family family, int table) ->
                    line(
                            Level.INFO,
                            instance,
                            "somebody else has the "
                                    + family
                                    + " table "
                                    + table
                                    + "; trying the next number");
            case DaemonEvent.RuleRefused(String instance, Family family, String failure) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            "the rules that lead "
                                    + family
                                    + " packets to our table are not as they should be, trying"
                                    + " again; until then streams may stop or leak: "
                                    + failure,
                            "rule " + family + failure);
            case DaemonEvent.InterfaceMissing(String instance, String link) ->
                    line(
                            Level.WARNING,
                            instance,
                            "there is no interface " + link + " yet; waiting for it");
            case DaemonEvent.InterfaceGone(String instance, String link) ->
                    line(
                            Level.WARNING,
                            instance,
                            "the interface " + link + " has gone; waiting for it to come back");
            case DaemonEvent.InterfaceDown(String instance, String link) ->
                    line(
                            Level.WARNING,
                            instance,
                            "the interface "
                                    + link
                                    + " is down or has no carrier; waiting (ip link set "
                                    + link
                                    + " up)");
            case DaemonEvent.InterfaceWithoutMulticast(String instance, String link) ->
                    line(
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
                            int limit,
                            int waiting) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            link
                                    + " gets no "
                                    + family
                                    + " streams: the kernel's table holds "
                                    + limit
                                    + " interfaces, all are in use, and "
                                    + waiting
                                    + " more "
                                    + (waiting == 1 ? "waits" : "wait")
                                    + "; divide the interfaces among several instances, each of"
                                    + " which has a table of its own",
                            "exhausted " + family);
            case DaemonEvent.InterfaceRefused(
                            String instance,
                            Family family,
                            String link,
                            String failure) ->
                    line(
                            Level.WARNING,
                            instance,
                            link
                                    + " cannot take part in "
                                    + family
                                    + " now, trying again: "
                                    + failure);
            case DaemonEvent.RouteRefused(String instance, Effect route, String failure) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            "the kernel refuses to " + change(route) + ", trying again: " + failure,
                            "route " + failure);
            case DaemonEvent.SendFailed(
                            String instance,
                            String link,
                            String errno,
                            String failure) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            "could not send on " + link + ": " + failure,
                            "send " + link + " " + errno);
            case DaemonEvent.MailboxOverflow(String instance, Mail.Kind kind, long now, long all) ->
                    throttled(
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
                    throttled(
                            Level.WARNING,
                            "could not read the "
                                    + family
                                    + " socket of table "
                                    + table
                                    + ": "
                                    + failure,
                            "receive " + family + table);
            case DaemonEvent.SettingFailed(String path, String failure) ->
                    line(Level.WARNING, "could not change " + path + ": " + failure);
            case DaemonEvent.SettingChanged(String path, String before, String now) ->
                    line(Level.INFO, "changed " + path + " from " + before + " to " + now);
            case DaemonEvent.SourcesFiltered(String instance, String link, int filter) ->
                    line(
                            Level.WARNING,
                            instance,
                            filter == RpFilter.STRICT
                                    ? "the kernel drops streams from "
                                            + link
                                            + " whose source is not routed back over it, and no"
                                            + " default route is (set rp-filter reset, or sysctl"
                                            + " net/ipv4/conf/"
                                            + link
                                            + "/rp_filter=2)"
                                    : "the kernel drops all streams from "
                                            + link
                                            + ", as it has no route to any source (set rp-filter"
                                            + " reset, or ip route add default dev "
                                            + link
                                            + ")");
            case DaemonEvent.JournalOpened(String file) ->
                    line(Level.INFO, "recording into " + file);
            case DaemonEvent.JournalFailed(String file, String failure) ->
                    line(
                            Level.WARNING,
                            "the journal " + file + " ends here, it cannot be written: " + failure);
            case DaemonEvent.JournalFull(String file, long limitBytes) ->
                    line(
                            Level.WARNING,
                            "the journal "
                                    + file
                                    + " ends here, at its limit of "
                                    + limitBytes
                                    + " bytes (--journal-limit)");
            case DaemonEvent.LastHopStream(
                            String instance,
                            String link,
                            IpAddress source,
                            IpAddress group) ->
                    throttled(
                            Level.WARNING,
                            instance,
                            route(source, group)
                                    + " comes in on "
                                    + link
                                    + " with a "
                                    + hopLimit(group.family())
                                    + " of 1, so the kernel does not forward it; have the sender"
                                    + " use 2 or more",
                            "last hop " + link + " " + group.family());
            case DaemonEvent.MessageHeard(String instance, String link, var packet) ->
                    line(Level.TRACE, instance, "heard on " + link + ": " + PacketText.of(packet));
            case DaemonEvent.MessageSent(String instance, String link, var packet) ->
                    line(Level.TRACE, instance, "sent on " + link + ": " + PacketText.of(packet));
        };
    }

    /** A limit as it is called. */
    static String limit(Event.Limit limit) {
        return limit.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A side as it is called. */
    static String side(Role role) {
        return switch (role) {
            case UPSTREAM -> "upstream";
            case DOWNSTREAM -> "downstream";
        };
    }

    private static String from(IpAddress address) {
        return address.isUnspecified() ? ", without an address so far" : " from " + address;
    }

    private static String route(IpAddress source, IpAddress group) {
        return "(" + source + ", " + group + ")";
    }

    /** What a family calls the number of hops that a packet may still take. */
    static String hopLimit(Family family) {
        return switch (family) {
            case IPV4 -> "TTL";
            case IPV6 -> "hop limit";
        };
    }

    /** What the kernel was to do. */
    static String change(Effect effect) {
        return switch (effect) {
            case Effect.SetRoute set -> "forward " + route(set.source(), set.group());
            case Effect.DeleteRoute delete ->
                    "delete the route of " + route(delete.source(), delete.group());
            case Effect.AskUsage ask -> "count the packets of " + route(ask.source(), ask.group());
            case Effect.Send _, Effect.Tell _ -> effect.toString();
        };
    }

    private static Line line(Level level, String instance, String text) {
        return new Line(level, Optional.of(instance), text, "");
    }

    private static Line line(Level level, String text) {
        return new Line(level, Optional.empty(), text, "");
    }

    private static Line throttled(Level level, String instance, String text, String key) {
        return new Line(level, Optional.of(instance), text, instance + " " + key);
    }

    private static Line throttled(Level level, String text, String key) {
        return new Line(level, Optional.empty(), text, key);
    }

    private void write(Line line, long suppressed) {
        String start =
                journal
                        ? "<" + line.level().priority() + ">"
                        : timeOfDay.instant().truncatedTo(ChronoUnit.MILLIS) + " ";
        to.println(
                start
                        + line.level().prefix()
                        + line.instance().map(instance -> instance + ": ").orElse("")
                        + line.text()
                        + (suppressed == 0 ? "" : " (and " + suppressed + " more like it)"));
    }
}
