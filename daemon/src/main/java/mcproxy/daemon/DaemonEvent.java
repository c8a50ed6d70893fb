package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.util.List;

/** What happened to the daemon itself, as a value; the engines' events are in {@code core}. */
sealed interface DaemonEvent {
    /** The program begins to run; the first event of all. */
    record Started(String version, String file, List<String> instances) implements DaemonEvent {
        /** Copies the list. */
        public Started {
            instances = List.copyOf(instances);
        }
    }

    /**
     * Another configuration is carried out.
     *
     * @param differences in words; none when nothing is different
     */
    record Reconfigured(List<String> differences) implements DaemonEvent {
        /** Copies the list. */
        public Reconfigured {
            differences = List.copyOf(differences);
        }
    }

    /** A configuration was not taken; the earlier one goes on. */
    record ReloadRefused(String why) implements DaemonEvent {}

    /** The program begins to end. */
    record Stopping(String cause) implements DaemonEvent {}

    /** The program has ended as it should. */
    record Stopped(long millis) implements DaemonEvent {}

    /** A thread did not end in time; its work is left to the kernel. */
    record StopLate(String thread) implements DaemonEvent {}

    /** The random numbers of an instance; with them its behaviour can be repeated. */
    record Seeded(String instance, long seed) implements DaemonEvent {}

    /** The daemon can be controlled through this socket. */
    record ControlOffered(String path) implements DaemonEvent {}

    /** The control socket cannot be had; all else goes on. */
    record ControlUnavailable(String failure) implements DaemonEvent {}

    /** Metrics can be read on a TCP address. */
    record MetricsOffered(String address, int port) implements DaemonEvent {}

    /** Metrics cannot be offered on a TCP address; the daemon runs without. */
    record MetricsUnavailable(String failure) implements DaemonEvent {}

    /** Somebody who may not change anything tried to. */
    record ControlRefused(String user, String group, String request) implements DaemonEvent {}

    /** A limit of the control socket was reached. */
    record ControlLimitReached(String limit, long value) implements DaemonEvent {}

    /** A request could not be answered because of a bug of ours. */
    record ControlFailed(String request, String failure) implements DaemonEvent {}

    /** A multicast routing table is ours. */
    record TableOpened(String instance, Family family, int table) implements DaemonEvent {}

    /** A table that was to be ours has another owner; the next number is tried. */
    record TableInUse(String instance, Family family, int table) implements DaemonEvent {}

    /** The kernel does not take a rule for the table, or does not give it up. */
    record RuleRefused(String instance, Family family, String failure) implements DaemonEvent {}

    /** An interface of the configuration does not exist (yet). */
    record InterfaceMissing(String instance, String link) implements DaemonEvent {}

    /** An interface of the configuration exists no longer, or under another name. */
    record InterfaceGone(String instance, String link) implements DaemonEvent {}

    /** An interface of the configuration is down or has no carrier. */
    record InterfaceDown(String instance, String link) implements DaemonEvent {}

    /** An interface of the configuration cannot multicast. */
    record InterfaceWithoutMulticast(String instance, String link) implements DaemonEvent {}

    /**
     * An interface needs a place in the table, and all that have one need theirs.
     *
     * @param limit how many places there are
     * @param waiting how many interfaces wait for one, this one included
     */
    record InterfacesExhausted(String instance, Family family, String link, int limit, int waiting)
            implements DaemonEvent {}

    /** The kernel does not take an interface into the table. */
    record InterfaceRefused(String instance, Family family, String link, String failure)
            implements DaemonEvent {}

    /** The kernel does not take a forwarding entry, or does not give it up. */
    record RouteRefused(String instance, Effect route, String failure) implements DaemonEvent {}

    /** A message could not be sent. */
    record SendFailed(String instance, String link, String errno, String failure)
            implements DaemonEvent {}

    /** Mail was dropped because too much of it was waiting. */
    record MailboxOverflow(String instance, Mail.Kind kind, long dropped, long droppedInAll)
            implements DaemonEvent {}

    /** A socket could not be read. */
    record ReceiveFailed(Family family, int table, String failure) implements DaemonEvent {}

    /** A kernel setting could not be read or written. */
    record SettingFailed(String path, String failure) implements DaemonEvent {}

    /** A kernel setting was changed. */
    record SettingChanged(String path, String before, String now) implements DaemonEvent {}

    /** The kernel drops streams by their source's route, strictly (1) or loosely (2). */
    record SourcesFiltered(String instance, String link, int filter) implements DaemonEvent {}

    /** Whatever the instances are told is recorded. */
    record JournalOpened(String file) implements DaemonEvent {}

    /** The journal cannot be written; it ends, and the program goes on. */
    record JournalFailed(String file, String failure) implements DaemonEvent {}

    /** The journal has reached its limit; it ends, and the program goes on. */
    record JournalFull(String file, long limitBytes) implements DaemonEvent {}

    /** A stream that is wanted comes in with a TTL or hop limit that ends here. */
    record LastHopStream(String instance, String link, IpAddress source, IpAddress group)
            implements DaemonEvent {}

    /** A message was heard. */
    record MessageHeard(String instance, String link, Packet packet) implements DaemonEvent {}

    /** A message was sent. */
    record MessageSent(String instance, String link, Packet packet) implements DaemonEvent {}
}
