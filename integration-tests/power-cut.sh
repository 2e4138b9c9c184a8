#!/usr/bin/env bash
# Cuts the power under a server that clients write to, and checks that nothing acknowledged is lost.
#
#   sudo integration-tests/power-cut.sh [CUTS [SEED]]
#
# CUTS  how often (10; before a release 200)
# SEED  of the writes and of the moments of the cuts (1)
#
# The data lies on a loop-mounted ext4 whose power is cut by the shutdown ioctl. Needs Linux, root, loop devices and e2fsprogs. The same
# run includes the control: a server that does not sync, which must be caught.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec mvn -B -pl integration-tests -am test \
    -Dtest=PowerCutTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dknarr.it.cuts="${1:-10}" -Dknarr.it.seed="${2:-1}"
