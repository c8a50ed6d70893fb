package mcproxy.kernel;

import mcproxy.wire.Family;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Other processes that have a raw IGMP or ICMPv6 socket in this network namespace, as far as /proc
 * tells (proc(5), {@code net/raw}). One of them owns a table that is taken.
 */
final class RawSocketOwners {
    private static final int LOCAL_ADDRESS_COLUMN = 1;
    private static final int INODE_COLUMN = 9;

    private static final Pattern SPACES = Pattern.compile("\\s+");

    private RawSocketOwners() {}

    /** The processes as {@code name (process N)}; empty when none is to be seen. */
    static List<String> of(Family family) {
        Set<String> sockets = new HashSet<>();
        try {
            String file = family == Family.IPV4 ? "raw" : "raw6";
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/net", file))) {
                String[] columns = SPACES.split(line.strip(), 0);
                // raw sockets show their protocol as the local port
                String port = family == Family.IPV4 ? ":0002" : ":003A";
                if (columns.length > INODE_COLUMN && columns[LOCAL_ADDRESS_COLUMN].endsWith(port)) {
                    sockets.add("socket:[" + columns[INODE_COLUMN] + "]");
                }
            }
            return owners(sockets);
        } catch (IOException | UncheckedIOException | DirectoryIteratorException _) {
            return List.of(); // advice must not fail
        }
    }

    private static List<String> owners(Set<String> sockets) throws IOException {
        Set<String> owners = new TreeSet<>();
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : processes) {
                long number = Long.parseLong(process.getFileName().toString());
                if (number != ProcessHandle.current().pid() && hasOneOf(sockets, process)) {
                    String name = Files.readString(process.resolve("comm")).strip();
                    owners.add(name + " (process " + number + ")");
                }
            }
        }
        return List.copyOf(owners);
    }

    private static boolean hasOneOf(Set<String> sockets, Path process) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            return false; // it ended meanwhile, or is not ours to look at
        }
        return false;
    }
}
