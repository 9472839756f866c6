#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The first process of a stock kernel: loads the module, runs /job on the second serial port, and
# writes its status to the third.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TMPDIR=/tmp LC_ALL=C.UTF-8 NO_COLOR=1
export PYTHONDONTWRITEBYTECODE=1 GREET_MODULE=/greet/greet.ko GREET_KERNEL_SRC=/sources
export GREET_SPEC=/greet/policy/greet.yaml

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm
for folder in /tmp /run /dev/shm; do
    mount -t tmpfs tmpfs "$folder"
done
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
ip link set lo up
insmod "$GREET_MODULE" && sh /job
echo "status $?" >/dev/ttyS2
poweroff -f
