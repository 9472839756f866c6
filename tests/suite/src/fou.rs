// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family `fou` in Rust, with `ip fou` and the kernel's test of it.

use crate::support::module::load_in_tree;
use crate::support::tool::{kernel_file, run};
use anyhow::{Result, ensure};

crate::tests![
    ip_fou_adds_shows_and_deletes_ports,
    a_dump_of_many_ports_is_complete,
    the_kernels_test_passes,
];

fn shell(script: &str) -> Result<String> {
    load_in_tree("fou")?;
    run("bash", &["-c", script])?.output()
}

fn ip_fou_adds_shows_and_deletes_ports() -> Result<()> {
    let shown = shell(
        "set -e
        ip fou add port 5555 ipproto 4
        ip -6 fou add port 5556 gue local ::1 peer ::1 peer_port 9
        ! ip fou add port 5555 ipproto 47 2>&1
        ip fou show
        ip fou del port 5555
        ! ip fou del port 5555 2>&1
        ip fou show",
    )?;
    let lines: Vec<_> = shown.lines().map(str::trim_end).collect();
    assert_eq!(
        lines,
        [
            "RTNETLINK answers: Address already in use",
            "port 5556 gue -6 local ::1 peer ::1 peer_port 9",
            "port 5555 ipproto 4",
            "RTNETLINK answers: Invalid argument",
            "port 5556 gue -6 local ::1 peer ::1 peer_port 9",
        ]
    );
    Ok(())
}

/// In C (Linux 7.3.4) `fou_nl_get_dumpit()` skips the port at which a part of a dump is full.
fn a_dump_of_many_ports_is_complete() -> Result<()> {
    let count = shell(
        "seq 1 500 | sed 's/.*/fou add port & ipproto 4/' | ip -batch - && ip fou show | wc -l",
    )?;
    assert_eq!(count.trim(), "500");
    Ok(())
}

/// Runs `kci_test_encap_fou` of the tree's `rtnetlink.sh`. Its tunnel is not a part of the family, and
/// `modprobe` does not know our module.
fn the_kernels_test_passes() -> Result<()> {
    const PARTS: &str = "check_err check_fail run_cmd_common run_cmd run_cmd_fail \
                         run_cmd_grep_common run_cmd_grep end_test kci_test_encap_fou";

    let script = kernel_file("tools/testing/selftests/net/rtnetlink.sh")?;
    let output = shell(&format!(
        "ret=0 ksft_skip=4 testns=fou-test
        ip netns add $testns
        for part in {PARTS}; do
            eval \"$(sed -n \"/^$part()/,/^}}/p\" {script} | sed 's#/sbin/modprobe#true#')\"
        done
        kci_test_encap_fou
        result=$?
        ip netns del $testns
        exit $result"
    ))?;
    ensure!(output == "PASS: fou\n", "{output}");
    Ok(())
}
