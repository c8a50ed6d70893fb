package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.util.ArrayList;
import java.util.List;

/** Distributes records over reports, and sources over records, so that nothing exceeds the MTU. */
final class Packing {
    private Packing() {}

    /** How many sources fit into one query (RFC 9776 4.1.8). */
    static int sourcesPerQuery(Family family, int mtu) {
        return Math.max(1, MessageSize.sourcesPerQuery(family, mtu));
    }

    /**
     * Reports with these records in their order. A record too large for a packet is divided; where
     * that would change its meaning, in EXCLUDE records, its list is cut (RFC 9776 4.2.17).
     */
    static List<Message.Report> reports(Family family, List<GroupRecord> records, int mtu) {
        int budget = MessageSize.budget(family, mtu) - MessageSize.REPORT_HEADER;
        List<Message.Report> reports = new ArrayList<>();
        List<GroupRecord> open = new ArrayList<>();
        int used = 0;
        for (GroupRecord record : fitting(family, records, mtu)) {
            int size = MessageSize.ofRecord(family, record.sources().size());
            if (used + size > budget && !open.isEmpty()) {
                reports.add(report(family, open));
                open.clear();
                used = 0;
            }
            open.add(record);
            used += size;
        }
        if (!open.isEmpty()) {
            reports.add(report(family, open));
        }
        return reports;
    }

    private static Message.Report report(Family family, List<GroupRecord> records) {
        return new Message.Report(Protocol.newest(family), List.copyOf(records));
    }

    private static List<GroupRecord> fitting(Family family, List<GroupRecord> records, int mtu) {
        int most = Math.max(1, MessageSize.sourcesPerRecord(family, mtu));
        List<GroupRecord> result = new ArrayList<>();
        for (GroupRecord record : records) {
            List<IpAddress> sources = record.sources();
            if (sources.size() <= most) {
                result.add(record);
            } else if (record.type() == RecordType.IS_EX || record.type() == RecordType.TO_EX) {
                result.add(
                        new GroupRecord(record.type(), record.group(), sources.subList(0, most)));
            } else {
                for (int from = 0; from < sources.size(); from += most) {
                    int to = Math.min(sources.size(), from + most);
                    result.add(
                            new GroupRecord(
                                    record.type(), record.group(), sources.subList(from, to)));
                }
            }
        }
        return result;
    }
}
