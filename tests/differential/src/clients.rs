// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs command lines of the families' usual clients.

use anyhow::{Context, Result};
use std::process::Command;

const FOU: &str = "
ip fou add port 5555 ipproto 4
ip fou add port 5556 gue
ip -6 fou add port 5557 ipproto 47
ip fou add port 5558 ipproto 4 local 127.0.0.1 peer 127.0.0.2 peer_port 9 dev lo
ip -6 fou add port 5559 gue local ::1 peer ::1 peer_port 8
ip fou add port 5555 ipproto 47
ip fou add port 5560
ip fou show
ip -j fou show
ip fou del port 5555
ip fou del port 5555
ip -6 fou del port 5557
ip fou del port 5556
ip fou del port 5558 local 127.0.0.1 peer 127.0.0.2 peer_port 9 dev lo
ip -6 fou del port 5559 local ::1 peer ::1 peer_port 8
ip fou show
";

const MPTCP_PM: &str = "
ip mptcp limits
ip mptcp limits set subflow 4 add_addr_accepted 8
ip mptcp limits set subflow 65
ip mptcp limits
ip mptcp endpoint add 10.0.1.1
ip mptcp endpoint add 10.0.1.2 id 7 subflow dev lo
ip mptcp endpoint add 10.0.1.3 signal backup
ip mptcp endpoint add 127.0.0.1 port 10100 signal
ip mptcp endpoint add 127.0.0.1 port 10100 signal
ip mptcp endpoint add 127.0.0.1 port 10101 signal
ip mptcp endpoint add ::1 port 10100 signal
ip mptcp endpoint add fe80::1 dev lo fullmesh subflow
ip mptcp endpoint add 10.0.1.4 signal fullmesh
ip mptcp endpoint add 10.0.1.4 port 5 subflow
ip mptcp endpoint add 10.0.1.1
ip mptcp endpoint add 10.0.1.5 id 7
ip mptcp endpoint change id 7 backup
ip mptcp endpoint change 10.0.1.1 fullmesh
ip mptcp endpoint change id 99 backup
ip mptcp endpoint show
ip -j mptcp endpoint show
ip mptcp endpoint show id 7
ip mptcp endpoint show id 99
ip mptcp endpoint delete id 7
ip mptcp endpoint delete id 7
ip mptcp endpoint delete id 0 10.0.1.9
ip mptcp endpoint show
ip mptcp endpoint flush
ip mptcp endpoint show
";

/// The keys are readable text in base64, so that the differences are readable.
const WIREGUARD: &str = "
ip link add wg0 index 77 type wireguard 2>/dev/null || ip link add wg0 index 77 type dummy
wg show wg0
printf 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >/tmp/private
printf '//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=' >/tmp/shared
wg set wg0 private-key /tmp/private listen-port 51820 fwmark 0x1234
wg set wg0 peer 0123456789abcdefghijklmnopqrstuvwxyzABCDEEE= allowed-ips 10.0.0.0/8,fd00::/64 endpoint 192.0.2.1:51820 persistent-keepalive 25 preshared-key /tmp/shared
wg set wg0 peer 1123456789abcdefghijklmnopqrstuvwxyzABCDEEE= allowed-ips 10.1.0.0/16,10.2.3.4 endpoint [2001:db8::1]:7
wg set wg0 peer 2123456789abcdefghijklmnopqrstuvwxyzABCDEEE= allowed-ips 10.0.0.0/8
wg show wg0
wg show wg0 dump
wg showconf wg0
wg showconf wg0 >/tmp/wg.conf
wg set wg0 peer 1123456789abcdefghijklmnopqrstuvwxyzABCDEEE= remove
wg set wg0 peer 2123456789abcdefghijklmnopqrstuvwxyzABCDEEE= allowed-ips ''
wg show wg0 dump
wg syncconf wg0 /tmp/wg.conf
wg show wg0 dump
wg setconf wg0 /tmp/wg.conf
wg showconf wg0 | cmp - /tmp/wg.conf
wg addconf wg0 /tmp/wg.conf
wg showconf wg0 | cmp - /tmp/wg.conf
wg show wg0 public-key
wg show wg0 peers
wg show wg0 allowed-ips
wg show wg0 endpoints
wg show wg0 preshared-keys
wg show wg0 persistent-keepalive
wg show wg0 latest-handshakes
wg show wg0 transfer
wg show lo
wg show none
wg set lo listen-port 1
wg set wg0 private-key /dev/null
wg show wg0 dump
";

/// Runs the command lines for a family. Returns them with their exit codes and outputs.
pub(crate) fn run(family: &str) -> Result<Vec<String>> {
    let script = match family {
        "fou" => FOU,
        "mptcp_pm" => MPTCP_PM,
        "wireguard" => WIREGUARD,
        _ => "",
    };
    script
        .lines()
        .filter(|line| !line.is_empty())
        .map(run_line)
        .collect()
}

fn run_line(line: &str) -> Result<String> {
    let output = Command::new("sh")
        .args(["-c", line])
        .output()
        .context("sh")?;
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .trim_end()
            .replace('\n', "\\n")
    };
    Ok(format!(
        "{line} => {} {} {}",
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr)
    ))
}
