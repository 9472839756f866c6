// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family `wireguard` in Rust, with `wg`.

use crate::support::module::load_in_tree;
use crate::support::scale::scaled;
use crate::support::tool::{kernel_file, run, run_within};
use anyhow::{Context, Result, ensure};
use genl::{Connection, Socket, Transport};
use std::process::Command;
use std::time::Duration;

crate::tests![
    wg_configures_and_shows_a_device,
    an_allowed_ip_moves_to_the_last_peer_that_gets_it,
    a_configuration_of_many_peers_is_returned_unchanged,
    a_change_interrupts_a_dump,
    wg_repeats_an_interrupted_dump,
    the_kernels_program_shows_a_device,
    a_user_namespace_can_configure_its_devices,
];

const KEYS: &str = "
    a=0123456789abcdefghijklmnopqrstuvwxyzABCDEEE=
    b=1123456789abcdefghijklmnopqrstuvwxyzABCDEEE=
    ip link add wg0 type dummy";

/// Writes a configuration with this many peers, each with five allowed IPs.
const MANY: &str = "
    awk -v peers=$peers 'BEGIN {
        for (i = 0; i < peers; i++) {
            printf \"[Peer]\\nPublicKey = %08d89abcdefghijklmnopqrstuvwxyzABCDEEE=\\n\", i
            printf \"AllowedIPs = \"
            for (j = 0; j < 5; j++)
                printf \"%s10.%d.%d.%d/32\", j ? \", \" : \"\", i / 250, i % 250, j
            printf \"\\nPersistentKeepalive = 25\\n\\n\"
        }
    }' >/tmp/many";

/// A change while `wg` reads, after its fourth message: a part of the dump.
const INTERRUPT: &str = r#"
    cat >/tmp/interrupt.c <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = dlsym(RTLD_NEXT, "recvmsg");
	ssize_t len = real(fd, msg, flags);
	static int calls;

	if (++calls == 4)
		system("unset LD_PRELOAD; wg set wg0 fwmark 7");
	return len;
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
		dlsym(RTLD_NEXT, "sendto");

	write(STDERR_FILENO, "request\n", 8);
	return real(fd, buf, len, flags, to, to_len);
}
EOF
    gcc -shared -fPIC -o /tmp/interrupt.so /tmp/interrupt.c -ldl"#;

fn shell(script: &str) -> Result<String> {
    load_in_tree("wireguard")?;
    let mut command = Command::new("bash");
    command
        .args(["-ec", &format!("{KEYS}\n{script}")])
        .env("peers", peers().to_string());
    run_within(LIMIT, &mut command)?.output()
}

/// A debug kernel needs a minute for hundreds of peers.
const LIMIT: Duration = Duration::from_secs(180);

/// Returns the number of peers in a large configuration.
fn peers() -> u32 {
    scaled(10_000)
}

fn wg_configures_and_shows_a_device() -> Result<()> {
    let output = shell(
        "echo AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= >/tmp/key
        wg set wg0 private-key /tmp/key listen-port 51820 fwmark 0x10 \
            peer $a preshared-key /tmp/key endpoint 192.0.2.1:7 persistent-keepalive 25 \
            allowed-ips 10.0.0.0/8,fd00::/64 peer $b
        wg show wg0 dump
        wg set wg0 private-key /dev/null peer $a remove
        wg show wg0 dump",
    )?;
    let expected = "\
AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=\tj0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=\t51820\t0x10
0123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\tAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\t192.0.2.1:7\t10.0.0.0/8,fd00::/64\t0\t0\t0\t25
1123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\t(none)\t(none)\t(none)\t0\t0\t0\toff
(none)\t(none)\t51820\t0x10
1123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\t(none)\t(none)\t(none)\t0\t0\t0\toff
";
    assert_eq!(output, expected);
    Ok(())
}

fn an_allowed_ip_moves_to_the_last_peer_that_gets_it() -> Result<()> {
    let output = shell(
        "wg set wg0 peer $a allowed-ips 10.0.0.0/8,10.0.0.0/9
        wg set wg0 peer $b allowed-ips 10.0.0.0/8
        wg show wg0 allowed-ips
        wg set wg0 peer $b remove
        wg show wg0 allowed-ips",
    )?;
    let expected = "\
0123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\t10.0.0.0/9
1123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\t10.0.0.0/8
0123456789abcdefghijklmnopqrstuvwxyzABCDEEE=\t10.0.0.0/9
";
    assert_eq!(output, expected);
    Ok(())
}

/// `wg` sends such a configuration in many messages, and receives it in many parts of a dump, some of
/// which end within a peer.
fn a_configuration_of_many_peers_is_returned_unchanged() -> Result<()> {
    let output = shell(&format!(
        "{MANY}
        wg setconf wg0 /tmp/many
        wg showconf wg0 >/tmp/first
        wg show wg0 peers | wc -l
        wg show wg0 allowed-ips | tr ' ' '\\n' | grep -c /32
        grep . /tmp/many >/tmp/sent
        grep . /tmp/first | grep -v Interface >/tmp/shown
        cmp /tmp/sent /tmp/shown
        wg syncconf wg0 /tmp/first
        wg showconf wg0 | cmp - /tmp/first
        wg setconf wg0 /tmp/first
        wg showconf wg0 | cmp - /tmp/first
        rm /tmp/many /tmp/first /tmp/sent /tmp/shown"
    ))?;
    assert_eq!(output, format!("{}\n{}\n", peers(), 5 * peers()));
    Ok(())
}

fn a_change_interrupts_a_dump() -> Result<()> {
    const PART: usize = 8192;
    const FLAGS_AT: usize = 6;

    shell(&format!("{MANY}\nwg setconf wg0 /tmp/many"))?;
    let family = Connection::open()?.family("wireguard")?.id;
    let mut socket = Socket::open()?;
    let mut request = 28u32.to_ne_bytes().to_vec();
    request.extend(family.to_ne_bytes());
    request.extend(
        (libc::NLM_F_REQUEST | libc::NLM_F_DUMP)
            .to_ne_bytes()
            .get(..2)
            .context("flags")?,
    );
    request.extend([0; 8]);
    // GET_DEVICE, and the name.
    request.extend(b"\x00\x01\x00\x00\x08\x00\x02\x00wg0\x00");
    request[0] = u8::try_from(request.len())?;
    socket.send(&request)?;
    let mut part = vec![0; PART];
    let mut interrupted = Vec::new();
    while let Some(received) = socket.receive(&mut part)? {
        ensure!(received.len <= PART, "truncated");
        let is_marked = part[FLAGS_AT] & libc::NLM_F_DUMP_INTR as u8 != 0;
        interrupted.push(is_marked);
        if interrupted.len() == 1 {
            run("wg", &["set", "wg0", "fwmark", "1"])?.output()?;
        }
    }
    ensure!(interrupted.len() > 4, "{} parts", interrupted.len());
    ensure!(
        !interrupted[0] && interrupted.contains(&true),
        "{interrupted:?}"
    );
    Ok(())
}

fn wg_repeats_an_interrupted_dump() -> Result<()> {
    let output = shell(&format!(
        "{MANY}{INTERRUPT}
        wg setconf wg0 /tmp/many
        LD_PRELOAD=/tmp/interrupt.so wg show wg0 dump >/tmp/shown 2>/tmp/requests
        grep -c request /tmp/requests
        wg show wg0 dump | cmp - /tmp/shown
        head -1 /tmp/shown | cut -f 4
        wc -l </tmp/shown
        rm /tmp/many /tmp/shown /tmp/requests /tmp/interrupt.*"
    ))?;
    // Each attempt asks for the family and the device, whose line comes before the peers.
    assert_eq!(output, format!("4\n0x7\n{}\n", peers() + 1));
    Ok(())
}

/// Runs the tree's `tools/net/ynl/tests/wireguard.c` with the code of its generator.
fn the_kernels_program_shows_a_device() -> Result<()> {
    let ynl = kernel_file("tools/net/ynl")?;
    let spec = kernel_file("Documentation/netlink/specs/wireguard.yaml")?;
    let headers = kernel_file("include/uapi")?;
    let output = shell(&format!(
        "mkdir /tmp/ynl
        cd /tmp/ynl
        generate='/usr/bin/python3 -B {ynl}/pyynl/ynl_gen_c.py --mode user --spec {spec}'
        $generate --header -o wireguard-user.h
        $generate --source -o wireguard-user.c
        gcc -I. -I{ynl}/lib -idirafter {headers} -D__LINUX_GENERIC_NETLINK_H \
            -D_WG_UAPI_WIREGUARD_H \
            -include {headers}/linux/genetlink.h -include {headers}/linux/wireguard.h \
            -o show \
            {ynl}/tests/wireguard.c wireguard-user.c {ynl}/lib/ynl.c
        wg set wg0 peer $a allowed-ips 10.0.0.0/8,fd00::/64 peer $b
        ./show wg0 | sed 's/Interface [0-9]*/Interface N/'
        ! ./show lo 2>&1
        cd /
        rm -r /tmp/ynl"
    ))?;
    let expected = "\
Interface N: wg0
\tPeer d35db7e39ebbf3d69b71d79f8218a39259a7a29aabb2dbafc31cb30010831041:
\t\tData: rx: 0 / tx: 0 bytes
\t\tAllowed IPs:
\t\t\t10.0.0.0/8
\t\t\tfd00::/64
\tPeer d75db7e39ebbf3d69b71d79f8218a39259a7a29aabb2dbafc31cb30010831041:
\t\tData: rx: 0 / tx: 0 bytes
\t\tAllowed IPs:
YNL (95): Operation not supported
";
    assert_eq!(output, expected);
    Ok(())
}

fn a_user_namespace_can_configure_its_devices() -> Result<()> {
    load_in_tree("wireguard")?;
    let output = run(
        "setpriv",
        &[
            "--reuid=65534",
            "--clear-groups",
            "unshare",
            "--user",
            "--map-root-user",
            "--net",
            "sh",
            "-ec",
            "ip link add wg0 type dummy; wg set wg0 fwmark 7 listen-port 9; wg show wg0 fwmark",
        ],
    )?
    .output()?;
    assert_eq!(output, "0x7\n");
    run("ip", &["link", "add", "wg0", "type", "dummy"])?.output()?;
    let refused = run(
        "setpriv",
        &["--reuid=65534", "--clear-groups", "wg", "show", "wg0"],
    )?;
    ensure!(
        refused.code != 0 && refused.stderr.contains("Operation not permitted"),
        "{refused:?}"
    );
    Ok(())
}
