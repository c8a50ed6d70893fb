package mcproxy.daemon;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.Prefix;
import mcproxy.daemon.InstanceView.LinkState;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.Link;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The interfaces of an instance: by name as configured, by index as the kernel tells them. Makes
 * the engine's inputs of what changes, there or in the plan.
 */
final class Links {
    private record Place(int ifindex, Family family, LinkSettings.Role role) {}

    private final Consumer<DaemonEvent> log;
    private InstancePlan plan;

    /** Every interface that exists, ours or not: another plan may want it. */
    private final Map<Integer, Link> existing = new TreeMap<>();

    /** What the engine was told last, in the order in which it was told first. */
    private final Map<Place, Input.LinkUp> up = new LinkedHashMap<>();

    /** Devices that were ours and go to another instance. */
    private Predicate<String> given = _ -> false;

    /** The interfaces of a plan, of which none is known to exist. */
    Links(InstancePlan plan, Consumer<DaemonEvent> log) {
        this.plan = plan;
        this.log = log;
    }

    /** Takes all that exist at the start, and warns of those that do not. */
    List<Input> start(List<Link> found) {
        List<Input> inputs = new ArrayList<>();
        for (Link link : found) {
            inputs.addAll(changed(new Mail.LinkChanged(link.index(), false, Optional.of(link))));
        }
        plan.names().stream().filter(name -> !exists(name)).forEach(this::tellMissing);
        return inputs;
    }

    private boolean exists(String name) {
        return existing.values().stream().anyMatch(link -> link.name().equals(name));
    }

    private void tellMissing(String name) {
        log.accept(new DaemonEvent.InterfaceMissing(plan.name(), name));
    }

    /** Takes a change, and gives what the engine is to be told about it, in order. */
    List<Input> changed(Mail.LinkChanged change) {
        List<Input> inputs = new ArrayList<>();
        Optional<Link> before = Optional.ofNullable(existing.get(change.ifindex()));
        Optional<Link> now = change.link();
        Optional<Link> ours = before.filter(this::isOurs);
        if (ours.isPresent() && isAnother(ours.get(), change)) {
            boolean there = !change.gone() && now.filter(Links::isUsable).isPresent();
            down(change.ifindex(), there, inputs);
            log.accept(new DaemonEvent.InterfaceGone(plan.name(), ours.get().name()));
            ours = Optional.empty();
        }
        now.ifPresentOrElse(
                link -> existing.put(link.index(), link), () -> existing.remove(change.ifindex()));
        if (now.isPresent() && isOurs(now.get())) {
            tellIfUnusable(now.get(), ours);
            follow(now.get(), inputs);
        }
        return inputs;
    }

    private boolean isOurs(Link link) {
        return !planned(link.name()).isEmpty();
    }

    private List<InstancePlan.PlannedLink> planned(String device) {
        return given.test(device) ? List.of() : plan.of(device);
    }

    /** Is what has this index now another interface, or none? */
    private static boolean isAnother(Link before, Mail.LinkChanged change) {
        return change.gone()
                || change.link().map(now -> !now.name().equals(before.name())).orElse(true);
    }

    private static boolean isUsable(Link link) {
        return link.up() && link.multicast();
    }

    private void tellIfUnusable(Link link, Optional<Link> before) {
        if (!link.up() && before.map(Link::up).orElse(true)) {
            log.accept(new DaemonEvent.InterfaceDown(plan.name(), link.name()));
        }
        if (!link.multicast() && before.map(Link::multicast).orElse(true)) {
            log.accept(new DaemonEvent.InterfaceWithoutMulticast(plan.name(), link.name()));
        }
    }

    // ---- another plan ----

    /**
     * Gives away the interfaces that this plan does not have and another instance's has; they do
     * not come back before the plan is {@linkplain #follow taken}.
     */
    List<Input> release(InstancePlan next, List<InstancePlan> others) {
        given =
                device ->
                        next.of(device).isEmpty()
                                && others.stream().anyMatch(other -> !other.of(device).isEmpty());
        List<Input> inputs = new ArrayList<>();
        for (Link link : existing.values()) {
            if (given.test(link.name())) {
                down(link.index(), true, inputs);
            }
        }
        return inputs;
    }

    /**
     * Goes over to another plan. What comes out first is the interfaces that are no longer ours or
     * have lost a role, then those that are new or set otherwise.
     */
    List<Input> follow(InstancePlan next) {
        Set<String> namedBefore = plan.names();
        Map<Integer, Link> oursBefore = new TreeMap<>(existing);
        oursBefore.values().removeIf(link -> !isOurs(link));
        plan = next;
        given = _ -> false;
        List<Input> inputs = new ArrayList<>();
        for (Link link : existing.values()) {
            Map<Place, Input.LinkUp> wanted = wanted(link);
            for (Family family : Family.values()) {
                boolean lost =
                        roles(link.index(), family, up.keySet()).stream()
                                .anyMatch(place -> !wanted.containsKey(place));
                if (lost) {
                    down(link.index(), family, true, inputs);
                }
            }
        }
        for (Link link : existing.values()) {
            if (isOurs(link)) {
                tellIfUnusable(link, Optional.ofNullable(oursBefore.get(link.index())));
                follow(link, inputs);
            }
        }
        plan.names().stream()
                .filter(name -> !namedBefore.contains(name) && !exists(name))
                .forEach(this::tellMissing);
        return inputs;
    }

    private static List<Place> roles(int ifindex, Family family, Set<Place> among) {
        return among.stream()
                .filter(place -> place.ifindex == ifindex && place.family == family)
                .toList();
    }

    // ---- what the engine is told ----

    /** What the engine is to know about a link, as the plan has it. */
    private Map<Place, Input.LinkUp> wanted(Link link) {
        Map<Place, Input.LinkUp> wanted = new LinkedHashMap<>();
        if (!isUsable(link)) {
            return wanted;
        }
        for (InstancePlan.PlannedLink planned : planned(link.name())) {
            planned.settings()
                    .forEach((family, settings) ->
                            wanted.put(
                                    new Place(link.index(), family, settings.role()),
                                    linkUp(link, family, settings, planned)));
        }
        return wanted;
    }

    private static Input.LinkUp linkUp(
            Link link, Family family, LinkSettings settings, InstancePlan.PlannedLink planned) {
        Optional<IpAddress> sender = Optional.ofNullable(planned.senders().get(family));
        return new Input.LinkUp(
                link.index(),
                link.name(),
                family,
                settings,
                sender.orElseGet(() -> address(link, family)),
                subnets(link, family),
                link.mtu(),
                linkAddress(link));
    }

    /** The longer ones, as InfiniBand has them, do not come whole with packets (packet(7)). */
    private static LinkAddress linkAddress(Link link) {
        String text = link.hardwareAddress();
        return text.length() < 3 * LinkAddress.MAX_BYTES ? LinkAddress.of(text) : LinkAddress.NONE;
    }

    private void follow(Link link, List<Input> inputs) {
        if (!isUsable(link)) {
            down(link.index(), false, inputs);
        }
        wanted(link)
                .forEach((place, now) -> {
                    if (!now.equals(up.put(place, now))) {
                        inputs.add(now);
                    }
                });
    }

    private void down(int ifindex, boolean released, List<Input> inputs) {
        for (Family family : Family.values()) {
            down(ifindex, family, released, inputs);
        }
    }

    private void down(int ifindex, Family family, boolean released, List<Input> inputs) {
        List<Place> roles = roles(ifindex, family, Set.copyOf(up.keySet()));
        if (!roles.isEmpty()) {
            up.keySet().removeAll(new LinkedHashSet<>(roles));
            inputs.add(
                    released
                            ? new Input.LinkReleased(ifindex, family)
                            : new Input.LinkDown(ifindex, family));
        }
    }

    /** Our address on the link: MLD is spoken from a link-local one (RFC 9777 5.1.14). */
    private static IpAddress address(Link link, Family family) {
        return link.addresses().stream()
                .filter(Link.Address::usable)
                .map(Link.Address::address)
                .filter(address -> address.family() == family)
                .filter(address -> family == Family.IPV4 || address.isMldSource())
                .findFirst()
                .orElse(family.unspecified());
    }

    private static List<Prefix> subnets(Link link, Family family) {
        return link.addresses().stream()
                .filter(address -> address.address().family() == family)
                .map(address -> new Prefix(address.address(), address.prefixLength()))
                .toList();
    }

    /** Does an interface take part in a family? */
    boolean isUp(int ifindex, Family family) {
        return !roles(ifindex, family, up.keySet()).isEmpty();
    }

    /** Is an interface an upstream in a family, perhaps a downstream, too? */
    boolean isUpstream(int ifindex, Family family) {
        return up.containsKey(new Place(ifindex, family, LinkSettings.Role.UPSTREAM));
    }

    /** The index of an interface that exists; empty when there is none of this name. */
    OptionalInt ifindex(String name) {
        return existing.values().stream()
                .filter(link -> link.name().equals(name))
                .mapToInt(Link::index)
                .findFirst();
    }

    /** The interfaces of the plan, and what of it matches none, to be shown. */
    List<LinkView> views() {
        List<LinkView> views = new ArrayList<>();
        for (InstancePlan.PlannedLink planned : plan.links()) {
            List<Link> devices =
                    existing.values().stream()
                            .filter(link -> planned(link.name()).contains(planned))
                            .toList();
            for (Family family : planned.settings().keySet()) {
                devices.forEach(device -> views.add(view(device, planned.role(), family)));
                if (devices.isEmpty()) {
                    views.add(
                            new LinkView(
                                    planned.on().text(),
                                    planned.role(),
                                    family,
                                    LinkState.MISSING,
                                    OptionalInt.empty(),
                                    family.unspecified(),
                                    0));
                }
            }
        }
        return views;
    }

    private LinkView view(Link link, LinkSettings.Role role, Family family) {
        Input.LinkUp now = up.get(new Place(link.index(), family, role));
        return new LinkView(
                link.name(),
                role,
                family,
                now == null ? LinkState.DOWN : LinkState.UP,
                OptionalInt.of(link.index()),
                now == null ? address(link, family) : now.address(),
                link.mtu());
    }

    /** The name of an interface index, for people. */
    String name(int ifindex) {
        Link link = existing.get(ifindex);
        return link == null ? "index " + ifindex : link.name();
    }
}
