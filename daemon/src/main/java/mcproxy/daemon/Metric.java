package mcproxy.daemon;

import java.util.List;

/**
 * What a daemon tells as metrics, beside what the library tells of the virtual machine. Names are
 * as Prometheus wants them. No label is a group, a source, a host or anything else that others
 * decide about: the number of series is bounded by the configuration. An instance is in the label
 * {@code proxy}, as Prometheus itself gives every series a label {@code instance}.
 */
enum Metric {
    BUILD_INFO(Type.GAUGE, "mcproxy_build_info", "The program's version; always 1.", "version"),
    CONFIGURATION_CHANGED(
            Type.GAUGE,
            "mcproxy_configuration_changed",
            "Whether the running configuration differs from what was read from the file: 1 or 0."),
    RELOAD_SUCCESSFUL(
            Type.GAUGE,
            "mcproxy_configuration_last_reload_successful",
            "Whether the last reload succeeded, or there was none: 1 or 0."),
    INSTANCE_UP(
            Type.GAUGE,
            "mcproxy_instance_up",
            "Whether the instance answers: 1, or 0 when it does not within a second.",
            "proxy"),
    INTERFACE_UP(
            Type.GAUGE,
            "mcproxy_interface_up",
            "Whether the interface takes part: 1, or 0 when it is down, missing or refused.",
            "proxy",
            "interface",
            "side",
            "family"),
    QUERIER(
            Type.GAUGE,
            "mcproxy_querier",
            "Whether we are querier on the downstream: 1 or 0.",
            "proxy",
            "interface",
            "family"),
    GROUPS(
            Type.GAUGE,
            "mcproxy_groups",
            "Groups that hosts on the downstream have reported.",
            "proxy",
            "interface",
            "family"),
    HOSTS(
            Type.GAUGE,
            "mcproxy_hosts",
            "Tracked hosts on the downstream, counted in each of their groups.",
            "proxy",
            "interface",
            "family"),
    MEMBERSHIPS(
            Type.GAUGE,
            "mcproxy_memberships",
            "Groups that are asked for on the upstream.",
            "proxy",
            "interface",
            "family"),
    FLOWS(
            Type.GAUGE,
            "mcproxy_flows",
            "Forwarding entries, those that drop among them.",
            "proxy",
            "family"),
    FORWARDED_PACKETS(
            Type.COUNTER,
            "mcproxy_forwarded_packets_total",
            "Multicast packets with a forwarding entry that the kernel took in from (in) or sent"
                    + " out of (out) the interface.",
            "proxy",
            "interface",
            "family",
            "direction"),
    FORWARDED_BYTES(
            Type.COUNTER,
            "mcproxy_forwarded_bytes_total",
            "The bytes of these packets.",
            "proxy",
            "interface",
            "family",
            "direction"),
    MESSAGES_RECEIVED(
            Type.COUNTER,
            "mcproxy_messages_received_total",
            "Membership messages that were heard; protocol and type are empty for what was none.",
            "proxy",
            "interface",
            "protocol",
            "type"),
    MESSAGES_SENT(
            Type.COUNTER,
            "mcproxy_messages_sent_total",
            "Membership messages that were sent.",
            "proxy",
            "interface",
            "protocol",
            "type"),
    REFUSED(
            Type.COUNTER,
            "mcproxy_refused_total",
            "Packets, or parts of packets, that were refused.",
            "proxy",
            "interface",
            "reason"),
    UPCALLS(
            Type.COUNTER,
            "mcproxy_upcalls_total",
            "Packets that the kernel asked about: without an entry (cache-miss), or beside theirs"
                    + " (wrong-interface).",
            "proxy",
            "interface",
            "kind"),
    UNCLAIMED(
            Type.COUNTER,
            "mcproxy_unclaimed_total",
            "What was heard and belongs to no instance.",
            "kind"),
    QUEUE_DEPTH(
            Type.GAUGE, "mcproxy_queue_depth", "What waits for the instance.", "proxy", "queue"),
    QUEUE_LIMIT(
            Type.GAUGE,
            "mcproxy_queue_limit",
            "How much may wait for the instance.",
            "proxy",
            "queue"),
    QUEUE_DROPPED(
            Type.COUNTER,
            "mcproxy_queue_dropped_total",
            "What was dropped because too much was waiting.",
            "proxy",
            "queue"),
    LIMIT(
            Type.GAUGE,
            "mcproxy_limit",
            "The most that there may be; of limits that something counts towards.",
            "proxy",
            "interface",
            "family",
            "limit"),
    LIMIT_USED(
            Type.GAUGE,
            "mcproxy_limit_used",
            "How far that limit is used.",
            "proxy",
            "interface",
            "family",
            "limit"),
    LIMIT_REACHED(
            Type.COUNTER,
            "mcproxy_limit_reached_total",
            "How often more was wanted than that limit.",
            "proxy",
            "interface",
            "family",
            "limit"),
    KERNEL_ERRORS(
            Type.COUNTER,
            "mcproxy_kernel_errors_total",
            "System calls that failed, by what they were for; proxy is empty for the daemon's.",
            "proxy",
            "operation"),
    REACTION_SECONDS(
            Type.HISTOGRAM,
            "mcproxy_reaction_seconds",
            "The time from what was read to what was done about it, system call included.",
            "proxy",
            "reaction"),
    CONTROL_REQUESTS(
            Type.COUNTER,
            "mcproxy_control_requests_total",
            "Requests on the control socket and the metrics address."),
    CONTROL_REFUSED(
            Type.COUNTER,
            "mcproxy_control_refused_total",
            "Requests, or connections, that were refused there.",
            "reason"),
    LOG_THROTTLED(
            Type.COUNTER,
            "mcproxy_log_throttled_total",
            "Lines that were not logged because there were too many like them."),
    SCRAPE_SECONDS(
            Type.GAUGE,
            "mcproxy_scrape_seconds",
            "How long it took to ask the instances and the kernel for all of this.");

    /** What kind of number it is. */
    enum Type {
        /** Goes up only, as long as the instance runs; its name ends in _total. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** How many there were of each size. */
        HISTOGRAM
    }

    private final Type type;
    private final String text;
    private final String help;
    private final String labels;

    Metric(Type type, String text, String help, String... labels) {
        this.type = type;
        this.text = text;
        this.help = help;
        this.labels = String.join(" ", labels);
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels.isEmpty() ? List.of() : List.of(labels.split(" ", -1));
    }

    /** Its name. */
    @Override
    public String toString() {
        return text;
    }
}
