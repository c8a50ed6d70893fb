package mcproxy.lab;

import mcproxy.lab.DemoReport.AtReceiver;
import mcproxy.lab.DemoReport.AtStream;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A demo's report as lines of text: the picture, what arrives, the routes, the summary. */
final class DemoView {
    private static final String ROW = "    %-34s %9s %9s %6s %10s %12s %11s";

    /** How text is made to stand out. */
    enum Style {
        PLAIN("", ""),
        COLOUR("\033[1m", "\033[0m");

        private final String bold;
        private final String normal;

        Style(String bold, String normal) {
            this.bold = bold;
            this.normal = normal;
        }

        String bold(String text) {
            return bold + text + normal;
        }
    }

    private final Style style;

    DemoView(Style style) {
        this.style = style;
    }

    /** A time, or a dash when it is not known. */
    static String millis(@Nullable Double millis) {
        return millis == null ? "-" : String.format(Locale.ROOT, "%.1f ms", millis);
    }

    /** Everything, as it is shown while the demo runs. */
    List<String> live(DemoReport report, String step) {
        List<String> lines = new ArrayList<>();
        // The most important first: a small terminal shows what has room.
        lines.add(style.bold(step));
        lines.addAll(picture(report));
        lines.add("");
        lines.addAll(table(report));
        lines.add("");
        lines.addAll(routes(report.routes()));
        return lines;
    }

    /** Who is connected with whom, and how much flows where. */
    List<String> picture(DemoReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("  source  10.0.0.10, the other source 10.0.0.20 (and 2001:db8::10, ::20)");
        lines.add(
                String.format(
                        Locale.ROOT,
                        "    |       sends %d packets/s in %d streams",
                        report.sourcePacketsPerSecond(),
                        Demo.streamCount()));
        lines.add("    | wan");
        lines.add("  +-+---------------------------------------+");
        lines.add("  | proxy         mcproxy run -f demo.conf  |");
        lines.add("  +-+--------------------------+------------+");
        List<AtReceiver> at = report.receivers();
        lines.add(pair("| " + at.get(0).link(), "| " + at.get(1).link()));
        lines.add(pair("|", "|"));
        lines.add(
                pair(
                        at.get(0).host() + "  " + rate(at.get(0)) + " packets/s",
                        at.get(1).host() + "  " + rate(at.get(1)) + " packets/s"));
        return lines;
    }

    private static String pair(String left, String right) {
        return String.format(Locale.ROOT, "    %-26s %s", left, right);
    }

    private static long rate(AtReceiver receiver) {
        return receiver.streams().stream().mapToLong(AtStream::packetsPerSecond).sum();
    }

    /** What arrives at each receiver. */
    List<String> table(DemoReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(
                style.bold(
                        String.format(
                                ROW,
                                "what was asked for",
                                "packets/s",
                                "packets",
                                "lost",
                                "join>first",
                                "report>first",
                                "leave>last")));
        for (AtReceiver receiver : report.receivers()) {
            String unwanted =
                    receiver.unwanted() == 0
                            ? "no unwanted packet"
                            : receiver.unwanted() + " UNWANTED packets";
            lines.add("  " + receiver.host() + " on " + receiver.link() + ", " + unwanted);
            if (receiver.streams().isEmpty()) {
                lines.add("    (nothing yet)");
            }
            for (AtStream stream : receiver.streams()) {
                lines.add(
                        String.format(
                                Locale.ROOT,
                                ROW,
                                stream.source() + " > " + stream.group(),
                                stream.packetsPerSecond(),
                                stream.packets(),
                                stream.lost(),
                                millis(stream.joinToFirstMillis()),
                                millis(stream.reportToFirstMillis()),
                                millis(stream.leaveToLastMillis())));
            }
        }
        return lines;
    }

    /** The routes as the kernel tells them. */
    List<String> routes(List<MulticastRoute> routes) {
        List<String> lines = new ArrayList<>();
        lines.add(style.bold("  routes in the kernel (ip mroute): " + routes.size()));
        for (MulticastRoute route : routes) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "    %-34s %-18s %9d packets",
                            route.source() + " > " + route.group(),
                            route.path(),
                            route.packets()));
        }
        return lines;
    }

    /** What was seen, at the end. */
    List<String> summary(DemoReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(style.bold("What was seen"));
        for (DemoReport.FirstQuery query : report.queries()) {
            lines.add(
                    "  first "
                            + query.protocol()
                            + " General Query on "
                            + query.link()
                            + ": "
                            + millis(query.afterStartMillis())
                            + " after the start of the daemon's command");
        }
        lines.addAll(table(report));
        if (report.daemonStatus() != null) {
            lines.add(
                    "  the daemon stopped "
                            + millis(report.daemonStopMillis())
                            + " after SIGTERM with exit status "
                            + report.daemonStatus());
        }
        lines.add("");
        if (report.ok()) {
            lines.add(
                    style.bold("OK: ")
                            + "each wanted stream arrived, no unwanted packet did, and all streams"
                            + " stopped.");
        } else {
            lines.add(style.bold("FAILED:"));
            report.problems().forEach(problem -> lines.add("  - " + problem));
        }
        return lines;
    }
}
