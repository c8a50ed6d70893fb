package mcproxy.lab.sim;

import mcproxy.core.Effect;
import mcproxy.core.Input;

import java.util.List;

/** A layer around an engine that makes it behave as if it had a bug. */
interface Fault {
    /** The engine as it is. */
    Fault NONE = new Fault() {};

    /** What the engine is told instead of an input. */
    default List<Input> inputs(Input input, ProxyNode proxy) {
        return List.of(input);
    }

    /** What is carried out instead of its effects. */
    default List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
        return effects;
    }
}
