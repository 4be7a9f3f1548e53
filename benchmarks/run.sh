#!/usr/bin/env bash
# benchmarks/run.sh [quick|full] [workload...] > figures.jsonl     workloads: w1 w2 w3 w4 w5 w7; all if none is named
# benchmarks/run.sh detection                                    how soon an agent that hangs is found and replaced
# benchmarks/run.sh jmh [JMH's arguments...]                       the core's step and the mailbox
# benchmarks/run.sh outage                                         a provider that is down for a minute; four minutes
# benchmarks/run.sh store [ROUNDS [SECONDS [AGENTS [PART...]]]]    the store beside bare JDBC, in turns; 5 rounds of 5 seconds;
#                                                                  parts: callers caller rate size recovery again
# benchmarks/run.sh against COMMIT [ROUNDS [workload...]]          this tree beside an older one, in turns; w1 w2 w5, 5 rounds: 15 minutes
#
# One JSON line per figure. All peers of a workload run one after the other, each in a process of its own, so compare
# within a run. quick (the default) takes less than ten minutes, one workload of it less than two; full about an hour.
# Needs a JDK 25. Erlang/OTP is measured where erl and erlc are installed.
set -euo pipefail
. "$(dirname "$0")/jdk.sh"

(cd "$here/.." && ./mvnw -q -Dmaven.test.skip package -pl benchmarks -am) >&2
# A heap that need not grow while it is measured, the same for all.
run=("$java" -Xms4g -Xmx8g -XX:NewSize=1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
    -cp "$classpath")

if [[ ${1:-} == jmh ]]; then
    exec "${run[@]}" org.openjdk.jmh.Main "${@:2}"
fi

if [[ ${1:-} == outage ]]; then
    for mode in guarded backoff plain; do
        "${run[@]}" ai.terraphim.supervisor.benchmarks.Outage "$mode"
    done
    exit
fi

if [[ ${1:-} == detection ]]; then
    exec "${run[@]}" ai.terraphim.supervisor.benchmarks.Detection
fi

if [[ ${1:-} == store ]]; then
    exec "${run[@]}" ai.terraphim.supervisor.benchmarks.StoreFigures "${@:2}"
fi

# What a change costs: both trees measured in turns, so that a slow minute of the machine meets both.
if [[ ${1:-} == against ]]; then
    commit=$(git -C "$here" rev-parse --short "$2")
    rounds=${3:-5}
    (($# > 3)) && set -- "${@:4}" || set -- w1 w2 w5
    before=$(mktemp -d)
    trap 'git -C "$here" worktree remove --force "$before"' EXIT
    git -C "$here" worktree add -q --detach "$before" "$commit"
    (cd "$before" && ./mvnw -q -Dmaven.test.skip package -pl benchmarks -am) >&2
    for ((round = 0; round < rounds; round++)); do
        for workload in "$@"; do
            for peer in ours-loop ours-message; do
                "${run[@]:0:${#run[@]}-1}" "${classpath//$here/$before/benchmarks}" \
                    ai.terraphim.supervisor.benchmarks.Main quick "$peer" "$workload" |
                    sed "s/\"peer\":\"[a-z-]*/&@$commit/"
                "${run[@]}" ai.terraphim.supervisor.benchmarks.Main quick "$peer" "$workload"
            done
        done
    done
    exit
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
        case $peer-$size-$workload in
            *+all-*-w4) continue ;;          # a hundred thousand writes, each synced to disk before the next
            *+all-quick-w[357]) continue ;;  # what everything costs shows in w1 and w2
        esac
        measure "${run[@]}" ai.terraphim.supervisor.benchmarks.Main "$size" "$peer" "$workload"
    done
    if [[ $otp == yes ]]; then
        measure erl -noshell +P 2000000 -pa "$beams" -s bench main "$size" "$workload"
    fi
done
exit "$failed"
