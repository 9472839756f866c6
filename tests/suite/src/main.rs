// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests that run in a booted guest, with the module loaded.
//!
//! Each test runs in its own network namespace, where the first greeting has id 1. Tests run one at
//! a time because some of them unload the module.

mod acknowledgement;
mod anywhere;
mod anywhere_faults;
mod asynchronous;
mod batch;
mod capture;
mod child;
mod clients_agree;
mod concurrency;
mod coverage;
mod dump;
mod errors;
mod events;
mod examples;
mod exhaustion;
mod fault_injection;
mod fou;
mod fuzz;
mod greetctl;
mod greetctl_bench;
mod greetctl_monitor;
mod greetctl_output;
mod greetctl_unprivileged;
mod greeting;
mod info_leaks;
mod interop;
#[cfg(feature = "kernel-tree")]
mod kernel_families;
mod kernel_log;
mod kmemleak;
mod kunit;
mod memory;
mod mptcp_pm;
mod namespaces;
mod oracle;
mod peer_limit;
mod peers;
mod permissions;
mod raw;
mod reload;
mod second_family;
mod settings;
mod soundness;
mod stats;
mod support;
mod timeouts;
mod typed_client;
mod wireguard;

use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::process::ExitCode;
use support::client::Kind::{self, Async, Blocking};

/// A test function.
type Test = fn() -> anyhow::Result<()>;

/// Lists the tests of a topic.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        /// Returns the tests of this topic.
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::trial(module_path!(), stringify!($test), $test)),*]
        }
    };
}
use tests;

/// Lists the tests of a topic that run with both clients of the library.
macro_rules! client_tests {
    ($($test:ident),* $(,)?) => {
        /// Returns the tests of this topic with a kind of client.
        pub(crate) fn trials(kind: crate::support::client::Kind) -> Vec<libtest_mimic::Trial> {
            vec![$(crate::client_trial(kind, module_path!(), stringify!($test), $test)),*]
        }
    };
}
use client_tests;

fn main() -> ExitCode {
    if let Some(task) = env::args()
        .nth(1)
        .and_then(|word| child::Task::named(&word))
    {
        return task.run();
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    // Slow machines skip the tests of other programs and of other modules.
    let is_quick = support::scale::slowness() == 1;
    let trials = [
        greeting::trials(),
        acknowledgement::trials(),
        errors::trials(),
        peers::trials(),
        peer_limit::trials(),
        dump::trials(),
        stats::trials(),
        settings::trials(),
        events::trials(),
        info_leaks::trials(),
        examples::trials(),
        permissions::trials(),
        typed_client::trials(Blocking),
        typed_client::trials(Async),
        batch::trials(Blocking),
        batch::trials(Async),
        asynchronous::trials(),
        timeouts::trials(),
        namespaces::trials(),
        concurrency::trials(),
        greetctl::trials(),
        greetctl_unprivileged::trials(),
        greetctl_output::trials(),
        greetctl_monitor::trials(),
        greetctl_bench::trials(),
        only_if(is_quick, interop::trials()),
        only_if(is_quick, clients_agree::trials()),
        capture::trials(),
        second_family::trials(Blocking),
        second_family::trials(Async),
        fou::trials(),
        mptcp_pm::trials(is_quick),
        wireguard::trials(),
        oracle::trials(),
        #[cfg(feature = "kernel-tree")]
        only_if(is_quick, kernel_families::trials(Blocking)),
        #[cfg(feature = "kernel-tree")]
        only_if(is_quick, kernel_families::trials(Async)),
        memory::trials(),
        exhaustion::trials(),
        fuzz::trials(),
        only_if(support::kcov::is_available(), coverage::trials()),
        reload::trials(),
        soundness::trials(),
        anywhere::trials(),
        kunit::trials(),
        only_if(support::failslab::is_available(), fault_injection::trials()),
        only_if(support::failslab::is_available(), anywhere_faults::trials()),
        // These check everything that ran before them, so they come last.
        only_if(kmemleak::is_available(), kmemleak::trials()),
        kernel_log::trials(),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials.into_iter().flatten().collect());
    let ran = conclusion.num_passed + conclusion.num_failed + conclusion.num_ignored;
    match &arguments.filter {
        Some(filter) if ran == 0 && !arguments.list => {
            eprintln!("suite: no test matches {filter}; suite --list prints the tests");
            ExitCode::FAILURE
        }
        _ => conclusion.exit_code(),
    }
}

/// Returns the tests if the machine or the kernel supports them.
fn only_if(is_supported: bool, trials: Vec<Trial>) -> Vec<Trial> {
    if is_supported { trials } else { Vec::new() }
}

/// Creates the trial `topic::name`, which runs in its own network namespace.
fn trial(module: &str, name: &str, test: Test) -> Trial {
    client_trial(Blocking, module, name, test)
}

/// Creates a trial with a kind of client: `topic::name`, or `async::topic::name`.
fn client_trial(kind: Kind, module: &str, name: &str, test: Test) -> Trial {
    let prefix = match kind {
        Blocking => "",
        Async => "async::",
    };
    let topic = module.rsplit("::").next().unwrap_or(module);
    Trial::test(format!("{prefix}{topic}::{name}"), move || {
        support::namespace::in_new(|| kind.run(test))
            .map_err(|error| Failed::from(format!("{error:#}")))
    })
}
