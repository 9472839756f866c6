#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Fills the directory $1 with an initramfs: programs of this machine, the programs in the directory
# $2, and pyynl from the kernel's sources $3. Debian's cloud kernel can mount nothing else
# without modules.

set -eu
root=$1 programs=$2 sources=$3
mkdir -p "$root/bin" "$root/sbin" "$root/usr/bin" "$root/usr/lib/python3/dist-packages" "$root/dev" \
    "$root/etc" "$root/proc" "$root/run" "$root/sys" "$root/tmp" "$root/greet/policy"

# add PROGRAM...: copies each with the libraries that it names.
add() {
    for program; do
        path=$(realpath "$(command -v "$program")")
        cp "$path" "$root/usr/bin/${program##*/}"
        add_libraries "$path"
    done
}

add_libraries() {
    ldd "$@" 2>/dev/null | grep -o '/[^ :]* (' | tr -d ' (' | sort -u | while read -r library; do
        mkdir -p "$root${library%/*}"
        cp --update --dereference "$library" "$root$library"
    done
}

add "$programs/greetctl" "$programs/suite" "$programs/shelf"
add bash cat chmod env genl genl-ctrl-list insmod install ip ls modinfo nsenter rmmod /usr/bin/python3 rm setpriv sleep stty unshare \
    which busybox
for name in sh mount mkdir poweroff; do
    ln -s /usr/bin/busybox "$root/bin/$name"
done
ln -s /usr/bin/insmod "$root/sbin/insmod"

python=$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
mkdir -p "$root$python"
tar -c -C "$python" --exclude=__pycache__ --exclude=test --exclude=idlelib --exclude=ensurepip \
    --exclude='config-*' . | tar -x -C "$root$python"
add_libraries "$python"/lib-dynload/*.so
cp -r /usr/lib/python3/dist-packages/yaml "$root/usr/lib/python3/dist-packages"
mkdir -p "$root/sources/tools/net/ynl"
cp -r "$sources/tools/net/ynl/pyynl" "$root/sources/tools/net/ynl"
