package mcproxy.cli.doctor;

import java.util.ArrayList;
import java.util.List;

/** Where checks write down what they find. */
final class Report {
    private final List<Finding> findings = new ArrayList<>();
    private final List<Examination.Unseen> unseen = new ArrayList<>();

    void add(Finding finding) {
        if (!findings.contains(finding)) {
            findings.add(finding);
        }
    }

    void unseen(String what, String why) {
        Examination.Unseen one = new Examination.Unseen(what, why);
        if (!unseen.contains(one)) {
            unseen.add(one);
        }
    }

    List<Finding> findings() {
        return List.copyOf(findings);
    }

    List<Examination.Unseen> unseen() {
        return List.copyOf(unseen);
    }
}
