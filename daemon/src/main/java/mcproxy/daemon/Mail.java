package mcproxy.daemon;

import mcproxy.core.Diagnosis;
import mcproxy.core.ViewRequest;
import mcproxy.kernel.Link;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Packet;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** What an instance finds in its {@link Mailbox}. */
sealed interface Mail {
    /** Mail that may be dropped when there is too much of it: its sender will send it again. */
    sealed interface Droppable extends Mail {
        /** What it is counted as. */
        Kind kind();
    }

    /** The kinds of mail that may be dropped, each with a limit of its own. */
    enum Kind {
        /** Membership messages; hosts and routers repeat them. */
        MEMBERSHIP("membership messages"),
        /** Upcalls; the kernel repeats them while packets keep coming. */
        UPCALL("kernel upcalls");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** The plural, for people. */
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * A membership message, or what was meant to be one.
     *
     * @param linkAddress the sender's address on the link
     * @param bytes what arrived, from the IP header on; not to be written to
     */
    record Heard(
            int ifindex,
            Family family,
            Decoded<Packet> packet,
            LinkAddress linkAddress,
            ByteBuffer bytes)
            implements Droppable {
        @Override
        public Kind kind() {
            return Kind.MEMBERSHIP;
        }
    }

    /** A packet without a forwarding entry. */
    record CacheMiss(int vif, IpAddress source, IpAddress group) implements Droppable {
        @Override
        public Kind kind() {
            return Kind.UPCALL;
        }
    }

    /** A packet beside its forwarding entry. */
    record WrongInterface(int vif, IpAddress source, IpAddress group) implements Droppable {
        @Override
        public Kind kind() {
            return Kind.UPCALL;
        }
    }

    /** A packet that the kernel does not forward, as its TTL or hop limit ends here. */
    record LastHop(int ifindex, IpAddress source, IpAddress group) implements Droppable {
        @Override
        public Kind kind() {
            return Kind.UPCALL;
        }
    }

    /**
     * An interface has changed since the last mail about it.
     *
     * @param ifindex its index
     * @param gone did it cease to exist, even if it is back by now?
     * @param link how it is now; empty when it does not exist
     */
    record LinkChanged(int ifindex, boolean gone, Optional<Link> link) implements Mail {
        /** This change, and after it a later one. */
        LinkChanged then(LinkChanged later) {
            return new LinkChanged(ifindex, gone || later.gone, later.link);
        }
    }

    /** The time of which {@link Timer} was to remind has come. */
    record TimerExpired() implements Mail {}

    /** What had arrived when the timer expired has come out: what is due may happen now. */
    record CaughtUp() implements Mail {}

    /** Mail that somebody waits for, which bounds its number; it is never lost. */
    sealed interface Request extends Mail {
        /** There will be no answer. */
        void cancel(CancellationException why);
    }

    /** Say that you have begun. */
    record Ready(CompletableFuture<Boolean> answer) implements Request {
        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /** Tell how you are, as far as that is wanted. */
    record Show(ViewRequest wanted, CompletableFuture<InstanceView> answer) implements Request {
        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /**
     * Forget who your members are, and ask them.
     *
     * @param link only on this downstream
     * @param group only this group
     * @param answer how many groups that were
     */
    record AskAgain(
            Optional<String> link, Optional<IpAddress> group, CompletableFuture<Integer> answer)
            implements Request {
        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /**
     * Tell why a group does or does not reach your downstreams.
     *
     * @param source empty for all that are known or wanted
     */
    record Diagnose(
            IpAddress group, Optional<IpAddress> source, CompletableFuture<List<Diagnosis>> answer)
            implements Request {
        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /**
     * Give away the interfaces that another instance is about to take; first of two steps to
     * another plan.
     *
     * @param next the plan to come
     * @param others the plans to come of all other instances
     */
    record Release(InstancePlan next, List<InstancePlan> others, CompletableFuture<Boolean> answer)
            implements Request {
        /** Copies the list. */
        public Release {
            others = List.copyOf(others);
        }

        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /**
     * Go over to another plan.
     *
     * @param plan the plan
     * @param tables the kernel tables of all its families: those that are in use and new ones; the
     *     others are no longer used when the answer comes
     */
    record Reconfigure(
            InstancePlan plan, Map<Family, OwnTable> tables, CompletableFuture<Boolean> answer)
            implements Request {
        /** Copies the map. */
        public Reconfigure {
            tables = Map.copyOf(tables);
        }

        @Override
        public void cancel(CancellationException why) {
            answer.completeExceptionally(why);
        }
    }

    /** End. */
    record Stop() implements Mail {}
}
