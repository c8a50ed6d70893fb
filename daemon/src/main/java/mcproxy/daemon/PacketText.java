package mcproxy.daemon;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.ReportRecord;
import mcproxy.wire.UnknownRecord;

import java.util.List;
import java.util.stream.Collectors;

/** Membership messages as text for people. */
final class PacketText {
    private PacketText() {}

    /** For instance {@code 10.0.0.5 > 224.0.0.22: IGMPv3 report, TO_EX 239.1.2.3 {}}. */
    static String of(Packet packet) {
        return packet.source() + " > " + packet.destination() + ": " + of(packet.message());
    }

    private static String of(Message message) {
        return switch (message) {
            case Message.Query query ->
                    query.protocol()
                            + (query.isGeneral()
                                    ? " general query"
                                    : " query of " + query.group() + sources(query.sources()))
                            + ", "
                            + query.maxResponseMillis()
                            + " ms to answer"
                            + (query.suppressRouterSide() ? ", S" : "");
            case Message.Report report ->
                    report.records().stream()
                            .map(PacketText::of)
                            .collect(Collectors.joining(", ", report.protocol() + " report, ", ""));
            case Message.OldReport report -> report.protocol() + " report of " + report.group();
            case Message.Leave leave -> leave.protocol() + " leave of " + leave.group();
            case Message.Unknown unknown -> "message of type " + unknown.type();
        };
    }

    private static String of(ReportRecord record) {
        return switch (record) {
            case GroupRecord known -> known.type() + " " + known.group() + sources(known.sources());
            case UnknownRecord unknown -> unknown.toString();
        };
    }

    private static String sources(List<IpAddress> sources) {
        return sources.stream()
                .map(IpAddress::toString)
                .collect(Collectors.joining(", ", " {", "}"));
    }
}
