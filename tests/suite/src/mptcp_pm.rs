// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family `mptcp_pm` in Rust, with the kernel's test of it.

use crate::support::module::load_in_tree;
use crate::support::tool::{kernel_file, run, run_within};
use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use std::process::Command;
use std::time::Duration;

/// Returns the tests of this topic. On a slow machine, `pm_netlink.sh` runs with `ip` only.
pub(crate) fn trials(is_quick: bool) -> Vec<Trial> {
    let trial = |name, test| crate::trial(module_path!(), name, test);
    let mut trials = vec![
        trial(
            "the_kernels_test_passes_with_ip",
            the_kernels_test_passes_with_ip,
        ),
        trial("a_listener_is_announced", a_listener_is_announced),
    ];
    if is_quick {
        let test = the_kernels_test_passes_with_pm_nl_ctl;
        trials.push(trial("the_kernels_test_passes_with_pm_nl_ctl", test));
    }
    trials
}

/// Each test starts a thousand processes.
const LIMIT: Duration = Duration::from_secs(300);

/// Copies the test, and removes its check that the kernel has MPTCP. The tool needs the tree's headers.
const PREPARE: &str = "set -e
    mkdir -p /tmp/mptcp/net /tmp/mptcp/include/linux
    cd /tmp/mptcp
    cp -r $tests/net/lib.sh $tests/net/lib $tests/net/mptcp net
    cp $headers/linux/mptcp.h $headers/linux/mptcp_pm.h include/linux
    cd net/mptcp
    gcc -I /tmp/mptcp/include -o pm_nl_ctl pm_nl_ctl.c
    sed -i '/^mptcp_lib_check_mptcp$/d' pm_netlink.sh
    sed -i 's/ip netns exec \"${!netns}\" sysctl -q net.mptcp.enabled=1/true/' mptcp_lib.sh";

/// Runs `pm_netlink.sh`, of which all `count` cases must pass.
fn run_test(option: &str, count: usize) -> Result<()> {
    load_in_tree("mptcp_pm")?;
    let script = format!("{PREPARE}\nexec bash ./pm_netlink.sh {option}");
    let mut command = Command::new("bash");
    command
        .args(["-c", &script])
        .env("tests", kernel_file("tools/testing/selftests")?)
        .env("headers", kernel_file("include/uapi")?);
    let output = run_within(LIMIT, &mut command)?.output()?;
    let passed = output
        .lines()
        .filter(|line| line.starts_with("ok "))
        .count();
    let plan = format!("1..{count}");
    ensure!(
        passed == count && output.lines().any(|line| line == plan),
        "{output}"
    );
    Ok(())
}

fn the_kernels_test_passes_with_ip() -> Result<()> {
    run_test("-i", 20)
}

fn the_kernels_test_passes_with_pm_nl_ctl() -> Result<()> {
    run_test("", 21)
}

fn a_listener_is_announced() -> Result<()> {
    load_in_tree("mptcp_pm")?;
    let output = run(
        "bash",
        &[
            "-c",
            "timeout 3 ip mptcp monitor >/tmp/monitor &
            sleep 1
            ip mptcp endpoint add 127.0.0.1 port 10100 signal
            ip mptcp endpoint flush
            wait
            cat /tmp/monitor",
        ],
    )?
    .output()?;
    // Debian 12's iproute2 does not know the names of these events.
    let events: Vec<_> = output
        .lines()
        .map(|line| {
            let event = line.trim_matches(['[', ' ', ']']);
            event
                .replace("UNKNOWN 15", "LISTENER_CREATED")
                .replace("UNKNOWN 16", "LISTENER_CLOSED")
        })
        .collect();
    let is = |index: usize, name| {
        events
            .get(index)
            .is_some_and(|event| event.starts_with(name))
    };
    ensure!(
        events.len() == 2 && is(0, "LISTENER_CREATED") && is(1, "LISTENER_CLOSED"),
        "{output}"
    );
    Ok(())
}
