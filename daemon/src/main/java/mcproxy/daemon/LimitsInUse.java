package mcproxy.daemon;

import mcproxy.control.Status.Limit;
import mcproxy.core.EngineView;
import mcproxy.core.Event;
import mcproxy.core.Limits;
import mcproxy.kernel.MulticastTable;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How far the limits of an instance are used: those of which something is, or was refused. */
final class LimitsInUse {
    private final InstanceView view;
    private final List<Limit> limits = new ArrayList<>();

    private LimitsInUse(InstanceView view) {
        this.view = view;
    }

    static List<Limit> of(InstanceView view) {
        LimitsInUse limits = new LimitsInUse(view);
        view.engine().downstreams().forEach(limits::add);
        limits.addTables();
        for (Mail.Kind kind : Mail.Kind.values()) {
            limits.add(
                    kind == Mail.Kind.MEMBERSHIP ? "waiting-messages" : "waiting-upcalls",
                    null,
                    null,
                    view.waitingByKind().getOrDefault(kind, 0),
                    kind == Mail.Kind.MEMBERSHIP ? Mailbox.MEMBERSHIP_LIMIT : Mailbox.UPCALL_LIMIT,
                    view.counted("dropped", Optional.empty(), kind.toString()));
        }
        return limits.limits;
    }

    private void add(EngineView.Downstream on) {
        String link = on.link();
        String family = on.family().toString();
        add(
                "max-groups",
                link,
                family,
                on.groupCount(),
                Math.min(on.limits().groups(), Limits.DEFAULT.groupsPerLink()),
                refused(Event.Limit.GROUPS_PER_LINK, on));
        add(
                "max-hosts",
                link,
                family,
                on.hostCount(),
                on.limits().hosts(),
                refused(Event.Limit.HOSTS_PER_LINK, on));
        long sources = refused(Event.Limit.SOURCES_PER_GROUP, on);
        if (sources > 0) {
            add("max-group-sources", link, family, 0, on.limits().groupSources(), sources);
        }
    }

    private long refused(Event.Limit limit, EngineView.Downstream on) {
        return view.counted(
                "limit-reached", Optional.of(on.link()), ProxyInstance.label(limit, on.family()));
    }

    private void addTables() {
        view.kernelLinksInUse()
                .forEach((family, inUse) -> {
                    add(
                            "virtual-interfaces",
                            null,
                            family.toString(),
                            inUse,
                            MulticastTable.MAX_INTERFACES,
                            view.counted(
                                    "interfaces-exhausted", Optional.empty(), family.toString()));
                    add(
                            "routes",
                            null,
                            family.toString(),
                            view.engine().routeCounts().getOrDefault(family, 0),
                            Limits.DEFAULT.routes(),
                            view.counted(
                                    "limit-reached",
                                    Optional.empty(),
                                    ProxyInstance.label(Event.Limit.ROUTES, family)));
                });
    }

    private void add(
            String name,
            @Nullable String link,
            @Nullable String family,
            long used,
            long limit,
            long refused) {
        if (used > 0 || refused > 0) {
            limits.add(new Limit(name, view.name(), link, family, used, limit, refused));
        }
    }
}
