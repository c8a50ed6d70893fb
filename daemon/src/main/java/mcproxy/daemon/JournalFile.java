package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Limits;
import mcproxy.core.ProxyEngine;
import mcproxy.core.ProxySettings;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.daemon.JournalLine.Outcome;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A {@link Journal} in a file, of mode 0600 as it tells who watches what.
 *
 * <p>A thread of its own makes the text and writes it. It looks for work ten times a second rather
 * than being woken, so that recording costs the instances no system call; and where it does not
 * keep up, what is too much is lost, counted, and told in the journal.
 */
final class JournalFile implements Journal, Runnable {
    /** How long anything recorded waits until it is written. */
    static final long WRITE_INTERVAL_MILLIS = 100;

    /** The most calls that wait to be written. */
    static final int MAX_WAITING = 32_768;

    /** The most memory that they may hold, roughly. */
    private static final long MAX_WAITING_BYTES = 64 << 20;

    private static final int CALL_BYTES = 200;
    private static final int EFFECT_BYTES = 200;

    /** Room for {@link JournalLine.Full}. */
    private static final int FULL_BYTES = 100;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final long PATIENCE_MILLIS = 1000;

    /** A line that waits; its text is made when it is written. */
    private interface Waiting {
        JournalLine line();

        default int bytes() {
            return CALL_BYTES;
        }
    }

    private final String name;
    private final FileChannel file;
    private final long limitBytes;
    private final Consumer<DaemonEvent> log;
    private final Clock clock;
    private final BlockingQueue<Waiting> queue;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final List<FileTrack> tracks = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> engines = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final Thread thread;

    private long writtenBytes;
    private volatile boolean closing;

    /** Nothing is written any more: the disk has failed, or the limit is reached. */
    private volatile boolean ended;

    private JournalFile(
            String name,
            FileChannel file,
            long limitBytes,
            int maxWaiting,
            Clock clock,
            Consumer<DaemonEvent> log) {
        this.name = name;
        this.file = file;
        this.limitBytes = limitBytes;
        this.queue = new ArrayBlockingQueue<>(maxWaiting);
        this.clock = clock;
        this.log = log;
        this.thread = Thread.ofPlatform().name("journal").daemon().unstarted(this);
    }

    /**
     * Begins a recording, at the end of the file if there is one.
     *
     * @param limitBytes how large the file may become
     * @param configuration as the language writes it
     * @param clock the clock of the engines' time
     * @throws IOException when it is no file, or cannot be written
     */
    static JournalFile open(
            Path path,
            long limitBytes,
            String configuration,
            Clock clock,
            Consumer<DaemonEvent> log)
            throws IOException {
        FileChannel file = channel(path);
        JournalFile journal =
                begin(path.toString(), file, limitBytes, MAX_WAITING, configuration, clock, log);
        journal.thread.start();
        log.accept(new DaemonEvent.JournalOpened(path.toString()));
        return journal;
    }

    /** Begins a recording that nobody writes until it is {@linkplain #run run}. */
    static JournalFile begin(
            String name,
            FileChannel file,
            long limitBytes,
            int maxWaiting,
            String configuration,
            Clock clock,
            Consumer<DaemonEvent> log)
            throws IOException {
        JournalFile journal = new JournalFile(name, file, limitBytes, maxWaiting, clock, log);
        journal.continueAtEnd();
        JournalLine head =
                new JournalLine.Head(
                        JournalLine.FORMAT,
                        Version.text(),
                        Instant.now().minusNanos(clock.nanos()),
                        configuration);
        var _ = journal.offer(() -> head);
        return journal;
    }

    private static FileChannel channel(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new IOException("it is no file"); // opening a pipe would wait for its reader
        }
        Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rw-------");
        FileChannel file =
                FileChannel.open(
                        path,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(ownerOnly));
        try {
            Files.setPosixFilePermissions(path, ownerOnly); // it may have been there before
        } catch (IOException e) {
            file.close();
            throw e;
        }
        return file;
    }

    /** An earlier recording may have been cut off in the middle of a line. */
    private void continueAtEnd() throws IOException {
        writtenBytes = file.size();
        file.position(writtenBytes);
        ByteBuffer last = ByteBuffer.allocate(1);
        if (writtenBytes > 0 && file.read(last, writtenBytes - 1) == 1 && last.get(0) != '\n') {
            buffer.put((byte) '\n');
        }
    }

    // ---- recording ----

    @Override
    public JournaledEngine engine(InstancePlan plan, long seed, long nowNanos) {
        String id = id(plan.name());
        ProxySettings settings = plan.settings();
        JournalLine began =
                new JournalLine.Began(nowNanos, id, plan.table(), seed, Limits.DEFAULT, settings);
        FileTrack track = track(id);
        track.record(() -> began, nowNanos);
        return new JournaledEngine(
                new ProxyEngine(Limits.DEFAULT, settings, new SplittableRandom(seed)), track);
    }

    /** What will be recorded under this name. */
    FileTrack track(String id) {
        FileTrack track = new FileTrack(id);
        tracks.add(track);
        return track;
    }

    /** No name of an instance has a '#'. */
    private synchronized String id(String instance) {
        int number = engines.merge(instance, 1, Integer::sum);
        return number == 1 ? instance : instance + "#" + number;
    }

    @Override
    public void configured(String configuration, long nowNanos) {
        JournalLine line = new JournalLine.Configured(nowNanos, configuration);
        var _ = offer(() -> line);
    }

    /** Takes a line, unless too many wait. */
    private boolean offer(Waiting line) {
        int bytes = line.bytes();
        if (waitingBytes.addAndGet(bytes) <= MAX_WAITING_BYTES && queue.offer(line)) {
            return true;
        }
        waitingBytes.addAndGet(-bytes);
        return false;
    }

    /** The calls of one engine. */
    final class FileTrack implements Track {
        private final String instance;
        private volatile long lost;

        FileTrack(String instance) {
            this.instance = instance;
        }

        @Override
        public void called(Call call, long nowNanos, List<Effect> effects) {
            record(new WaitingCall(instance, call, nowNanos, effects), nowNanos);
        }

        @Override
        public void failed(Call call, long nowNanos, Throwable bug) {
            record(
                    () ->
                            new JournalLine.Called(
                                    nowNanos, instance, call, new Outcome.Failure(bug.toString())),
                    nowNanos);
            close();
        }

        /** What follows a loss is told after it: the gap stands where the loss was. */
        @SuppressWarnings("NonAtomicVolatileUpdate") // written by the engine's thread only
        private void record(Waiting line, long nowNanos) {
            if (ended) {
                return;
            }
            if (lost > 0) {
                long before = lost;
                if (!offer(() -> new JournalLine.Gap(nowNanos, instance, before))) {
                    lost++;
                    return;
                }
                lost = 0;
            }
            if (!offer(line)) {
                lost++;
            }
        }
    }

    private record WaitingCall(String instance, Call call, long nowNanos, List<Effect> effects)
            implements Waiting {
        @Override
        public JournalLine line() {
            return new JournalLine.Called(
                    nowNanos, instance, call, new Outcome.Effects(EffectText.digest(effects)));
        }

        @Override
        public int bytes() {
            int heard = call instanceof Call.Hear hear ? hear.bytes().remaining() : 0;
            return CALL_BYTES + heard + EFFECT_BYTES * effects.size();
        }
    }

    // ---- writing ----

    @Override
    public void run() {
        try (file) {
            boolean last = false;
            while (!last && !ended) {
                last = closing; // before the queue is emptied: what came before is written
                if (!last) {
                    pause();
                }
                write();
            }
            if (!ended) {
                for (FileTrack track : tracks) {
                    if (track.lost > 0) {
                        put(new JournalLine.Gap(clock.nanos(), track.instance, track.lost));
                    }
                }
                flush();
            }
        } catch (IOException e) {
            ended = true;
            log.accept(new DaemonEvent.JournalFailed(name, String.valueOf(e.getMessage())));
        }
        queue.clear();
    }

    /** Until {@link #close}, which must not interrupt: that would close the channel. */
    private void pause() {
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(WRITE_INTERVAL_MILLIS));
    }

    private void write() throws IOException {
        List<Waiting> lines = new ArrayList<>();
        queue.drainTo(lines);
        for (Waiting line : lines) {
            put(line.line());
            waitingBytes.addAndGet(-line.bytes());
            if (ended) {
                break;
            }
        }
        flush();
    }

    private void put(JournalLine line) throws IOException {
        byte[] text = bytes(line);
        if (writtenBytes + buffer.position() + text.length + FULL_BYTES > limitBytes) {
            ended = true;
            text = bytes(new JournalLine.Full(clock.nanos(), limitBytes));
            log.accept(new DaemonEvent.JournalFull(name, limitBytes));
        }
        for (int at = 0; at < text.length; ) {
            int part = Math.min(text.length - at, buffer.remaining());
            buffer.put(text, at, part);
            at += part;
            if (!buffer.hasRemaining()) {
                flush();
            }
        }
    }

    private static byte[] bytes(JournalLine line) {
        return (line.text() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            writtenBytes += file.write(buffer);
        }
        buffer.clear();
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // whoever interrupts does not want to wait
        }
    }
}
