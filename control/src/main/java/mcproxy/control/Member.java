package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A host that is member of a group on a downstream: a {@link Group.Host} with where it is.
 *
 * @param instance whose it is
 * @param link the downstream
 * @param family {@code IPv4} or {@code IPv6}
 * @param group the group's address
 * @param address the host's address; {@code 0.0.0.0} or {@code ::} if it had none yet
 * @param mac its link-layer address, {@code 02:00:00:00:00:01}; null where links have none
 * @param protocol the version in which it reported last
 * @param mode INCLUDE or EXCLUDE, in small letters
 * @param sources those that it includes or excludes
 * @param timerMillis what is left until it is forgotten
 */
@Json
public record Member(
        String instance,
        String link,
        String family,
        String group,
        String address,
        @Nullable String mac,
        String protocol,
        String mode,
        List<String> sources,
        long timerMillis) {
    /** The hosts of groups, in the order of these. */
    static List<Member> of(List<Group> groups) {
        return groups.stream()
                .flatMap(group -> group.hosts().stream().map(host -> of(group, host)))
                .toList();
    }

    private static Member of(Group group, Group.Host host) {
        return new Member(
                group.instance(),
                group.link(),
                group.family(),
                group.group(),
                host.address(),
                host.mac(),
                host.protocol(),
                host.mode(),
                host.sources(),
                host.timerMillis());
    }
}
