package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.Optional;

/** The addresses that one part of a rule speaks of, groups or sources. */
public sealed interface AddressSet {
    /** Every address of both families. */
    AddressSet ANY = new Any();

    /** Is the address one of them? */
    boolean contains(IpAddress address);

    /** The family of the addresses; empty where it is both. */
    Optional<Family> family();

    /** Are all addresses of another set in this one too? */
    boolean covers(AddressSet other);

    /** Is there an address that is in both? */
    boolean meets(AddressSet other);

    /** As the configuration language writes it. */
    @Override
    String toString();

    /** The set of one address. */
    static AddressSet one(IpAddress address) {
        return new Range(address, address);
    }

    /** All addresses of a network. */
    static AddressSet of(Prefix prefix) {
        return new Range(Addresses.first(prefix), Addresses.last(prefix));
    }

    /**
     * All addresses from one to another, both included.
     *
     * @throws IllegalArgumentException when they are of two families or the first is the higher one
     */
    static AddressSet range(IpAddress from, IpAddress to) {
        return new Range(from, to);
    }

    /** All addresses of a family. */
    static AddressSet all(Family family) {
        return new Range(Addresses.first(family), Addresses.last(family));
    }

    /** Every address. */
    record Any() implements AddressSet {
        @Override
        public boolean contains(IpAddress address) {
            return true;
        }

        @Override
        public Optional<Family> family() {
            return Optional.empty();
        }

        @Override
        public boolean covers(AddressSet other) {
            return true;
        }

        @Override
        public boolean meets(AddressSet other) {
            return true;
        }

        @Override
        public String toString() {
            return "*";
        }
    }

    /**
     * The addresses between two, which are included: a single one, a network, or any other range.
     *
     * @param from the lowest
     * @param to the highest; of the same family
     */
    record Range(IpAddress from, IpAddress to) implements AddressSet {
        /** Checks the family and the order. */
        public Range {
            if (from.family() != to.family() || from.compareTo(to) > 0) {
                throw new IllegalArgumentException(from + " - " + to);
            }
        }

        @Override
        public boolean contains(IpAddress address) {
            return address.family() == from.family()
                    && from.compareTo(address) <= 0
                    && address.compareTo(to) <= 0;
        }

        @Override
        public Optional<Family> family() {
            return Optional.of(from.family());
        }

        @Override
        public boolean covers(AddressSet other) {
            return other instanceof Range range && contains(range.from) && contains(range.to);
        }

        @Override
        public boolean meets(AddressSet other) {
            return switch (other) {
                case Any _ -> true;
                case Range range -> contains(range.from) || range.contains(from);
            };
        }

        /** The network that these are all addresses of, if they are one. */
        public Optional<Prefix> prefix() {
            for (int length = 0; length <= from.family().bits(); length++) {
                Prefix prefix = new Prefix(from, length);
                if (Addresses.first(prefix).equals(from) && Addresses.last(prefix).equals(to)) {
                    return Optional.of(prefix);
                }
            }
            return Optional.empty();
        }

        @Override
        public String toString() {
            if (from.equals(to) && !from.isUnspecified()) {
                return from.toString();
            }
            return prefix().map(Prefix::toString).orElse(from + " - " + to);
        }
    }
}
