package mcproxy.lab;

import static mcproxy.lab.DemoView.millis;

import mcproxy.lab.PmipReport.Attachment;
import mcproxy.lab.PmipReport.Departure;
import mcproxy.lab.PmipReport.MobileSource;
import mcproxy.lab.PmipReport.Viewer;

import java.util.ArrayList;
import java.util.List;

/** The report of the demo of mobile nodes as lines of text. */
final class PmipView {
    private static final String ARRIVAL = "  %-22s %-7s %9s %9s %10s %10s %10s %12s %5s";
    private static final String DEPARTURE = "  %-22s %-7s %10s %12s %12s";
    private static final String VIEWER = "  %-22s %9s %6s %7s %8s %9s %11s";

    private final DemoView.Style style;

    PmipView(DemoView.Style style) {
        this.style = style;
    }

    /** Who is connected with whom. */
    List<String> picture() {
        return """
           source1                    source2     the same addresses, other streams
              | wan                      | wan
           +--+---+                   +--+---+
           | lma1 |                   | lma2 |    Local Mobility Anchors
           +-+--+-+                   +-+--+-+
             |   \\    tunnels (vxlan)  /   |
             |     \\                 /     |
             |       `--------.     /       |
             |      .---------+----'        |
           +-+------+-+      +-+------------+-+
           |   mag1   |      |      mag2      |   Mobile Access Gateways: a proxy instance
           +-+------+-+      +-------+--------+   for each anchor, each with its own table
        mn1-a|      |mn2-b           :mn1-a
           mn-a    mn-b            (mn-a)         mn-a of lma1 moves, mn-b of lma2 stays\
        """
                .lines()
                .toList();
    }

    private List<String> arrivals(List<Attachment> attachments) {
        List<String> lines = new ArrayList<>();
        lines.add(style.bold("Times since a node's link to a gateway was set up"));
        lines.add(
                ARRIVAL.formatted(
                        "",
                        "",
                        "query",
                        "report",
                        "report up",
                        "streams",
                        "no link",
                        "interrupted",
                        "lost"));
        for (Attachment at : attachments) {
            lines.add(
                    ARRIVAL.formatted(
                            at.node()
                                    + (at.handover() ? " moves to " : " comes to ")
                                    + at.gateway(),
                            at.protocol(),
                            millis(at.queryMillis()),
                            millis(at.reportMillis()),
                            millis(at.reportUpMillis()),
                            millis(at.firstPacketMillis()),
                            millis(at.withoutLinkMillis()),
                            millis(at.interruptionMillis()),
                            at.handover() ? at.lost() : "-"));
        }
        return lines;
    }

    private List<String> departures(List<Departure> departures) {
        List<String> lines = new ArrayList<>();
        lines.add(style.bold("Times since a node's link to a gateway was taken away"));
        lines.add(DEPARTURE.formatted("", "", "report up", "last packet", "routes gone"));
        for (Departure from : departures) {
            lines.add(
                    DEPARTURE.formatted(
                            from.node() + " leaves " + from.gateway(),
                            from.protocol(),
                            millis(from.reportUpMillis()),
                            millis(from.lastPacketMillis()),
                            millis(from.routesGoneMillis())));
        }
        return lines;
    }

    private List<String> viewers(List<Viewer> viewers) {
        List<String> lines = new ArrayList<>();
        lines.add(style.bold("What arrived at the nodes"));
        lines.add(
                VIEWER.formatted(
                        "", "packets", "lost", "double", "foreign", "unwanted", "leave>last"));
        for (Viewer viewer : viewers) {
            lines.add(
                    VIEWER.formatted(
                            viewer.node() + " of " + viewer.anchor(),
                            viewer.packets(),
                            viewer.lost(),
                            viewer.duplicates(),
                            viewer.foreign(),
                            viewer.unwanted(),
                            millis(viewer.leaveToLastMillis())));
        }
        return lines;
    }

    /** What was seen, at the end. */
    List<String> summary(PmipReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.addAll(arrivals(report.attachments()));
        lines.add("");
        lines.addAll(departures(report.departures()));
        lines.add("");
        lines.addAll(viewers(report.viewers()));
        MobileSource source = report.mobileSource();
        if (source != null) {
            lines.add("");
            lines.add(style.bold("A stream that the node itself sends, at a listener of lma1"));
            lines.add(
                    "  %s, %s to %s: interrupted for %s, %d packets lost"
                            .formatted(
                                    source.node(),
                                    source.from(),
                                    source.to(),
                                    millis(source.interruptionMillis()),
                                    source.lost()));
        }
        lines.add("");
        if (report.ok()) {
            lines.add(
                    style.bold("OK: ")
                            + "the streams followed the node, those of the two anchors did not"
                            + " mix, and no unwanted packet arrived.");
        } else {
            lines.add(style.bold("FAILED:"));
            report.problems().forEach(problem -> lines.add("  - " + problem));
        }
        return lines;
    }
}
