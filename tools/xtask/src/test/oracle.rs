// SPDX-License-Identifier: MIT OR Apache-2.0

//! What our compiler makes of specs, against what the kernel's generator makes: `tests/oracle` builds
//! modules that compare both, and the suite loads them.

use super::tally::Tally;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::Ready;
use crate::tool;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Where the modules are.
pub(crate) fn modules(paths: &Paths, machine: Machine) -> PathBuf {
    folder(paths, machine).join("result")
}

fn folder(paths: &Paths, machine: Machine) -> PathBuf {
    paths.cache.join(format!("oracle-{}", machine.name()))
}

/// Builds the modules. One that cannot be built is left to the suite to report.
pub(crate) fn build(paths: &Paths, progress: &Progress, ready: &Ready) -> Result<Tally> {
    let log = paths.log("oracle");
    tool::fresh_log(&log)?;
    // Those of an earlier run tell nothing about this one.
    let _ = fs::remove_dir_all(modules(paths, ready.locked.kernel.machine));
    let mut tally = Tally::default();
    let result = progress.step(
        "Building the oracle's modules",
        "5 s, at first 1 min or more",
        || {
            let mut cargo = tool::cargo();
            cargo
                .args(["build", "--profile", "xtask", "-p", "oracle"])
                .current_dir(&paths.checkout);
            tool::logged(&mut cargo, &log)?;
            tool::logged(&mut program(paths, ready), &log)
        },
    );
    tally.count("oracle::is_built", result);
    Ok(tally)
}

/// The program that builds them, with all that it needs.
fn program(paths: &Paths, ready: &Ready) -> std::process::Command {
    let kernel = &ready.locked.kernel;
    let make = kernel.make_outside();
    let mut program = tool::command(ready.programs.join("oracle"));
    program
        .arg("--tree")
        .arg(&kernel.tree)
        .arg("--identity")
        .arg(&kernel.identity)
        .arg("--checkout")
        .arg(&paths.checkout)
        .arg("--folder")
        .arg(folder(paths, kernel.machine))
        .arg("--")
        .arg(make.get_program())
        .args(make.get_args());
    for (name, value) in make.get_envs() {
        if let Some(value) = value {
            program.env(name, value);
        }
    }
    program
}

/// What the modules have found, as they have logged it.
pub(crate) fn print_table(paths: &Paths) {
    let console = fs::read(paths.log("console-suite-uml")).unwrap_or_default();
    let rows = rows(&String::from_utf8_lossy(&console));
    if rows.is_empty() {
        return;
    }
    println!("\nOur tables against those of the kernel's generator:");
    for (name, found) in rows {
        println!("{name:20} {found}");
    }
}

/// The names of the modules, and their last lines.
fn rows(console: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let (_, line) = line.split_once("oracle_")?;
        let (name, found) = line.split_once(": ")?;
        let is_sum = found.contains(" differences, ");
        is_sum.then(|| (name.to_owned(), found.trim_end().to_owned()))
    };
    console.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_each_module_is_a_row() {
        let console = "[ 1.0] oracle_nfsd: 4 times meant: done: why\n\
                       [ 1.0] oracle_nfsd: 18 operations, 45 attributes, 0 differences, 8 meant\n\
                       [ 1.1] greet: loaded\n";
        let found = "18 operations, 45 attributes, 0 differences, 8 meant";
        assert_eq!(rows(console), [("nfsd".to_owned(), found.to_owned())]);
    }
}
