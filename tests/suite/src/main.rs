// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tests that run inside the booted kernel, with the module loaded.
//!
//! Each test has a network namespace of its own, in which the first greeting has the number 1. They
//! run one after the other, for some of them unload the module.

mod acknowledgement;
mod agreement;
mod batch;
mod bench;
mod capture;
mod child;
mod command_line;
mod concurrency;
mod coverage;
mod deadline;
mod disclosure;
mod dump;
mod events;
mod examples;
mod exhaustion;
mod faults;
mod fuzz;
mod greeting;
mod kernel_log;
mod kunit;
mod leaks;
mod limit;
mod memory;
mod monitor;
mod namespaces;
mod oracle;
mod others;
mod peers;
mod permissions;
mod raw;
#[cfg(feature = "kernel-tree")]
mod real_families;
mod refusals;
mod reload;
mod second_family;
mod settings;
mod soundness;
mod spec;
mod stats;
mod support;
mod tables;
mod typed;
mod unprivileged;

use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::process::ExitCode;

/// A test.
type Test = fn() -> anyhow::Result<()>;

/// Lists the tests of a module.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        /// The tests of this topic.
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::trial(module_path!(), stringify!($test), $test)),*]
        }
    };
}
use tests;

fn main() -> ExitCode {
    if let Some(task) = env::args()
        .nth(1)
        .and_then(|word| child::Task::named(&word))
    {
        return task.run();
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    // Where it is not, there is no time for what compares other programs, or is of other modules.
    let is_quick = support::scale::slowness() == 1;
    let trials = [
        greeting::trials(),
        acknowledgement::trials(),
        refusals::trials(),
        peers::trials(),
        limit::trials(),
        dump::trials(),
        stats::trials(),
        settings::trials(),
        events::trials(),
        disclosure::trials(),
        examples::trials(),
        permissions::trials(),
        typed::trials(),
        batch::trials(),
        deadline::trials(),
        namespaces::trials(),
        concurrency::trials(),
        command_line::trials(),
        unprivileged::trials(),
        tables::trials(),
        monitor::trials(),
        bench::trials(),
        only_if(is_quick, others::trials()),
        only_if(is_quick, agreement::trials()),
        only_if(is_quick, spec::trials()),
        capture::trials(),
        second_family::trials(),
        oracle::trials(),
        #[cfg(feature = "kernel-tree")]
        only_if(is_quick, real_families::trials()),
        memory::trials(),
        exhaustion::trials(),
        fuzz::trials(),
        only_if(support::kcov::is_there(), coverage::trials()),
        reload::trials(),
        soundness::trials(),
        kunit::trials(),
        only_if(support::fault::can_be_made(), faults::trials()),
        // Last, to judge all that went before.
        only_if(support::kmemleak::is_there(), leaks::trials()),
        kernel_log::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit_code()
}

/// Tests that not every kernel can be asked to do.
fn only_if(is_possible: bool, trials: Vec<Trial>) -> Vec<Trial> {
    if is_possible { trials } else { Vec::new() }
}

/// Makes `topic::name` of a test, in a namespace of its own.
fn trial(module: &str, name: &str, test: Test) -> Trial {
    let topic = module.rsplit("::").next().unwrap_or(module);
    Trial::test(format!("{topic}::{name}"), move || {
        support::namespace::in_new(test).map_err(|error| Failed::from(format!("{error:#}")))
    })
}
