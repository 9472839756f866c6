// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the module with other kernels and compilers, boots each kernel and greets it.

mod case;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::setup::{self, Found};
use crate::test::Tally;
use anyhow::{Context, Error, Result, anyhow, ensure};
use case::{Case, Versions};
use std::fs;
use std::process::ExitCode;

const BEGIN: &str = "<!-- Begin: written by `make matrix`. -->";
const END: &str = "<!-- End: written by `make matrix`. -->";

const PAGE: &str = "docs/reference/kernels.md";

/// Runs the cases with these names, or all, and then rewrites the table.
pub(crate) fn run(paths: &Paths, names: &[String]) -> Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "run as root: the compilers of other Debian suites run in a chroot"
    );
    // Sets up xtask's sources, with which the sources of each suite are compared.
    setup::kernel(paths, Machine::Uml)?.share_cache()?;
    let suites = setup::kernels_of_suites(paths)?;
    let mut cases = case::of_xtask();
    let mut default = None;
    for found in &suites {
        if found.is_in(&paths.cache.join("source"))? {
            default = Some(found.suite);
        } else if found.is_new_enough() {
            cases.push(case::of_suite(found));
        }
    }
    let wants_all = names.iter().all(String::is_empty);
    cases.retain(|case| wants_all || names.contains(&case.name()));
    let rows: Vec<_> = cases.into_iter().map(|case| row(paths, case)).collect();
    let mut tally = Tally::default();
    for (case, result) in &rows {
        let result = result
            .as_ref()
            .map(drop)
            .map_err(|reason| anyhow!("{reason}"));
        tally.count(&format!("matrix::{}", case.name()), result);
    }
    let text = table(&rows, default, &suites);
    println!("{text}");
    // A run of some cases has no rows for the others.
    if wants_all {
        write(paths, &text)?;
    }
    Ok(tally.finish(""))
}

/// A row of the table: versions, or the reason of a failure.
type Row = (Case, Result<Versions, &'static str>);

fn row(paths: &Paths, case: Case) -> Row {
    progress::say(&format!("{case}:"));
    let result = run_case(paths, &case).map_err(|(reason, error)| {
        progress::say(&format!("{case} {reason}: {error:#}"));
        reason
    });
    (case, result)
}

/// Builds the kernel and the module, boots them and greets.
fn run_case(paths: &Paths, case: &Case) -> Result<Versions, (&'static str, Error)> {
    let built = case
        .build(paths)
        .map_err(|error| ("does not build", error))?;
    let greeting = built
        .greet(paths)
        .map_err(|error| ("does not greet", error))?;
    if greeting.starts_with("Hello, World!") {
        Ok(built.versions)
    } else {
        Err(("does not greet", anyhow!("it printed {greeting:?}")))
    }
}

/// Returns a table of the cases, and of the suites whose kernels are too old. `default` is the suite
/// of xtask's sources.
fn table(rows: &[Row], default: Option<&str>, suites: &[Found]) -> String {
    let mut table = String::from(
        "| kernel | Debian suite | machine | C compiler | rustc | result |\n|---|---|---|---|---|---|\n",
    );
    for (case, result) in rows {
        let suite = case.suite().or(default).unwrap_or_default();
        table += &match result {
            Ok(versions) => format!(
                "| {} | {suite} | {} | {} | {} | greets |\n",
                versions.kernel,
                case.machine(),
                versions.c,
                versions.rust
            ),
            Err(reason) => format!(
                "| | {suite} | {} | {} | | {reason} |\n",
                case.machine(),
                case.tools()
            ),
        };
    }
    for found in suites.iter().filter(|found| !found.is_new_enough()) {
        let Found { suite, version, .. } = found;
        table += &format!("| {version} | {suite} | | | | not built: older than 7.3 |\n");
    }
    table
}

/// Replaces the table between the marks of the page.
fn write(paths: &Paths, table: &str) -> Result<()> {
    let path = paths.checkout.join(PAGE);
    let page = fs::read_to_string(&path).context(PAGE)?;
    let (before, rest) = page.split_once(BEGIN).context("no beginning mark")?;
    let (_, after) = rest.split_once(END).context("no end mark")?;
    let page = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    fs::write(&path, page).context(PAGE)
}
