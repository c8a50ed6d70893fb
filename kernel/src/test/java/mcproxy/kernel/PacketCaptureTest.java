package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.kernel.PacketCapture.Captured;

import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;

class PacketCaptureTest {
    private final Kernel kernel = Linux.kernel();

    @Test
    void bothEndsOfALinkSeeAFrameEachInItsDirection() throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            String b = net.namespace("b");
            net.veth(a, "x", b, "y");
            net.ip(a, "address add 10.0.0.1/24 dev x");
            net.ip(b, "address add 10.0.0.2/24 dev y");
            int x = net.index(a, "x");
            int y = net.index(b, "y");
            try (PacketCapture sending = net.in(a, () -> kernel.openCapture(x));
                    PacketCapture receiving = net.in(b, () -> kernel.openCapture(0))) {
                long before = System.currentTimeMillis();
                send(net, a, "10.0.0.2", "over the link");
                Captured sent = frameWith("over the link", sending);
                Captured received = frameWith("over the link", receiving);
                long after = System.currentTimeMillis() + 1;

                assertThat(sent.outgoing()).isTrue();
                assertThat(sent.ifindex()).isEqualTo(x);
                assertThat(received.outgoing()).isFalse();
                assertThat(received.ifindex()).isEqualTo(y);
                assertThat(received.frame()).isEqualTo(sent.frame());
                assertThat(TimeUnit.NANOSECONDS.toMillis(received.epochNanos()))
                        .isBetween(before, after);
                assertThat(receiving.lost()).isZero();
            }
        }
    }

    @Test
    void aFrameIsSentAsItIs() throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            String b = net.namespace("b");
            net.veth(a, "x", b, "y");
            int x = net.index(a, "x");
            int y = net.index(b, "y");
            byte[] frame = new byte[60];
            Arrays.fill(frame, 0, 6, (byte) 0xff);
            frame[12] = (byte) 0x88; // a protocol for experiments (IEEE 802)
            frame[13] = (byte) 0xb5;
            byte[] text = "as it is".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, frame, 20, text.length);
            try (PacketCapture sending = net.in(a, () -> kernel.openCapture(x));
                    PacketCapture receiving = net.in(b, () -> kernel.openCapture(y))) {
                sending.send(frame);
                assertThat(frameWith("as it is", receiving).frame()).isEqualTo(frame);
                assertThatThrownBy(() -> sending.send(new byte[3000]))
                        .isInstanceOf(KernelException.class)
                        .hasMessageContaining("EMSGSIZE");
            }
        }
    }

    @Test
    void aPollerWaitsForTheCapture() throws KernelException {
        try (TestNet net = new TestNet();
                Poller poller = kernel.openPoller()) {
            String a = net.namespace("a");
            try (PacketCapture capture = net.in(a, () -> kernel.openCapture(0))) {
                assertThat(poller.await(Set.of(capture), 0)).isEmpty();
                send(net, a, "127.0.0.1", "hello");
                assertThat(poller.await(Set.of(capture), 5000)).containsExactly(capture);
                frameWith("hello", capture);
            }
        }
    }

    @Test
    void aMissingDeviceIsTold() {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            assertThatThrownBy(() -> net.in(a, () -> kernel.openCapture(12_345)))
                    .hasRootCauseInstanceOf(KernelException.class)
                    .hasMessageContaining("bind(AF_PACKET, interface 12345): ENODEV");
        }
    }

    private static void send(TestNet net, String from, String to, String text) {
        int _ =
                net.in(
                        from,
                        () -> {
                            try (DatagramChannel channel = DatagramChannel.open()) {
                                ByteBuffer bytes =
                                        ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
                                return channel.send(bytes, new InetSocketAddress(to, 9));
                            }
                        });
    }

    private static Captured frameWith(String text, PacketCapture capture) {
        return TestNet.eventually(
                "a frame with '" + text + "'",
                () -> {
                    try {
                        return capture.receive()
                                .filter(c ->
                                        new String(c.frame(), StandardCharsets.US_ASCII)
                                                .contains(text));
                    } catch (KernelException e) {
                        throw new AssertionError(e);
                    }
                });
    }
}
