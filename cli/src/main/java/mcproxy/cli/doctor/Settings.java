package mcproxy.cli.doctor;

import mcproxy.wire.Family;

/** The names of the kernel's settings (sysctl(8)) and of their files. */
final class Settings {
    private Settings() {}

    /** The file of an interface's setting. */
    static String path(Family family, String link, String name) {
        return "proc/sys/net/" + word(family) + "/conf/" + link + "/" + name;
    }

    /**
     * A setting's name for sysctl(8), with slashes where the name of an interface has dots, as it
     * wants that.
     */
    static String key(Family family, String link, String name) {
        return link.indexOf('.') < 0
                ? "net." + word(family) + ".conf." + link + "." + name
                : "net/" + word(family) + "/conf/" + link + "/" + name;
    }

    private static String word(Family family) {
        return switch (family) {
            case IPV4 -> "ipv4";
            case IPV6 -> "ipv6";
        };
    }
}
