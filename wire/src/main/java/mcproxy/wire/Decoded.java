package mcproxy.wire;

/**
 * What decoding gives: a value, or the reason why the bytes hold none.
 *
 * @param <T> the type of the value
 */
public sealed interface Decoded<T> {
    /**
     * The bytes held a value.
     *
     * @param value what they held
     * @param <T> its type
     */
    record Value<T>(T value) implements Decoded<T> {}

    /**
     * The bytes held no value.
     *
     * @param reason what is wrong with them; also the name of the counter of such packets
     * @param offset where, in bytes from the start of what was decoded
     * @param <T> the type of the value that is missing
     */
    record Malformed<T>(Reason reason, int offset) implements Decoded<T> {}
}
