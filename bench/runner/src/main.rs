// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the project's library and module with others: builds all clients, runs them in turn and
//! reports their costs. `docs/explanation/benchmarks.md` explains the results.

mod benchmarks;
mod clients;
mod counts;
mod families;
mod machine;
mod paths;
mod plan;
mod report;
mod results;
mod rounds;
mod setup;
mod twin;
mod xtask;

use anyhow::{Context, Result};
use benchmarks::Planner;
use clap::{Parser, Subcommand};
use machine::Machine;
use paths::Paths;
use plan::Series;
use results::Results;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Number of runs of each client.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Parts to run. Others keep the results of an earlier run.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the results of the last run again.
    Report,
    /// Run a plan, in the guest.
    #[command(hide = true)]
    RunPlan { plan: PathBuf },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Round trips on the host's own kernel.
    Host,
    /// System calls, allocations and instructions of a request.
    Counts,
    /// Requests, dumps, events and processes in the guest.
    Guest,
    /// Several threads in an emulated PC.
    Pc,
    /// Instructions of the module and of its twin in C.
    Twin,
    /// Families of the kernel's tree in Rust and in C.
    Families,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(Command::RunPlan { plan }) = &cli.command {
        return rounds::run_plan(plan);
    }
    let paths = Paths::find()?;
    if cli.command.is_some() {
        return report::write(&Results::read(&paths)?, &paths);
    }
    let start = Instant::now();
    let results = measure(&cli, &paths)?;
    results.write(&paths)?;
    report::write(&results, &paths)?;
    eprintln!("Finished in {} s.", start.elapsed().as_secs());
    Ok(())
}

fn measure(cli: &Cli, paths: &Paths) -> Result<Results> {
    eprintln!("Building the clients (10 min the first time, then 10 s) ...");
    let tree = setup::all(paths)?;
    let mut results = match cli.only.is_empty() {
        true => Results::default(),
        false => Results::read(paths).unwrap_or_default(),
    };
    let selected = |part| cli.only.is_empty() || cli.only.contains(&part);
    results.machine = Machine::detect(paths, &tree)?;
    results.rounds = cli.rounds;
    results.greetctl = std::fs::metadata(paths.greetctl())
        .context("greetctl")?
        .len();
    let planner = Planner {
        paths,
        tree: &tree,
        rounds: cli.rounds,
    };
    if selected(Part::Host) {
        eprintln!("Round trips on the host (1 min) ...");
        for group in planner.host() {
            rounds::run(&group, |series| add(&mut results, series))?;
        }
        results.write(paths)?;
    }
    if selected(Part::Counts) {
        eprintln!("Counting system calls, allocations and instructions (2 min) ...");
        results.counts = counts(paths, &tree);
        results.write(paths)?;
    }
    if selected(Part::Guest) {
        eprintln!("Measuring in the guest (5 min) ...");
        let outcome = rounds::run_in_guest(
            paths,
            xtask::Kind::Process,
            &planner.guest(),
            true,
            |series| add(&mut results, series),
        );
        results.write(paths)?;
        outcome?;
    }
    if selected(Part::Pc) {
        eprintln!("Measuring in an emulated PC (2 min, and 6 min the first time) ...");
        let outcome = rounds::run_in_guest(paths, xtask::Kind::Pc, &planner.pc(), true, |series| {
            add(&mut results, series)
        });
        results.write(paths)?;
        outcome?;
    }
    if selected(Part::Twin) {
        eprintln!("Counting instructions of the module and its twin (6 min) ...");
        let measured = twin::measure(paths)?;
        results.modules = measured.modules;
        results.operations = measured.operations;
        results.write(paths)?;
    }
    if selected(Part::Families) {
        eprintln!("Comparing families with C (over 7 min) ...");
        for series in families::times(paths, cli.rounds)? {
            add(&mut results, series);
        }
        results.write(paths)?;
        results.families = families::costs(paths)?;
    }
    results.machine.load[1] = machine::load()?;
    Ok(results)
}

fn counts(paths: &Paths, tree: &Path) -> Vec<counts::Counts> {
    clients::ALL
        .iter()
        .map(|client| counts::count(client, paths, tree))
        .collect()
}

/// Adds a series, or replaces one of an earlier run.
fn add(results: &mut Results, series: Series) {
    results
        .series
        .retain(|old| (&old.benchmark, &old.client) != (&series.benchmark, &series.client));
    results.series.push(series);
}
