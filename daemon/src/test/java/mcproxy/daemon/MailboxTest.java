package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Reason;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

final class MailboxTest {
    private final Mailbox mailbox = new Mailbox(() -> 0, 3, 2);

    private static Mail.Heard heard(int ifindex) {
        return new Mail.Heard(
                ifindex,
                Family.IPV4,
                new Decoded.Malformed<>(Reason.TOO_SHORT, 0),
                LinkAddress.NONE,
                ByteBuffer.allocate(0));
    }

    private static Mail.CacheMiss miss(int vif) {
        return new Mail.CacheMiss(vif, SOURCE, GROUP);
    }

    private static Mail.LinkChanged there(int ifindex, String name) {
        return new Mail.LinkChanged(ifindex, false, Optional.of(link(ifindex, name)));
    }

    private static Mail.LinkChanged gone(int ifindex) {
        return new Mail.LinkChanged(ifindex, true, Optional.empty());
    }

    @Test
    void droppableMailComesOutInOrderOfArrival() throws InterruptedException {
        mailbox.offer(heard(1));
        mailbox.offer(miss(2));
        mailbox.offer(heard(3));

        assertThat(mailbox.take()).isEqualTo(heard(1));
        assertThat(mailbox.take()).isEqualTo(miss(2));
        assertThat(mailbox.take()).isEqualTo(heard(3));
    }

    @Test
    void aFloodOfOneKindIsDroppedAndCountedAndLeavesTheOtherItsPlace() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            mailbox.offer(heard(i));
        }
        mailbox.offer(miss(1));
        mailbox.offer(miss(2));
        mailbox.offer(miss(3));

        assertThat(mailbox.depth()).isEqualTo(5);
        assertThat(mailbox.dropped(Mail.Kind.MEMBERSHIP)).isEqualTo(97);
        assertThat(mailbox.dropped(Mail.Kind.UPCALL)).isEqualTo(1);

        assertThat(mailbox.take()).as("the oldest is kept").isEqualTo(heard(0));
        mailbox.offer(heard(200));
        assertThat(mailbox.dropped(Mail.Kind.MEMBERSHIP)).as("there is room again").isEqualTo(97);
    }

    @Test
    void whatWaitsComesOutBeforeItIsCaughtUpWith() throws InterruptedException {
        mailbox.offer(heard(1));
        mailbox.offer(miss(2));
        mailbox.catchUp();
        mailbox.offer(heard(3));

        assertThat(mailbox.take()).isEqualTo(heard(1));
        var show = new Mail.Show(mcproxy.core.ViewRequest.ALL, new CompletableFuture<>());
        mailbox.request(show);
        assertThat(mailbox.take()).isEqualTo(miss(2));
        assertThat(mailbox.take()).as("nobody who asks delays it").isEqualTo(new Mail.CaughtUp());
        assertThat(mailbox.take()).isEqualTo(show);
        assertThat(mailbox.take()).isEqualTo(heard(3));

        mailbox.catchUp();
        assertThat(mailbox.take()).as("nothing waits").isEqualTo(new Mail.CaughtUp());
    }

    @Test
    void timerLinksAndStopGetThroughWhenAllIsFull() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            mailbox.offer(heard(i));
            mailbox.offer(miss(i));
        }
        mailbox.timerExpired();
        mailbox.timerExpired();
        var show = new Mail.Show(mcproxy.core.ViewRequest.ALL, new CompletableFuture<>());
        mailbox.request(show);
        mailbox.linkChanged(there(7, "lan0"));

        assertThat(mailbox.take()).isEqualTo(there(7, "lan0"));
        assertThat(mailbox.take()).isEqualTo(new Mail.TimerExpired());
        assertThat(mailbox.take()).as("twice expired is once").isEqualTo(show);
        assertThat(mailbox.take()).isEqualTo(heard(0));
        mailbox.stop();
        assertThat(mailbox.take()).isEqualTo(new Mail.Stop());
    }

    @Test
    void theLatestStateOfAnInterfaceWins() throws InterruptedException {
        mailbox.linkChanged(there(7, "lan0"));
        mailbox.linkChanged(there(8, "lan1"));
        mailbox.linkChanged(there(7, "renamed"));
        mailbox.offer(heard(1));

        assertThat(mailbox.take()).isEqualTo(there(7, "renamed"));
        assertThat(mailbox.take()).isEqualTo(there(8, "lan1"));
        assertThat(mailbox.take()).isEqualTo(heard(1));
    }

    @Test
    void aRemovalIsSeenEvenIfTheInterfaceIsBack() throws InterruptedException {
        mailbox.linkChanged(there(7, "lan0"));
        mailbox.linkChanged(gone(7));
        mailbox.linkChanged(there(7, "lan0"));
        mailbox.linkChanged(there(9, "lan1"));
        mailbox.linkChanged(gone(9));

        assertThat(mailbox.take())
                .isEqualTo(new Mail.LinkChanged(7, true, Optional.of(link(7, "lan0"))));
        assertThat(mailbox.take()).isEqualTo(gone(9));
    }

    @Test
    void nobodyWaitsForAnAnswerThatCannotCome() {
        var before = new Mail.Show(mcproxy.core.ViewRequest.ALL, new CompletableFuture<>());
        mailbox.request(before);
        mailbox.close();
        var after = new Mail.Show(mcproxy.core.ViewRequest.ALL, new CompletableFuture<>());
        mailbox.request(after);

        assertThatThrownBy(() -> before.answer().join()).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> after.answer().join()).isInstanceOf(CancellationException.class);
    }
}
