package mcproxy.daemon;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.Prefix;
import mcproxy.kernel.Link;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The interfaces of an instance: by name as configured, by index as the kernel tells them. Makes
 * the engine's inputs of what changes.
 */
final class Links {
    private record Place(int ifindex, Family family, LinkSettings.Role role) {}

    private final InstancePlan plan;
    private final Consumer<DaemonEvent> log;
    private final Map<Integer, Link> known = new HashMap<>();
    private final Map<Place, Input.LinkUp> up = new HashMap<>();

    /** The interfaces of a plan, of which none is known to exist. */
    Links(InstancePlan plan, Consumer<DaemonEvent> log) {
        this.plan = plan;
        this.log = log;
    }

    /** Takes all that exist at the start, and warns of those that do not. */
    List<Input> start(List<Link> existing) {
        List<Input> inputs = new ArrayList<>();
        for (Link link : existing) {
            inputs.addAll(changed(new Mail.LinkChanged(link.index(), false, Optional.of(link))));
        }
        for (String name : plan.names()) {
            if (known.values().stream().noneMatch(link -> link.name().equals(name))) {
                log.accept(new DaemonEvent.InterfaceMissing(plan.name(), name));
            }
        }
        return inputs;
    }

    /** Takes a change, and gives what the engine is to be told about it, in order. */
    List<Input> changed(Mail.LinkChanged change) {
        List<Input> inputs = new ArrayList<>();
        Link before = known.get(change.ifindex());
        Optional<Link> now = change.link().filter(link -> !plan.of(link.name()).isEmpty());
        if (before != null && isAnother(before, change, now)) {
            known.remove(change.ifindex());
            down(change.ifindex(), inputs);
            log.accept(new DaemonEvent.InterfaceGone(plan.name(), before.name()));
            before = null;
        }
        if (now.isPresent()) {
            Link link = now.get();
            known.put(link.index(), link);
            tellIfUnusable(link, Optional.ofNullable(before));
            if (isUsable(link)) {
                up(link, inputs);
            } else {
                down(link.index(), inputs);
            }
        }
        return inputs;
    }

    /** Is what has this index now another interface of ours, or none? */
    private static boolean isAnother(Link before, Mail.LinkChanged change, Optional<Link> now) {
        return change.gone() || now.isEmpty() || !now.get().name().equals(before.name());
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

    private void up(Link link, List<Input> inputs) {
        for (InstancePlan.PlannedLink planned : plan.of(link.name())) {
            planned.settings()
                    .forEach((family, settings) -> {
                        Optional<IpAddress> sender =
                                Optional.ofNullable(planned.senders().get(family));
                        Input.LinkUp now =
                                new Input.LinkUp(
                                        link.index(),
                                        link.name(),
                                        family,
                                        settings,
                                        sender.orElseGet(() -> address(link, family)),
                                        subnets(link, family),
                                        link.mtu());
                        Input.LinkUp before =
                                up.put(new Place(link.index(), family, settings.role()), now);
                        if (!now.equals(before)) {
                            inputs.add(now);
                        }
                    });
        }
    }

    private void down(int ifindex, List<Input> inputs) {
        for (Family family : Family.values()) {
            boolean was = false;
            for (LinkSettings.Role role : LinkSettings.Role.values()) {
                was |= up.remove(new Place(ifindex, family, role)) != null;
            }
            if (was) {
                inputs.add(new Input.LinkDown(ifindex, family));
            }
        }
    }

    /** Our address on the link: MLD is spoken from a link-local one (RFC 9777 5). */
    private static IpAddress address(Link link, Family family) {
        return link.addresses().stream()
                .filter(Link.Address::usable)
                .map(Link.Address::address)
                .filter(address -> address.family() == family)
                .filter(address -> family == Family.IPV4 || address.isLinkLocalUnicast())
                .findFirst()
                .orElse(family.unspecified());
    }

    private static List<Prefix> subnets(Link link, Family family) {
        return link.addresses().stream()
                .filter(address -> address.address().family() == family)
                .map(address -> new Prefix(address.address(), address.prefixLength()))
                .toList();
    }

    /** The name of an interface index, for people. */
    String name(int ifindex) {
        Link link = known.get(ifindex);
        return link == null ? "index " + ifindex : link.name();
    }
}
