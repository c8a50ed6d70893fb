package mcproxy.daemon;

import mcproxy.kernel.Link;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.util.Optional;
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

    /** A membership message, or what was meant to be one. */
    record Heard(int ifindex, Family family, Decoded<Packet> packet) implements Droppable {
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

    /** Tell how you are. */
    record Show(CompletableFuture<InstanceView> answer) implements Mail {}

    /** End. */
    record Stop() implements Mail {}
}
