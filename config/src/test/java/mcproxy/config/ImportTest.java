package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** {@code mcproxy config import}, without its command line. */
class ImportTest {
    /** What is made passes the check without an error. */
    private static Configuration checked(String text) {
        Reading reading = ConfigurationReader.read("made.conf", text);
        assertThat(reading.configuration()).as(text + reading.render()).isPresent();
        return reading.configuration().orElseThrow();
    }

    @Test
    void igmpproxy() {
        String made =
                IgmpproxyImport.read(
                        """
                        # comment
                        quickleave
                        phyint ppp0 upstream  ratelimit 0  threshold 1
                            altnet 10.0.0.0/8
                            altnet 192.168.0.0/16
                            whitelist 239.0.0.0/8
                            whitelist 239.1.0.0/16
                            whitelist 232.1.1.1/32
                        phyint br-lan downstream  ratelimit 500  threshold 3
                        phyint eth0.5 disabled
                        chroot /var/empty
                        """);
        assertThat(made)
                .contains("pinstance igmpproxy: ppp0 ==> \"br-lan\";\n")
                .contains("pinstance igmpproxy set immediate-leave on;\n")
                .contains(
                        "pinstance igmpproxy upstream ppp0 in whitelist table { (239.0.0.0/8 | *)"
                                + " (232.1.1.1 | *) };\n")
                .contains("# disabled, so not listed: eth0.5\n")
                .contains("# line 4: altnet 10.0.0.0/8 - not needed")
                .contains(
                        "# line 9: phyint br-lan downstream ratelimit 500 threshold 3 - Linux has")
                .contains(
                        "# line 9: phyint br-lan downstream ratelimit 500 threshold 3 - not carried")
                .contains("# line 11: chroot /var/empty - not known here\n")
                .doesNotContain("line 3");
        Configuration configuration = checked(made);
        assertThat(configuration.instances().getFirst().policy().filters()).hasSize(1);
    }

    @Test
    void igmpproxyWithoutDownstreams() {
        Configuration configuration = checked(IgmpproxyImport.read("phyint wan0 upstream"));
        InstanceConfig instance = configuration.instances().getFirst();
        assertThat(instance.on(Side.DOWNSTREAM, "eth7")).isPresent();
        assertThat(instance.on(Side.DOWNSTREAM, "wan0")).as("named on the other side").isEmpty();
    }

    @Test
    void smcroute() {
        String made =
                SmcrouteImport.read(
                        """
                        phyint eth0 enable ttl-threshold 11
                        phyint eth1 enable mrdisc
                        mgroup from eth0 group 225.1.2.3
                        mgroup from eth0 source 192.168.1.42 group 232.1.2.3
                        mroute from eth0 group 225.1.2.3 to eth1 eth2
                        mroute from eth0 source 192.168.1.42 group 232.1.2.3 to eth1
                        mroute from eth9 source 10.0.0.0/8 group 226.0.0.0/16 to eth2 veth+
                        mroute from eth1 group 225.3.2.1 to eth0
                        mroute from eth0 group ff2e::42 to eth1
                        include /etc/smcroute.d/*.conf
                        """);
        assertThat(made)
                .contains("protocol IGMPv3, MLDv2;\n")
                .contains("pinstance smcroute: eth0 eth9 ==> eth1 eth2 \"veth*\";\n")
                .contains("upstream eth0 set join-group 225.1.2.3, 232.1.2.3 192.168.1.42;\n")
                .contains(
                        "downstream eth1 out whitelist table { eth0(225.1.2.3 | *) eth0(232.1.2.3 |"
                                + " 192.168.1.42) eth0(ff2e::42 | *) };\n")
                .contains(
                        "downstream eth1 set static-group 225.1.2.3, 232.1.2.3 192.168.1.42, ff2e::42;\n")
                .contains(
                        "downstream \"veth*\" out whitelist table { eth9(226.0.0.0/16 |"
                                + " 10.0.0.0/8) };\n")
                .contains("# line 1: phyint eth0 enable ttl-threshold 11 - ")
                .contains("# line 7: mroute from eth9 source 10.0.0.0/8 group 226.0.0.0/16 to eth2")
                .contains("# line 8: mroute from eth1 group 225.3.2.1 to eth0 - one interface")
                .contains("# line 10: include");
        checked(made);
    }

    @Test
    void smcrouteWithSourceSpecificGroupsWithoutSource() {
        String made = SmcrouteImport.read("mroute from a group 232.1.1.1 to b");
        assertThat(made).contains("set ssm-range none;");
        checked(made);
    }

    @Test
    void nothingGivesSomethingThatIsAConfiguration() {
        assertThat(checked(SmcrouteImport.read("")).disabled()).isTrue();
        assertThat(checked(IgmpproxyImport.read("")).instances()).hasSize(1);
    }

    @Test
    void anyWordsGiveAConfiguration() {
        List<String> words =
                List.of(
                        "phyint",
                        "mroute",
                        "mgroup",
                        "from",
                        "group",
                        "source",
                        "to",
                        "upstream",
                        "downstream",
                        "disabled",
                        "whitelist",
                        "altnet",
                        "threshold",
                        "1",
                        "5",
                        "ratelimit",
                        "quickleave",
                        "eth0",
                        "eth1",
                        "br-lan",
                        "table",
                        "eth+",
                        "\"",
                        "225.1.2.3",
                        "232.1.1.1",
                        "224.0.0.5",
                        "239.0.0.0/8",
                        "224.0.0.0/3",
                        "239.1.1.1/33",
                        "10.0.0.1",
                        "10.0.0.0/8",
                        "0.0.0.0",
                        "ff2e::1",
                        "ff02::5",
                        "2001:db8::1",
                        "\n",
                        "\n",
                        "\n",
                        "#",
                        ";",
                        "\u001b",
                        "a/b",
                        "\u00e4");
        for (long seed = 0; seed < 5000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder text = new StringBuilder();
            int count = random.nextInt(60);
            for (int i = 0; i < count; i++) {
                // Mostly lines that could be meant, so that more than notes comes of them.
                int form = random.nextInt(6);
                String group = words.get(random.nextInt(27, 35));
                String on = words.get(random.nextInt(17, 23));
                text.append(
                        switch (form) {
                            case 0 -> "mroute from " + on + " group " + group + " to eth5 eth6\n";
                            case 1 -> "mgroup from " + on + " group " + group + "\n";
                            case 2 -> "phyint " + on + " downstream\n whitelist " + group + "\n";
                            case 3 -> "phyint " + on + " upstream\n";
                            default -> words.get(random.nextInt(words.size())) + " ";
                        });
            }
            for (UnaryOperator<String> maker :
                    List.<UnaryOperator<String>>of(IgmpproxyImport::read, SmcrouteImport::read)) {
                Reading reading = ConfigurationReader.read("x", maker.apply(text.toString()));
                assertThat(reading.configuration())
                        .as("seed %d\n%s\n%s", seed, text, reading.render())
                        .isPresent();
            }
        }
    }
}
