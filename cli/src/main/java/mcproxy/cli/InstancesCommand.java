package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Instance;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code mcproxy instances}. */
@Command(
        name = "instances",
        mixinStandardHelpOptions = true,
        description = {
            "Show the proxy instances: what each connects, and how much it has to do.",
            "With a name also the interfaces in its kernel tables."
        })
public final class InstancesCommand extends View<List<Instance>> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INSTANCE",
            description = "Only this instance.")
    @Nullable String argument;

    @Option(names = "--instance", paramLabel = "NAME", description = "The same.")
    @Nullable String option;

    /** For the program. */
    public InstancesCommand() {
        this(Session.ofProcess());
    }

    InstancesCommand(Session session) {
        super(session);
    }

    private @Nullable String wanted() {
        return option != null ? option : argument;
    }

    @Override
    List<Instance> read(Control control) {
        String wanted = wanted();
        List<Instance> all = control.instances();
        if (wanted == null) {
            return all;
        }
        List<Instance> found = all.stream().filter(one -> one.name().equals(wanted)).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no instance "
                            + wanted
                            + "; those that run: "
                            + Words.list(all.stream().map(Instance::name).toList()));
        }
        return found;
    }

    @Override
    String json(List<Instance> instances) {
        return Documents.json(Instance.class, instances);
    }

    @Override
    void show(List<Instance> instances, Sheet sheet) {
        if (instances.isEmpty()) {
            sheet.sentence("No instance runs. Add one: mcproxy add instance NAME -u wan0 -d lan0");
            return;
        }
        sheet.table(table(instances));
        if (wanted() != null) {
            instances.forEach(instance -> details(instance, sheet));
        }
    }

    private static Table table(List<Instance> instances) {
        Table table =
                new Table()
                        .left("INSTANCE")
                        .right("TABLE", "UP")
                        .left("PROTOCOLS", "UPSTREAMS")
                        .flexible("DOWNSTREAMS")
                        .left("MATCHING")
                        .right("GROUPS", "FLOWS", "WAITING", "DROPPED");
        for (Instance one : instances) {
            table.row(
                    one.name(),
                    String.valueOf(one.table()),
                    Words.duration(one.upMillis()),
                    Words.list(one.protocols()),
                    Words.list(one.upstreams()),
                    Words.list(one.downstreams()),
                    one.matching(),
                    one.groups(),
                    one.flows(),
                    one.waiting(),
                    new Cell(
                            Words.count(one.dropped()),
                            one.dropped() > 0 ? Paint.WARNING : Paint.PLAIN));
        }
        return table;
    }

    private static void details(Instance instance, Sheet sheet) {
        sheet.gap();
        if (instance.kernelLinks().isEmpty()) {
            sheet.sentence(
                    "None of its interfaces is in a kernel table; see: mcproxy interfaces"
                            + " --instance "
                            + instance.name());
            return;
        }
        Table table = new Table().left("FAMILY").right("VIF").left("INTERFACE");
        instance.kernelLinks()
                .forEach(link -> table.row(link.family(), String.valueOf(link.vif()), link.link()));
        sheet.table(table);
    }
}
