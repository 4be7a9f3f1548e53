#!/usr/bin/env bash
# benchmarks/table.sh FILE: the figures that run.sh printed, as a table in Markdown, with ratios against the targets.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$here/target/classes:$here/target/lib/*" \
    ai.terraphim.supervisor.benchmarks.Table "$@"
