package mcproxy.daemon;

import mcproxy.core.EngineView;
import mcproxy.wire.Family;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * An instance at one moment, to be shown.
 *
 * @param name its name
 * @param table the number of its kernel tables
 * @param upNanos how long it has been running, in nanoseconds
 * @param engine the state of its engine
 * @param kernelLinks the interfaces in its kernel tables
 * @param waiting how many messages wait in its mailbox
 * @param counters what it has counted
 */
record InstanceView(
        String name,
        int table,
        long upNanos,
        EngineView engine,
        Map<Family, List<String>> kernelLinks,
        int waiting,
        SortedMap<String, Long> counters) {}
