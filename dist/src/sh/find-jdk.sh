# Sourced by ./mcproxy and ./mvnw: finds a JDK of version 25 or later and sets JAVA_HOME.
# Looks at JAVA_HOME, then java on the PATH, then the folders where distributions put JDKs.

mcproxy_needed_java=25

# The feature version (25) of the JDK whose home is $1; nothing when there is none.
mcproxy_java_version() {
    [ -x "$1/bin/java" ] || return 0
    if [ -r "$1/release" ]; then
        sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
    else
        "$1/bin/java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p'
    fi
}

# Does $1 hold what is asked for? $2 is "javac" when a compiler is needed too.
mcproxy_java_fits() {
    mcproxy_found=$(mcproxy_java_version "$1")
    [ -n "$mcproxy_found" ] && [ "$mcproxy_found" -ge "$mcproxy_needed_java" ] &&
        { [ "$2" != javac ] || [ -x "$1/bin/javac" ]; }
}

# $1: "javac" when a compiler is needed, "java" otherwise. Sets and exports JAVA_HOME, or says how
# to get a JDK and returns 1.
mcproxy_find_jdk() {
    if [ -n "${JAVA_HOME:-}" ] && mcproxy_java_fits "$JAVA_HOME" "$1"; then
        export JAVA_HOME
        return 0
    fi
    mcproxy_on_path=$(command -v java 2>/dev/null) &&
        mcproxy_on_path=$(readlink -f "$mcproxy_on_path") &&
        mcproxy_on_path=${mcproxy_on_path%/bin/java}
    for mcproxy_home in "${mcproxy_on_path:-}" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        if [ -n "$mcproxy_home" ] && mcproxy_java_fits "$mcproxy_home" "$1"; then
            JAVA_HOME=$mcproxy_home
            export JAVA_HOME
            return 0
        fi
    done
    cat >&2 <<EOF
mcproxy: error: no JDK $mcproxy_needed_java or later was found in JAVA_HOME, on the PATH or in the usual folders
  Install one and try again:
    Debian 13, Ubuntu 25.10 or later:  apt-get install openjdk-25-jdk-headless
    Fedora:                            dnf install java-25-openjdk-devel
    any other:                         unpack a JDK 25 and set JAVA_HOME to its folder
EOF
    return 1
}
