#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Boots the kernel image $1 in QEMU with the module $2, the spec $3, the programs in the directory $4
# and pyynl from the kernel's sources $5, and prints the results of the suite's topics $6. Writes the
# files console and result to the current directory, and init's status to the latter.
#
# The root is an initramfs: Debian's cloud kernel can mount nothing else without modules.

set -eu
image=$1 module=$2 spec=$3 programs=$4 sources=$5 topics=$6
root=$PWD/root
for dir in bin sbin usr/bin usr/lib/python3/dist-packages dev etc proc run sys tmp greet/policy \
    sources/tools/net/ynl; do
    mkdir -p "$root/$dir"
done

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
add bash busybox cat chmod env genl genl-ctrl-list insmod install ip ls modinfo nsenter rm rmmod \
    setpriv sleep stty unshare which /usr/bin/python3
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
cp -r "$sources/tools/net/ynl/pyynl" "$root/sources/tools/net/ynl"

cp "$module" "$root/greet/greet.ko"
cp "$spec" "$root/greet/policy/greet.yaml"
cp "${0%/*}/stock-init.sh" "$root/init"
echo "$topics" >"$root/topics"
(cd "$root" && find . | cpio --quiet -o -H newc) >initrd

# In one thread: with one per processor, QEMU may run stale code after the kernel has patched it, and the
# kernel stops at a breakpoint ("Oops: int3"). no_timer_check: on a busy machine the kernel's check of
# the timer fails.
exec timeout --kill-after=5 1800 qemu-system-x86_64 -no-user-config -nodefaults -display none \
    -no-reboot -accel tcg,thread=single -cpu max,la57=off -smp 2 -m 1536 \
    -serial file:console -serial stdio -serial file:result \
    -kernel "$image" -initrd initrd -append 'console=ttyS0 ignore_loglevel panic=-1 no_timer_check'
