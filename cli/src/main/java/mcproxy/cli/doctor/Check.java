package mcproxy.cli.doctor;

import mcproxy.kernel.KernelException;

/** Looks at one thing that may be wrong. */
interface Check {
    /** The kind of its findings. */
    String kind();

    /** Looks at it. */
    void look(Scene scene, Report report) throws KernelException;
}
