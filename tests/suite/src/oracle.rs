// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the generated tables with the output of the kernel's own generator.
//!
//! `tests/oracle` builds a module for each spec, and the module compares both when it is loaded.
//! `GREET_ORACLE` is the directory of the modules; without it, this topic has no tests.

use crate::kernel_log;
use crate::support::tool::{Run, run};
use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Returns a test for each module, and for each that could not be built.
pub(crate) fn trials() -> Vec<Trial> {
    let Some(dir) = env::var_os("GREET_ORACLE") else {
        return Vec::new();
    };
    match files(Path::new(&dir)) {
        Ok(files) => files.iter().filter_map(|file| trial(file)).collect(),
        Err(error) => vec![named("modules", move || Err(error))],
    }
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect();
    let files: Result<Vec<PathBuf>> = read();
    let mut files = files.with_context(|| dir.display().to_string())?;
    files.sort();
    ensure!(!files.is_empty(), "{} is empty", dir.display());
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

/// Loads a module and checks its result.
fn compare(name: &str, module: &Path) -> Result<()> {
    let loaded = run("insmod", &[module.to_str().context("not UTF-8")?])?;
    if loaded.code == 0 {
        run("rmmod", &[&format!("oracle_{name}")])?.output()?;
    }
    let logged = logged(name)?;
    match fs::read_to_string(module.with_extension("expected")) {
        Ok(expected) => check_differences(&loaded, &logged, &expected),
        Err(_) => check_equal(&loaded, &logged),
    }
}

/// Returns the lines that a module logged.
fn logged(name: &str) -> Result<Vec<String>> {
    let start = format!("oracle_{name}: ");
    let records = kernel_log::all_records()?;
    let texts = records.iter().map(|record| record.text.as_str());
    let lines = texts.filter_map(|text| text.strip_prefix(&start));
    Ok(lines.map(str::to_owned).collect())
}

fn check_equal(loaded: &Run, logged: &[String]) -> Result<()> {
    /// insmod's error for a family that the kernel already has. The module fails only after its
    /// comparison succeeded.
    const BUSY: &str = "resource busy";

    let all = logged.join("\n");
    let is_loaded = loaded.code == 0 || loaded.stderr.contains(BUSY);
    ensure!(is_loaded, "{}{all}", loaded.stderr);
    ensure!(
        all.contains(" attributes, "),
        "expected compared attributes in: {all}"
    );
    ensure!(
        all.contains(" 0 differences, "),
        "expected no differences: {all}"
    );
    Ok(())
}

fn check_differences(loaded: &Run, logged: &[String], expected: &str) -> Result<()> {
    ensure!(
        loaded.code != 0,
        "expected the module to fail because of differences"
    );
    for line in expected.lines() {
        let is_logged = logged.iter().any(|logged| logged == line);
        ensure!(is_logged, "expected \"{line}\" in:\n{}", logged.join("\n"));
    }
    Ok(())
}
