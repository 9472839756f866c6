// SPDX-License-Identifier: MIT OR Apache-2.0

//! A case: one kernel, one machine, one set of compilers.

use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::{self, Found, Ready};
use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs;
use std::time::Duration;

/// An emulated machine boots in half a minute.
const DEADLINE: Duration = Duration::from_secs(300);

/// Compilers that build xtask's kernel in addition to the host's: the oldest that the kernel
/// supports, and the newest.
const OTHERS: [Tools; 3] = [
    Tools::Gcc("trixie"),
    Tools::Clang("sid"),
    Tools::Gcc("experimental"),
];

pub(crate) struct Case {
    /// The sources, if not xtask's.
    sources: Option<Found>,
    machine: Machine,
    tools: Tools,
}

/// The origin of the compilers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tools {
    Host,
    /// The gcc and rustc of a Debian suite.
    Gcc(&'static str),
    /// The clang and rustc of a Debian suite.
    Clang(&'static str),
}

/// A kernel with the module. Other runs do not replace it before this is dropped.
pub(super) struct Built {
    ready: Ready,
    pub(super) versions: Versions,
}

/// The versions in a row of the table.
pub(super) struct Versions {
    pub(super) kernel: String,
    pub(super) c: String,
    pub(super) rust: String,
}

/// Returns the cases of xtask's sources, on all machines and with all compilers.
pub(super) fn of_xtask() -> Vec<Case> {
    let case = |machine, tools| Case {
        sources: None,
        machine,
        tools,
    };
    let machines = [Machine::Uml, Machine::Pc, Machine::Debug, Machine::Arm64];
    let mut cases: Vec<_> = machines.map(|machine| case(machine, Tools::Host)).into();
    cases.extend(OTHERS.map(|tools| case(Machine::Pc, tools)));
    cases
}

/// Returns the case of other sources.
pub(super) fn of_suite(found: &Found) -> Case {
    Case {
        sources: Some(found.clone()),
        machine: Machine::Uml,
        tools: Tools::Host,
    }
}

impl Case {
    /// Returns the name of the machine in the table.
    pub(crate) fn machine(&self) -> &'static str {
        match self.machine {
            Machine::Uml | Machine::Plain => "x86-64, User-Mode Linux",
            Machine::Pc => "x86-64, QEMU",
            Machine::Debug => "x86-64, QEMU, KASAN and lockdep",
            Machine::Arm64 => "arm64, QEMU",
        }
    }

    /// Returns the suite of the sources, if they are not xtask's.
    pub(super) fn suite(&self) -> Option<&'static str> {
        self.sources.as_ref().map(|found| found.suite)
    }

    /// Returns a description of the compilers.
    pub(super) fn tools(&self) -> String {
        match self.tools {
            Tools::Host => "this machine's compilers".to_owned(),
            Tools::Gcc(suite) => format!("gcc and rustc of {suite}"),
            Tools::Clang(suite) => format!("clang and rustc of {suite}"),
        }
    }

    /// Returns the name in the cache and in `CASES=`.
    pub(super) fn name(&self) -> String {
        let machine = self.machine.name();
        match (&self.sources, self.tools) {
            (None, Tools::Host) => machine.to_owned(),
            (Some(found), _) => format!("{machine}-{}", found.suite),
            (None, Tools::Gcc(suite)) => format!("{machine}-{suite}-gcc"),
            (None, Tools::Clang(suite)) => format!("{machine}-{suite}-clang"),
        }
    }

    pub(super) fn build(&self, paths: &Paths) -> Result<Built> {
        let (compilers_of, args): (_, &[&str]) = match self.tools {
            Tools::Host => (None, &[]),
            Tools::Gcc(suite) => (Some(suite), &[]),
            Tools::Clang(suite) => (Some(suite), &["LLVM=1"]),
        };
        let locked = setup::variant(
            paths,
            self.machine,
            setup::Variant {
                name: self.name(),
                sources: self.sources.as_ref(),
                compilers: compilers_of,
                fragments: &[],
                args,
            },
        )?;
        let ready = setup::around(paths, locked)?;
        let config = fs::read_to_string(ready.locked.kernel.build.join(".config"))?;
        let (c, rust) = compilers(&config).context("the kernel names no compilers")?;
        let kernel = ready.locked.kernel.release()?;
        Ok(Built {
            ready,
            versions: Versions { kernel, c, rust },
        })
    }
}

/// Returns the versions of the C and Rust compilers in a kernel's configuration.
fn compilers(config: &str) -> Option<(String, String)> {
    let text = |name| config.lines().find_map(|line| line.strip_prefix(name));
    let number = |text: &str| {
        let is_number = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
        text.split([' ', '"'])
            .filter(|word| !word.is_empty())
            .find(is_number)
            .map(str::to_owned)
    };
    let c = text("CONFIG_CC_VERSION_TEXT=")?;
    let name = if c.contains("clang") { "clang" } else { "gcc" };
    let rust = number(text("CONFIG_RUSTC_VERSION_TEXT=")?)?;
    Some((format!("{name} {}", number(c)?), rust))
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tools = self.tools();
        let sources = match &self.sources {
            Some(found) => format!("sources of {}", found.suite),
            None => "xtask's sources".to_owned(),
        };
        write!(f, "{}, {tools}, {sources}", self.machine())
    }
}

impl Built {
    /// Greets in the guest, and returns the output.
    pub(super) fn greet(&self, paths: &Paths) -> Result<String> {
        const COMMAND: [&str; 3] = ["greetctl", "greet", "World"];

        let ready = &self.ready;
        let kernel = &ready.locked.kernel;
        let report = match kernel.machine {
            Machine::Arm64 => {
                let programs = setup::cross_programs(paths, kernel)?;
                guest::run_foreign(paths, kernel, &ready.module, &programs, &COMMAND, DEADLINE)?
            }
            _ => {
                let command = COMMAND.map(str::to_owned);
                guest::run(paths, ready, &kernel.name, &command, Output::Keep, DEADLINE)?
            }
        };
        match report.status()? {
            0 => Ok(report.output),
            status => bail!("greetctl exited with {status}: {}", report.output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_the_compilers() {
        let of = |lines: &[&str]| compilers(&lines.concat()).expect("compilers");
        let rust = "CONFIG_RUSTC_VERSION_TEXT=\"rustc 1.95.0 (59807616e 2026-04-14)\"\n";
        let gcc = "CONFIG_CC_VERSION_TEXT=\"gcc (Debian 12.2.0-14+deb12u1) 12.2.0\"\n";
        assert_eq!(
            of(&[gcc, rust]),
            ("gcc 12.2.0".to_owned(), "1.95.0".to_owned())
        );
        let clang = "CONFIG_CC_VERSION_TEXT=\"Debian clang version 19.1.7 (3+b1)\"\n";
        assert_eq!(
            of(&[clang, rust]),
            ("clang 19.1.7".to_owned(), "1.95.0".to_owned())
        );
        assert_eq!(compilers(""), None);
    }
}
