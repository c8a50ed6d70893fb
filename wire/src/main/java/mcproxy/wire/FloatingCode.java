package mcproxy.wire;

/**
 * The code in which queries carry times: small numbers as they are, large ones in floating point
 * (RFC 9776 4.1.1 and 4.1.7, RFC 9777 5.1.3 and 5.1.9).
 *
 * <pre>
 *      8-bit code                    16-bit code
 *     +-+-----+-------+             +-+-----+-----------------------+
 *     |0|    value    |             |0|            value            |   below 2^7, 2^15
 *     +-+-----+-------+             +-+-----+-----------------------+
 *     |1| exp | mant  |             |1| exp |         mant          |   (1 mant) &lt;&lt; (exp + 3)
 *     +-+-----+-------+             +-+-----+-----------------------+
 * </pre>
 */
enum FloatingCode {
    /** One byte: the Max Resp Code of IGMP and the QQIC of both families. Values to 31,744. */
    BYTE(4),
    /** Two bytes: the Maximum Response Code of MLD. Values to 8,387,584. */
    SHORT(12);

    private static final int EXPONENT_BITS = 3;
    private static final int LARGEST_EXPONENT = 7;

    private final int mantissaBits;

    FloatingCode(int mantissaBits) {
        this.mantissaBits = mantissaBits;
    }

    /** The first code, and the first value, in floating point. */
    private int floatingFrom() {
        return 1 << (mantissaBits + EXPONENT_BITS);
    }

    /** The largest value that has a code. */
    int largest() {
        return ((2 << mantissaBits) - 1) << (LARGEST_EXPONENT + 3);
    }

    /** The value of a code of 8 or 16 bits. */
    int value(int code) {
        if (code < floatingFrom()) {
            return code;
        }
        int hidden = 1 << mantissaBits;
        int mantissa = code & (hidden - 1);
        int exponent = code >> mantissaBits & LARGEST_EXPONENT;
        return (mantissa | hidden) << (exponent + 3);
    }

    /**
     * The code of the largest value not above the given one. Down and not up: a host that is told
     * less answers sooner, one that is told more would answer after we have stopped waiting.
     *
     * @throws IllegalArgumentException for a negative value
     */
    int code(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("a time of " + value);
        }
        if (value < floatingFrom()) {
            return value;
        }
        int bounded = Math.min(value, largest());
        int shift = 31 - Integer.numberOfLeadingZeros(bounded) - mantissaBits;
        int mantissa = bounded >> shift & ((1 << mantissaBits) - 1);
        return floatingFrom() | (shift - 3) << mantissaBits | mantissa;
    }
}
