package mcproxy.daemon;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Where metrics are offered, as the command line has it: {@code PORT} on the loopback address, or
 * {@code ADDRESS:PORT}. Who wants others to reach it has to write that address.
 */
final class MetricsAddress implements ITypeConverter<InetSocketAddress> {
    private static final int MAX_PORT = 65_535;

    @Override
    public InetSocketAddress convert(String text) {
        int colon = text.lastIndexOf(':');
        int port = port(text.substring(colon + 1), text);
        return colon < 0
                ? new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port)
                : new InetSocketAddress(address(text.substring(0, colon), text), port);
    }

    private static int port(String digits, String text) {
        if (digits.matches("[0-9]{1,5}") && Integer.parseInt(digits) <= MAX_PORT) {
            return Integer.parseInt(digits);
        }
        throw new TypeConversionException("'" + text + "' is no PORT and no ADDRESS:PORT");
    }

    private static InetAddress address(String named, String text) {
        if (named.equals("localhost")) {
            return InetAddress.ofLiteral("127.0.0.1");
        }
        boolean brackets = named.startsWith("[") && named.endsWith("]");
        String literal = brackets ? named.substring(1, named.length() - 1) : named;
        try {
            // Not a name: what it stands for can change.
            return InetAddress.ofLiteral(literal);
        } catch (IllegalArgumentException _) {
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' begins with no address; for all addresses write 0.0.0.0:PORT or"
                            + " [::]:PORT");
        }
    }
}
