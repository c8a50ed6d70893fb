package mcproxy.cli.doctor;

import mcproxy.config.Configuration;
import mcproxy.config.InstanceConfig;
import mcproxy.config.InterfaceConfig;
import mcproxy.config.Side;
import mcproxy.control.Control;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Selection;
import mcproxy.core.LinkSettings;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What there is to look at.
 *
 * @param places the interfaces that there are, in the order of the configuration
 * @param daemon the daemon, if one runs
 */
record Scene(
        Machine machine,
        Configuration configuration,
        List<Place> places,
        Optional<Control> daemon) {
    /** Copies the list. */
    Scene {
        places = List.copyOf(places);
    }

    /** Puts together what the configuration wants with what there is. */
    static Scene of(Machine machine, Configuration configuration, Optional<Control> daemon)
            throws KernelException {
        List<Interface> live = daemon.map(one -> one.interfaces(Selection.ALL)).orElse(List.of());
        Map<String, Integer> tables = new HashMap<>(configuration.tables());
        daemon.map(Control::instances).orElse(List.of()).stream()
                .forEach((Instance one) -> tables.put(one.name(), one.table()));
        List<Place> places = new ArrayList<>();
        List<Link> links = machine.links();
        for (InstanceConfig instance : configuration.instances()) {
            int table = tables.getOrDefault(instance.name(), 0);
            for (Side side : Side.values()) {
                for (Link link : links) {
                    instance.on(side, link.name())
                            .ifPresent(on ->
                                    places.addAll(
                                            places(
                                                    configuration,
                                                    instance,
                                                    table,
                                                    link.name(),
                                                    side,
                                                    on,
                                                    live)));
                }
            }
        }
        return new Scene(machine, configuration, places, daemon);
    }

    private static List<Place> places(
            Configuration configuration,
            InstanceConfig instance,
            int table,
            String link,
            Side side,
            InterfaceConfig on,
            List<Interface> live) {
        List<Place> places = new ArrayList<>();
        for (Family family : Family.values()) {
            Optional<LinkSettings> settings = configuration.link(instance, side, on.name(), family);
            settings.ifPresent(wanted ->
                    places.add(
                            new Place(
                                    instance.name(),
                                    table,
                                    link,
                                    side,
                                    family,
                                    wanted.protocol(),
                                    wanted.router().querying().enabled(),
                                    find(live, instance.name(), link, side, family))));
        }
        return places;
    }

    private static @Nullable Interface find(
            List<Interface> live, String instance, String link, Side side, Family family) {
        for (Interface one : live) {
            if (one.instance().equals(instance)
                    && one.name().equals(link)
                    && one.side().equals(side.name().toLowerCase(Locale.ROOT))
                    && one.family().equals(family.toString())) {
                return one;
            }
        }
        return null;
    }
}
