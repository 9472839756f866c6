// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tables that our compiler makes, against those of the kernel's own generator.
//!
//! Each spec is a module, which `tests/oracle` has built, and which compares the two when it is
//! loaded. `GREET_ORACLE` names their folder; without it there is nothing to test.

use crate::kernel_log;
use crate::support::tool::{Run, run};
use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A test for each module, and for each that could not be built.
pub(crate) fn trials() -> Vec<Trial> {
    let Some(folder) = env::var_os("GREET_ORACLE") else {
        return Vec::new();
    };
    match files(Path::new(&folder)) {
        Ok(files) => files.iter().filter_map(|file| trial(file)).collect(),
        Err(error) => vec![named("modules", move || Err(error))],
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let files: Result<Vec<PathBuf>> = read();
    let mut files = files.with_context(|| folder.display().to_string())?;
    files.sort();
    ensure!(!files.is_empty(), "{} is empty", folder.display());
    Ok(files)
}

fn trial(file: &Path) -> Option<Trial> {
    let name = file.file_stem()?.to_string_lossy().into_owned();
    let file = file.to_owned();
    match file.extension()?.to_str()? {
        "ko" => Some(named(&name.clone(), move || compare(&name, &file))),
        "failed" => Some(named(&name, move || bail!(fs::read_to_string(file)?))),
        _ => None,
    }
}

fn named(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(format!("oracle::{name}"), move || {
        test().map_err(|error| Failed::from(format!("{error:#}")))
    })
}

/// Loads a module, and judges what it has found.
fn compare(name: &str, module: &Path) -> Result<()> {
    let loaded = run("insmod", &[module.to_str().context("not UTF-8")?])?;
    if loaded.code == 0 {
        run("rmmod", &[&format!("oracle_{name}")])?.output()?;
    }
    let found = found(name)?;
    match fs::read_to_string(module.with_extension("expected")) {
        Ok(expected) => differs(&loaded, &found, &expected),
        Err(_) => agrees(&loaded, &found),
    }
}

/// What a module has logged.
fn found(name: &str) -> Result<Vec<String>> {
    let start = format!("oracle_{name}: ");
    let records = kernel_log::all_records()?;
    let texts = records.iter().map(|record| record.text.as_str());
    let lines = texts.filter_map(|text| text.strip_prefix(&start));
    Ok(lines.map(str::to_owned).collect())
}

fn agrees(loaded: &Run, found: &[String]) -> Result<()> {
    /// Of a family that the kernel has itself; it has found the tables to be right.
    const NAME_IS_TAKEN: &str = "resource busy";

    let all = found.join("\n");
    let is_loaded = loaded.code == 0 || loaded.stderr.contains(NAME_IS_TAKEN);
    ensure!(is_loaded, "{}{all}", loaded.stderr);
    ensure!(all.contains(" attributes, "), "it compared nothing: {all}");
    ensure!(all.contains(" 0 differences, "), "{all}");
    Ok(())
}

fn differs(loaded: &Run, found: &[String], expected: &str) -> Result<()> {
    ensure!(loaded.code != 0, "it loads in spite of differences");
    for line in expected.lines() {
        let is_there = found.iter().any(|found| found == line);
        ensure!(is_there, "no \"{line}\" in:\n{}", found.join("\n"));
    }
    Ok(())
}
