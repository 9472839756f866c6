#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The first process of a stock kernel: loads the module, runs the suite on the second serial port, and
# writes its status to the third.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TMPDIR=/tmp LC_ALL=C.UTF-8 NO_COLOR=1
export PYTHONDONTWRITEBYTECODE=1 GREET_MODULE=/greet/greet.ko GREET_KERNEL_SRC=/sources
export GREET_SPEC=/greet/policy/greet.yaml GREET_SUITE_SCALE=30

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm
for dir in /tmp /run /dev/shm; do
    mount -t tmpfs tmpfs "$dir"
done
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
ip link set lo up
status=0
insmod "$GREET_MODULE" || status=1
# shellcheck disable=SC2013 # Topics are words.
for topic in $(cat /topics); do
    # A slow machine skips the tests of other programs.
    case $topic in interop::*) unset GREET_SUITE_SCALE ;; esac
    # Reloads under load take minutes on an emulated processor.
    suite --test-threads=1 --color=never --skip eight_clients "$topic" || status=1
done
echo "status $status" >/dev/ttyS2
poweroff -f
