#!/usr/bin/env bash
# benchmarks/run.sh [quick|full] [workload...] > figures.jsonl     workloads: w1 w2 w3 w4 w5 w7; all if none is named
# benchmarks/run.sh jmh [JMH's arguments...]                       the core's step and the mailbox
#
# One JSON line per figure. All peers of a workload run one after the other, each in a process of its own, so compare
# within a run. quick (the default) takes less than ten minutes, one workload of it less than two; full about an hour.
# Needs a JDK 25 (JAVA_HOME or java on the PATH). Erlang/OTP is measured where erl and erlc are installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
"$java" -version 2>&1 | grep -q 'version "25' || { echo "needs a JDK 25: set JAVA_HOME to one" >&2; exit 1; }

(cd "$here/.." && ./mvnw -q -Dmaven.test.skip package -pl benchmarks -am) >&2
# A heap that need not grow while it is measured, the same for all.
run=("$java" -Xms4g -Xmx8g -XX:NewSize=1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
    -cp "$here/target/classes:$here/target/lib/*")

if [[ ${1:-} == jmh ]]; then
    exec "${run[@]}" org.openjdk.jmh.Main "${@:2}"
fi

size=quick
limit=60 # seconds for one peer at one workload
case ${1:-} in
    quick) shift ;;
    full) size=full limit=900 && shift ;;
esac
(($#)) || set -- w1 w2 w3 w4 w5 w7

beams=$here/target/ebin
if command -v erl >/dev/null && command -v erlc >/dev/null; then
    mkdir -p "$beams"
    erlc -o "$beams" "$here"/src/main/erlang/*.erl
    otp=yes
else
    echo "erl is not installed: OTP is left out" >&2
    otp=no
fi

# A peer that fails or takes too long costs its own figures only.
measure() {
    timeout -k 5 "$limit" "$@" || { echo "ended with $?: ${*: -3}" >&2; failed=1; }
}

failed=0
for workload in "$@"; do
    for peer in bare-thread ours-loop bare-lazy ours-message pekko ours-loop+all ours-message+all; do
        if [[ $peer == *+all && $workload == w4 ]]; then
            continue # a hundred thousand writes, each synced to disk before the next
        fi
        measure "${run[@]}" ai.terraphim.supervisor.benchmarks.Main "$size" "$peer" "$workload"
    done
    if [[ $otp == yes ]]; then
        measure erl -noshell +P 2000000 -pa "$beams" -s bench main "$size" "$workload"
    fi
done
exit "$failed"
