// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the project's library and module with what else there is: builds all contenders, runs
//! them in turn, and tells what they take. `docs/explanation/benchmarks.md` explains the figures.

mod contenders;
mod counts;
mod guest;
mod machine;
mod measures;
mod places;
mod plan;
mod report;
mod results;
mod rounds;
mod setup;
mod stats;
mod twin;
mod xtask;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use machine::Machine;
use measures::Planner;
use places::Places;
use plan::Series;
use results::Results;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// How often each contender is run.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Which parts are run; the others keep what an earlier run has found.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell once more what the last run has found.
    Report,
    /// Run a plan here. The guest's part of a run.
    #[command(hide = true)]
    Inside { plan: PathBuf },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Round trips on the host's own kernel.
    Host,
    /// What a request takes that can be counted.
    Counts,
    /// All that is measured in the guest.
    Guest,
    /// Several threads, in an emulated PC.
    Pc,
    /// The module beside its twin, instruction by instruction.
    Twin,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(Command::Inside { plan }) = &cli.command {
        return guest::inside(plan);
    }
    let places = Places::find()?;
    if cli.command.is_some() {
        return report::write(&Results::read(&places)?, &places);
    }
    let start = Instant::now();
    let results = measure(&cli, &places)?;
    results.write(&places)?;
    report::write(&results, &places)?;
    eprintln!("This took {} s.", start.elapsed().as_secs());
    Ok(())
}

fn measure(cli: &Cli, places: &Places) -> Result<Results> {
    eprintln!("Building the contenders (10 min the first time, then 10 s) ...");
    let tree = setup::all(places)?;
    let mut results = match cli.only.is_empty() {
        true => Results::default(),
        false => Results::read(places).unwrap_or_default(),
    };
    let wants = |part| cli.only.is_empty() || cli.only.contains(&part);
    results.machine = Machine::here(places, &tree)?;
    results.rounds = cli.rounds;
    results.greetctl = std::fs::metadata(places.greetctl())
        .context("greetctl")?
        .len();
    let planner = Planner {
        places,
        tree: &tree,
        rounds: cli.rounds,
    };
    if wants(Part::Host) {
        eprintln!("Round trips on the host (1 min) ...");
        for group in planner.host() {
            rounds::run(&group, |series| add(&mut results, series))?;
        }
        results.write(places)?;
    }
    if wants(Part::Counts) {
        eprintln!("Counting what they take (2 min) ...");
        results.counts = counts(places, &tree);
        results.write(places)?;
    }
    if wants(Part::Guest) {
        eprintln!("In the guest (5 min) ...");
        let told = guest::run(places, xtask::Kind::Process, &planner.guest(), |series| {
            add(&mut results, series)
        });
        results.write(places)?;
        told?;
    }
    if wants(Part::Pc) {
        eprintln!("In an emulated PC (2 min, and 6 min the first time) ...");
        let told = guest::run(places, xtask::Kind::Pc, &planner.pc(), |series| {
            add(&mut results, series)
        });
        results.write(places)?;
        told?;
    }
    if wants(Part::Twin) {
        eprintln!("The module and its twin, instruction by instruction (1 min) ...");
        results.modules = twin::measure(places)?;
    }
    results.machine.load[1] = machine::load()?;
    Ok(results)
}

fn counts(places: &Places, tree: &Path) -> Vec<counts::Counts> {
    contenders::ALL
        .iter()
        .map(|contender| counts::count(contender, places, tree))
        .collect()
}

/// In place of what an earlier run has found.
fn add(results: &mut Results, series: Series) {
    results
        .series
        .retain(|old| (&old.measure, &old.contender) != (&series.measure, &series.contender));
    results.series.push(series);
}
