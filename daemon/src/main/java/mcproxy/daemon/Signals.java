package mcproxy.daemon;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * The process's signals (signal(7)).
 *
 * <p>Left to itself the virtual machine ends by a signal with status 128 plus its number; with a
 * handler the program ends in its own way, with status 0. The only door to that is {@code
 * sun.misc.Signal} of the module jdk.unsupported, which javac warns of without an end, so it is
 * called by reflection.
 */
final class Signals {
    private Signals() {}

    /**
     * Has a signal handled, on a thread of the virtual machine's.
     *
     * @param name the signal without its prefix, for instance {@code TERM}
     * @param handler takes the name
     */
    static void handle(String name, Consumer<String> handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            InvocationHandler call =
                    (_, method, _) -> {
                        if (method.getName().equals("handle")) {
                            handler.accept(name);
                        }
                        return null;
                    };
            Object handling =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(), new Class<?>[] {type}, call);
            signal.getMethod("handle", signal, type)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this Java has no module jdk.unsupported", e);
        }
    }
}
