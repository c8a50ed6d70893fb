package mcproxy.control;

import java.util.List;
import java.util.Optional;

/**
 * What a running daemon answers and does for whoever controls it; safe for any thread.
 *
 * <p>An answer is from one moment for each instance. It waits for instances that are busy, a second
 * at most, and leaves out those that do not answer.
 *
 * <p>Lists are in an order that depends on what is in them only: instances as in the configuration,
 * upstreams before downstreams, families, links by name, then groups and sources by address, rules
 * and steps by number.
 *
 * <p>Every method may throw a {@link ControlException}: {@code NOT_FOUND} when the selection names
 * an instance that does not run, {@code BUSY} when the one instance that it names does not answer.
 */
public interface Control {
    /** The daemon as a whole. */
    Status status();

    /** Its instances, in the order of the configuration. */
    List<Instance> instances();

    /** Its interfaces, by instance and name: those that are configured but missing, too. */
    List<Interface> interfaces(Selection selection);

    /** The groups on downstreams, with sources and hosts. */
    List<Group> groups(Selection selection);

    /** The hosts of these groups. */
    default List<Member> hosts(Selection selection) {
        return Member.of(groups(selection));
    }

    /** What is asked for on upstreams. */
    List<Membership> memberships(Selection selection);

    /** The forwarding entries, with the kernel's counters. */
    List<Flow> flows(Selection selection);

    /** The rules of all filters. */
    List<RuleHits> rules(Selection selection);

    /** Everything that was counted. */
    List<Counter> counters(Selection selection);

    /** Numbers for a monitoring system, in the text format 0.0.4 of Prometheus. */
    String metrics();

    /**
     * Why a group flows or does not, step by step from the receiver's report to the kernel's route.
     * Without a source it is about every source that is known or wanted.
     *
     * @throws IllegalArgumentException when the texts are no group and no source of its family
     */
    List<Explanation> explain(String group, Optional<String> source, Selection selection);

    /** The configuration that is running, in its own language. */
    String configuration();

    /**
     * Makes a text the running configuration: all of it or, if it has an error, nothing.
     *
     * @param dryRun only tell what would happen
     */
    Outcome replace(String text, boolean dryRun);

    /** Makes changes to the running configuration: all of them or, if one has an error, none. */
    Outcome change(List<Change> changes, boolean dryRun);

    /** Reads the configuration file again and makes it the running configuration. */
    Outcome reload();

    /**
     * Forgets what receivers have reported, and asks them again.
     *
     * @return how many groups were forgotten
     */
    int clear(Selection selection);

    /**
     * Says how much is logged.
     *
     * @param level {@code error}, {@code warning}, {@code info}, {@code debug} or {@code trace}
     * @throws IllegalArgumentException when it is none of these
     */
    void logLevel(String level);

    /** What happens. */
    EventFeed events();
}
