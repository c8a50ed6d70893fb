package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Sizes and offsets of our structures are those that the C compiler makes of the headers. */
class StructsTest {
    private static final String HEADERS =
            """
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <stdio.h>
            #include <poll.h>
            #include <time.h>
            #include <netinet/in.h>
            #include <netinet/icmp6.h>
            #include <sys/epoll.h>
            #include <sys/socket.h>
            #include <sys/uio.h>
            #include <linux/fib_rules.h>
            #include <linux/filter.h>
            #include <linux/if_addr.h>
            #include <linux/if_link.h>
            #include <linux/if_packet.h>
            #include <linux/mroute.h>
            #include <linux/mroute6.h>
            #include <linux/netlink.h>
            #include <linux/rtnetlink.h>
            """;

    @Test
    void sizesAndOffsetsAreTheCompilers(@TempDir Path directory)
            throws IOException, InterruptedException {
        List<String> expected = new ArrayList<>();
        StringBuilder program = new StringBuilder(HEADERS).append("int main(void) {\n");
        for (StructLayout each : Structs.ALL) {
            String name = each.name().orElseThrow();
            expected.add(name + " " + each.byteSize());
            program.append("printf(\"%s %%zu\\n\", sizeof(struct %s));\n".formatted(name, name));
            for (MemoryLayout member : each.memberLayouts()) {
                if (member instanceof PaddingLayout) {
                    continue;
                }
                String field = member.name().orElseThrow();
                expected.add(
                        name
                                + "."
                                + field
                                + " "
                                + Structs.offset(each, field)
                                + " "
                                + member.byteSize());
                program.append(
                        "printf(\"%1$s.%2$s %%zu %%zu\\n\", offsetof(struct %1$s, %2$s), sizeof(((struct %1$s *) 0)->%2$s));\n"
                                .formatted(name, field));
            }
        }
        program.append("return 0;\n}\n");

        assertThat(compiledAndRun(program.toString(), directory))
                .containsExactlyElementsOf(expected);
        assertThat(expected).hasSizeGreaterThan(100);
    }

    @Test
    void constantsAreTheHeaders(@TempDir Path directory) throws IOException, InterruptedException {
        List<String> expected =
                List.of(
                        "MRT_INIT " + RoutingSocket.MRT_INIT,
                        "MRT6_INIT " + RoutingSocket.MRT_INIT,
                        "MRT_DONE " + RoutingSocket.MRT_DONE,
                        "MRT6_DONE " + RoutingSocket.MRT_DONE,
                        "MRT_ADD_VIF " + RoutingSocket.MRT_ADD_VIF,
                        "MRT6_ADD_MIF " + RoutingSocket.MRT_ADD_VIF,
                        "MRT_DEL_VIF " + RoutingSocket.MRT_DEL_VIF,
                        "MRT6_DEL_MIF " + RoutingSocket.MRT_DEL_VIF,
                        "MRT_ADD_MFC " + RoutingSocket.MRT_ADD_MFC,
                        "MRT6_ADD_MFC " + RoutingSocket.MRT_ADD_MFC,
                        "MRT_DEL_MFC " + RoutingSocket.MRT_DEL_MFC,
                        "MRT6_DEL_MFC " + RoutingSocket.MRT_DEL_MFC,
                        "MRT_ASSERT " + RoutingSocket.MRT_ASSERT,
                        "MRT6_ASSERT " + RoutingSocket.MRT_ASSERT,
                        "MRT_PIM " + RoutingSocket.MRT_PIM,
                        "MRT6_PIM " + RoutingSocket.MRT_PIM,
                        "MRT_TABLE " + RoutingSocket.MRT_TABLE,
                        "MRT6_TABLE " + RoutingSocket.MRT_TABLE,
                        "MRT_ADD_MFC_PROXY " + RoutingSocket.MRT_ADD_MFC_PROXY,
                        "MRT6_ADD_MFC_PROXY " + RoutingSocket.MRT_ADD_MFC_PROXY,
                        "SIOCGETVIFCNT " + RoutingSocket.SIOCGETVIFCNT,
                        "SIOCGETMIFCNT_IN6 " + RoutingSocket.SIOCGETVIFCNT,
                        "SIOCGETSGCNT " + RoutingSocket.SIOCGETSGCNT,
                        "SIOCGETSGCNT_IN6 " + RoutingSocket.SIOCGETSGCNT,
                        "IGMPMSG_NOCACHE " + RoutingSocket.NOCACHE,
                        "MRT6MSG_NOCACHE " + RoutingSocket.NOCACHE,
                        "IGMPMSG_WRONGVIF " + RoutingSocket.WRONGVIF,
                        "MRT6MSG_WRONGMIF " + RoutingSocket.WRONGVIF,
                        "MAXVIFS " + MulticastTable.MAX_INTERFACES,
                        "MAXMIFS " + MulticastTable.MAX_INTERFACES,
                        "SO_ATTACH_FILTER " + Libc.SO_ATTACH_FILTER,
                        "SO_RCVBUFFORCE " + Libc.SO_RCVBUFFORCE,
                        "SO_TIMESTAMPNS " + LinuxPacketCapture.SO_TIMESTAMPNS);
        StringBuilder program = new StringBuilder(HEADERS).append("int main(void) {\n");
        for (String each : expected) {
            String name = each.substring(0, each.indexOf(' '));
            program.append("printf(\"%s %%d\\n\", (int) %s);\n".formatted(name, name));
        }
        program.append("return 0;\n}\n");

        assertThat(compiledAndRun(program.toString(), directory))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void errorNamesAreTheHeaders(@TempDir Path directory) throws IOException, InterruptedException {
        String program =
                """
                #define _GNU_SOURCE
                #include <stdio.h>
                #include <string.h>
                int main(void) {
                    for (int i = 1; i < 134; i++) {
                        const char *name = strerrorname_np(i);
                        printf("%d %s\\n", i, name ? name : "-");
                    }
                    return 0;
                }
                """;
        List<String> named = new ArrayList<>();
        for (String line : compiledAndRun(program, directory)) {
            int errno = Integer.parseInt(line.substring(0, line.indexOf(' ')));
            String ours = Errno.name(errno);
            if (!ours.startsWith("errno ")) {
                named.add(ours);
                assertThat(line).isEqualTo(errno + " " + ours);
            }
        }
        assertThat(named).hasSizeGreaterThan(30);
    }

    private static List<String> compiledAndRun(String program, Path directory)
            throws IOException, InterruptedException {
        boolean hasCompiler =
                Stream.of("/usr/bin/gcc", "/usr/local/bin/gcc")
                        .anyMatch(file -> Files.isExecutable(Path.of(file)));
        assumeTrue(hasCompiler, "SKIPPED: no gcc, so no comparison with the kernel's headers");
        Path source = directory.resolve("program.c");
        Path binary = directory.resolve("program");
        Files.writeString(source, program);
        TestNet.run("gcc", "-o", binary.toString(), source.toString());
        Process process = new ProcessBuilder(binary.toString()).start();
        List<String> lines =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(process.waitFor()).isZero();
        return lines;
    }
}
