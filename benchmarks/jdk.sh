# Sourced by run.sh and table.sh: sets java to that of a JDK 25, and classpath.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
java=
for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if [[ -x $home/bin/javac && -r $home/release ]] && grep -q '^JAVA_VERSION="25[".]' "$home/release"; then
        java=$home/bin/java
        break
    fi
done
[[ $java ]] || { echo "needs a JDK 25 and found none: set JAVA_HOME to one" >&2; exit 1; }
classpath="$here/target/classes:$here/target/lib/*"
