package mcproxy.cli.doctor;

import mcproxy.config.Side;
import mcproxy.control.Interface;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * An interface that there is, on one side of an instance, for one family.
 *
 * @param table the number of the instance's kernel tables
 * @param protocol the newest protocol that the configuration wants there
 * @param queries may we be its querier?
 * @param live what the daemon says about it; null without a daemon
 */
record Place(
        String instance,
        int table,
        String link,
        Side side,
        Family family,
        Protocol protocol,
        boolean queries,
        @Nullable Interface live) {
    /** For instance {@code downstream}. */
    String sideWord() {
        return side.name().toLowerCase(Locale.ROOT);
    }

    boolean isUpstream() {
        return side == Side.UPSTREAM;
    }

    /** Something that is wrong here. */
    Finding finding(
            String kind, Level level, String text, String evidence, String why, String fix) {
        return new Finding(
                kind, level.word(), instance, link, family.toString(), text, evidence, why, fix);
    }

    /** A setting's file, for instance of {@code rp_filter}, of this interface. */
    String setting(String name) {
        return Settings.path(family, link, name);
    }

    /** A setting's file for all interfaces. */
    String settingOfAll(String name) {
        return Settings.path(family, "all", name);
    }
}
