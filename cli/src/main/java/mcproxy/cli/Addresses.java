package mcproxy.cli;

import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

/** Addresses that people write. */
final class Addresses {
    private Addresses() {}

    /**
     * The address in the text that documents have.
     *
     * @throws IllegalArgumentException when it is none, or not of the kind that is needed
     */
    static @Nullable String checked(@Nullable String written, boolean group) {
        if (written == null) {
            return null;
        }
        IpAddress address =
                IpAddress.parse(written)
                        .orElseThrow(() ->
                                new IllegalArgumentException("'" + written + "' is no address"));
        if (group && !address.isMulticast()) {
            throw new IllegalArgumentException(
                    written + " is no group; groups are 224.0.0.0/4 and ff00::/8");
        }
        if (!group && !address.isSource()) {
            throw new IllegalArgumentException(written + " is no address of a source");
        }
        return address.toString();
    }
}
