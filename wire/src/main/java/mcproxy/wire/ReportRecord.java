package mcproxy.wire;

/** One record of an IGMPv3 or MLDv2 report. */
public sealed interface ReportRecord permits GroupRecord, UnknownRecord {
    /** The group that the record speaks of. */
    IpAddress group();
}
