// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family `wireguard` in Rust, with `wg`.

use crate::support::module::load_in_tree;
use crate::support::tool::run;
use anyhow::{Context, Result, ensure};
use genl::{Connection, Socket, Transport};

crate::tests![
    wg_configures_and_shows_a_device,
    an_allowed_ip_moves_to_the_last_peer_that_gets_it,
    a_configuration_of_ten_thousand_peers_is_returned_unchanged,
    a_change_interrupts_a_dump,
    a_user_namespace_can_configure_its_devices,
];

const KEYS: &str = "
    a=0123456789abcdefghijklmnopqrstuvwxyzABCDEEE=
    b=1123456789abcdefghijklmnopqrstuvwxyzABCDEEE=
    ip link add wg0 type dummy";

/// A configuration with 10,000 peers, each with five allowed IPs.
const MANY: &str = "
    awk 'BEGIN {
        for (i = 0; i < 10000; i++) {
            printf \"[Peer]\\nPublicKey = %08d89abcdefghijklmnopqrstuvwxyzABCDEEE=\\n\", i
            printf \"AllowedIPs = \"
            for (j = 0; j < 5; j++)
                printf \"%s10.%d.%d.%d/32\", j ? \", \" : \"\", i / 250, i % 250, j
            printf \"\\nPersistentKeepalive = 25\\n\\n\"
        }
    }' >/tmp/many";

fn shell(script: &str) -> Result<String> {
    load_in_tree("wireguard")?;
    run("bash", &["-ec", &format!("{KEYS}\n{script}")])?.output()
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
fn a_configuration_of_ten_thousand_peers_is_returned_unchanged() -> Result<()> {
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
    assert_eq!(output, "10000\n50000\n");
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
    ensure!(interrupted.len() > 10, "{} parts", interrupted.len());
    ensure!(
        !interrupted[0] && interrupted.contains(&true),
        "{interrupted:?}"
    );
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
