package mcproxy.config;

/** What holds where nobody has set a setting. */
public sealed interface SettingDefault {
    /** Always the same value. */
    record Fixed(SettingValue value) implements SettingDefault {}

    /**
     * A value that follows from others.
     *
     * @param rule how, in words
     */
    record Derived(String rule) implements SettingDefault {}
}
