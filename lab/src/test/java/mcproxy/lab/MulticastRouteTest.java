package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Texts of iproute2 6.1 on Linux 6.18. */
class MulticastRouteTest {
    @Test
    void readsWhatIpWrites() {
        String json =
                """
                [{"src":"10.0.0.1","dst":"232.1.1.1","iif":"d0","multipath":[{"oif":"d1"}],\
                "state":"resolved","packets":7,"bytes":1596,"expires":0,"table":"default"},\
                {"src":"10.0.0.20","dst":"232.1.1.1","iif":"unresolved","state":"unresolved"}]
                """;
        assertThat(MulticastRoute.parse(json))
                .satisfiesExactly(
                        route -> {
                            assertThat(route).hasToString("10.0.0.1 > 232.1.1.1  d0 -> d1");
                            assertThat(route.outgoingNames()).containsExactly("d1");
                            assertThat(route.packets()).isEqualTo(7);
                            assertThat(route.bytes()).isEqualTo(1596);
                        },
                        route ->
                                assertThat(route)
                                        .hasToString("10.0.0.20 > 232.1.1.1  (unresolved)"));
    }

    @Test
    void readsNothingFromNothing() {
        assertThat(MulticastRoute.parse("\n")).isEmpty();
        assertThat(MulticastRoute.parse("[ ]")).isEmpty();
    }
}
