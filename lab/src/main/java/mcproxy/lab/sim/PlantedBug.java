package mcproxy.lab.sim;

/** Bugs that can be planted into the engine's behaviour, to show that the simulator finds them. */
enum PlantedBug {
    /** The engine as it is. */
    NONE;

    Fault newFault() {
        return Fault.NONE;
    }
}
