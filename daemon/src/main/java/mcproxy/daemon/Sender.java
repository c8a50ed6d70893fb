package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Family;

import java.util.Map;
import java.util.function.IntFunction;

/**
 * Sends an instance's queries and reports. What cannot be sent is counted and told, and otherwise
 * lost: the protocols repeat themselves.
 */
final class Sender {
    private final String instance;
    private final Map<Family, MulticastTable> tables;
    private final IntFunction<String> nameOf;
    private final EventLog log;
    private final Counters counters;

    /**
     * A sender.
     *
     * @param nameOf the name of an interface index, for people
     */
    Sender(
            String instance,
            Map<Family, MulticastTable> tables,
            IntFunction<String> nameOf,
            EventLog log,
            Counters counters) {
        this.instance = instance;
        this.tables = tables;
        this.nameOf = nameOf;
        this.log = log;
        this.counters = counters;
    }

    /** Sends a message. */
    void send(Effect.Send message) {
        MulticastTable table = tables.get(message.packet().message().family());
        if (table == null) {
            throw new AssertionError("an engine speaks the families of its links: " + message);
        }
        String link = nameOf.apply(message.ifindex());
        try {
            table.send(message.ifindex(), message.packet());
            counters.count("sent", link, MessageKind.of(message.packet().message()));
            if (log.isOn(Level.TRACE)) {
                log.tell(new DaemonEvent.MessageSent(instance, link, message.packet()));
            }
        } catch (KernelException e) {
            counters.count("send-failed", link, e.errnoName());
            log.tell(
                    new DaemonEvent.SendFailed(
                            instance, link, e.errnoName(), String.valueOf(e.getMessage())));
        }
    }
}
