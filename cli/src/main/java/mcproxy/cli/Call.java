package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.ControlException;

import java.nio.file.Path;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;

/** A command's way to the daemon, which turns what goes wrong into sentences and statuses. */
final class Call {
    private final Session session;
    private final CommonOptions common;

    Call(Session session, CommonOptions common) {
        this.session = session;
        this.common = common;
    }

    /** Does something with the daemon; gives the exit status. */
    int with(ToIntFunction<Control> what) {
        Path socket = common.socket(session.environment());
        int status = tried(() -> what.applyAsInt(session.connector().connect(socket)));
        session.out().flush();
        if (session.out().checkError()) {
            return ExitStatus.FAILED; // the reader has gone (head, less): nobody to tell
        }
        return status;
    }

    private int tried(IntSupplier what) {
        try {
            return what.getAsInt();
        } catch (ControlException e) {
            String sentence = String.valueOf(e.getMessage());
            return e.kind() == ControlException.Kind.NOT_FOUND ? wrong(sentence) : failed(sentence);
        } catch (IllegalArgumentException e) {
            return wrong(String.valueOf(e.getMessage()));
        }
    }

    /** What is asked cannot be done. */
    int failed(String sentence) {
        return tell(sentence, ExitStatus.FAILED);
    }

    /** What is asked is wrong. */
    int wrong(String sentence) {
        return tell(sentence, ExitStatus.USER);
    }

    private int tell(String sentence, int status) {
        session.out().flush();
        session.err().println("mcproxy: error: " + Words.printable(sentence));
        return status;
    }

    /** An empty sheet for standard output. */
    Sheet sheet() {
        int width = session.screen().size().map(Screen.Size::columns).orElse(Sheet.UNLIMITED);
        return new Sheet(width, common.isColoured(session));
    }

    void print(Sheet sheet) {
        sheet.lines().forEach(session.out()::println);
    }
}
