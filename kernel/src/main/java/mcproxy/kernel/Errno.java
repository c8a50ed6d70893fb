package mcproxy.kernel;

/** Error numbers of {@code asm-generic/errno.h} that these calls meet, and what they mean here. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EINVAL = 22;
    static final int EMFILE = 24;
    static final int ENFILE = 23;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int EMSGSIZE = 90;
    static final int ENOPROTOOPT = 92;
    static final int EPROTONOSUPPORT = 93;
    static final int EOPNOTSUPP = 95;
    static final int EAFNOSUPPORT = 97;
    static final int EADDRINUSE = 98;
    static final int EADDRNOTAVAIL = 99;
    static final int ENETDOWN = 100;
    static final int ENOBUFS = 105;
    static final int ETIMEDOUT = 110;

    private Errno() {}

    /** The name of an error number, or {@code errno N}. */
    static String name(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM";
            case ENOENT -> "ENOENT";
            case 3 -> "ESRCH";
            case EINTR -> "EINTR";
            case 5 -> "EIO";
            case 6 -> "ENXIO";
            case EBADF -> "EBADF";
            case EAGAIN -> "EAGAIN";
            case ENOMEM -> "ENOMEM";
            case EACCES -> "EACCES";
            case 14 -> "EFAULT";
            case 16 -> "EBUSY";
            case EEXIST -> "EEXIST";
            case ENODEV -> "ENODEV";
            case 20 -> "ENOTDIR";
            case EINVAL -> "EINVAL";
            case ENFILE -> "ENFILE";
            case EMFILE -> "EMFILE";
            case 25 -> "ENOTTY";
            case 28 -> "ENOSPC";
            case 32 -> "EPIPE";
            case 34 -> "ERANGE";
            case 38 -> "ENOSYS";
            case 88 -> "ENOTSOCK";
            case 89 -> "EDESTADDRREQ";
            case EMSGSIZE -> "EMSGSIZE";
            case 91 -> "EPROTOTYPE";
            case ENOPROTOOPT -> "ENOPROTOOPT";
            case EPROTONOSUPPORT -> "EPROTONOSUPPORT";
            case 94 -> "ESOCKTNOSUPPORT";
            case EOPNOTSUPP -> "EOPNOTSUPP";
            case EAFNOSUPPORT -> "EAFNOSUPPORT";
            case EADDRINUSE -> "EADDRINUSE";
            case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
            case ENETDOWN -> "ENETDOWN";
            case 101 -> "ENETUNREACH";
            case ENOBUFS -> "ENOBUFS";
            case 107 -> "ENOTCONN";
            case ETIMEDOUT -> "ETIMEDOUT";
            case 113 -> "EHOSTUNREACH";
            default -> "errno " + errno;
        };
    }

    /**
     * A failed call.
     *
     * @param call the call and what it was about, for instance {@code socket(AF_INET, SOCK_RAW,
     *     IPPROTO_IGMP)}
     * @param negative the negative error number that {@link Libc} returned
     */
    static KernelException failed(String call, long negative) {
        return failed(call, negative, "");
    }

    /** A failed call with advice that its caller knows better; empty for the general one. */
    static KernelException failed(String call, long negative, String advice) {
        int errno = (int) -negative;
        return new KernelException(
                call, errno, name(errno), advice.isEmpty() ? advice(call, errno) : advice);
    }

    private static String advice(String call, int errno) {
        return switch (errno) {
            case EPERM -> "needs " + capability(call) + "; run as root, or grant it to the service";
            case EMFILE, ENFILE -> "too many open files; raise the limit (ulimit -n)";
            default -> "";
        };
    }

    /** The capability that a refused call asks for (capabilities(7)). */
    private static String capability(String call) {
        if (call.startsWith("setns")) {
            return "CAP_SYS_ADMIN";
        }
        return call.startsWith("socket") ? "CAP_NET_RAW" : "CAP_NET_ADMIN";
    }
}
