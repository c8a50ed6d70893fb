package mcproxy.config;

/**
 * An interface of an instance.
 *
 * @param name the name of the device; it need not exist
 * @param settings what is set for this interface only
 */
public record InterfaceConfig(String name, Settings settings) {
    /** Checks that Linux could have a device of this name. */
    public InterfaceConfig {
        InterfaceName.fault(name)
                .ifPresent(fault -> {
                    throw new IllegalArgumentException("interface \"" + name + "\": " + fault);
                });
    }
}
