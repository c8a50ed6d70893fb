package mcproxy.cli;

import mcproxy.control.Control;

import java.nio.file.Path;

/** The way to a daemon. */
@FunctionalInterface
interface Connector {
    /** What listens on a socket; whether anything does shows when it is asked. */
    Control connect(Path socket);
}
