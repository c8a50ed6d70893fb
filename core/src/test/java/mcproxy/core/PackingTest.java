package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** RFC 9776 4.2.17, RFC 9777 5.2.16: reports that fit the MTU. */
class PackingTest {
    private static List<GroupRecord> records(Message.Report report) {
        return report.records().stream().map(GroupRecord.class::cast).toList();
    }

    private static boolean isExclude(RecordType type) {
        return type == RecordType.IS_EX || type == RecordType.TO_EX;
    }

    // shows RFC9776-4.2.17-1, RFC9776-4.2.17-2, RFC9776-4.2.17-3, RFC9777-5.2.16-1,
    // RFC9777-5.2.16-2, RFC9777-5.2.16-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void whateverIsReportedFitsAndNothingIsLostButTheEndsOfExcludeLists(Family family) {
        for (long seed = 0; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            HostBench names = new HostBench(family);
            int smallest = family == Family.IPV4 ? 68 : 128;
            int mtu = smallest + random.nextInt(1500 - smallest);
            List<GroupRecord> records = new ArrayList<>();
            for (int n = 0; n < 1 + random.nextInt(30); n++) {
                int sources = random.nextInt(4) == 0 ? random.nextInt(1000) : random.nextInt(3);
                RecordType type = List.of(RecordType.values()).get(random.nextInt(6));
                records.add(
                        new GroupRecord(type, names.group(n), names.sourcesUpTo(sources).toList()));
            }
            List<Message.Report> reports = Packing.reports(family, records, mtu);
            int most = MessageSize.sourcesPerRecord(family, mtu);
            assertThat(reports)
                    .as("seed %s", seed)
                    .allMatch(report -> MessageSize.of(report) <= MessageSize.budget(family, mtu));
            for (GroupRecord record : records) {
                List<GroupRecord> parts =
                        reports.stream()
                                .flatMap(report -> records(report).stream())
                                .filter(part -> part.group().equals(record.group()))
                                .toList();
                List<IpAddress> told =
                        parts.stream().flatMap(part -> part.sources().stream()).toList();
                int expected = record.sources().size();
                if (isExclude(record.type())) {
                    expected = Math.min(expected, most);
                    assertThat(parts).as("seed %s: a single record", seed).hasSize(1);
                }
                assertThat(told)
                        .as("seed %s, %s of %s", seed, record.type(), expected)
                        .isEqualTo(record.sources().subList(0, expected));
                assertThat(parts).allMatch(part -> part.type() == record.type());
                assertThat(reports)
                        .as("seed %s: each part in its own report", seed)
                        .allMatch(report ->
                                records(report).stream()
                                                .filter(p -> p.group().equals(record.group()))
                                                .count()
                                        <= 1);
            }
            assertThat(reports.size())
                    .as("seed %s: no more reports than twice what the bytes take", seed)
                    .isLessThanOrEqualTo(1 + 2 * atLeast(family, reports, mtu));
        }
    }

    private static int atLeast(Family family, List<Message.Report> reports, int mtu) {
        int room = MessageSize.budget(family, mtu) - MessageSize.REPORT_HEADER;
        int bytes =
                reports.stream()
                        .mapToInt(report -> MessageSize.of(report) - MessageSize.REPORT_HEADER)
                        .sum();
        return Math.ceilDiv(bytes, room);
    }
}
