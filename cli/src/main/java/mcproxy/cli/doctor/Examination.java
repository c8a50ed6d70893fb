package mcproxy.cli.doctor;

import io.avaje.jsonb.Json;

import java.util.List;

/**
 * What came of looking at a system.
 *
 * @param findings the worst first
 * @param looked what was looked at, the kinds that a finding may have
 * @param unseen what could not be looked at
 */
@Json
public record Examination(List<Finding> findings, List<String> looked, List<Unseen> unseen) {
    /** Copies the lists. */
    public Examination {
        findings = List.copyOf(findings);
        looked = List.copyOf(looked);
        unseen = List.copyOf(unseen);
    }

    /**
     * What could not be looked at.
     *
     * @param what for instance {@code nftables}
     * @param why for instance {@code nft is not installed}
     */
    @Json
    public record Unseen(String what, String why) {}

    /** Was more found than notes? */
    public boolean hasProblems() {
        return findings.stream().anyMatch(Finding::isProblem);
    }
}
