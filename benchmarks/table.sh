#!/usr/bin/env bash
# benchmarks/table.sh FILE: the figures that run.sh printed, as a table in Markdown, with ratios against the targets.
set -euo pipefail
. "$(dirname "$0")/jdk.sh"
exec "$java" -cp "$classpath" \
    ai.terraphim.supervisor.benchmarks.Table "$@"
