#!/usr/bin/env bash
# Makes the pictures of the README and the recording from the running program in a terminal, drawn as SVG.
set -euo pipefail
cd "$(dirname "$0")/.."
ROLEDEX_SCREENSHOTS="$PWD/assets" cargo test --test it screenshots
