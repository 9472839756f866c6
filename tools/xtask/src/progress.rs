// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reports steps that take long, on standard error.

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The state of all steps. Steps may run in parallel.
struct Progress {
    start: Instant,
    spinners: Option<MultiProgress>,
    times: Mutex<Vec<(String, Duration)>>,
}

static PROGRESS: LazyLock<Progress> = LazyLock::new(|| Progress {
    start: Instant::now(),
    spinners: std::io::stderr().is_terminal().then(MultiProgress::new),
    times: Mutex::new(Vec::new()),
});

/// Runs a step. `about` is its usual duration.
pub(crate) fn step<T>(name: &str, about: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let spinner = begin(name, about);
    let result = work();
    let elapsed = start.elapsed();
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let outcome = match result {
        Ok(_) => "done in",
        Err(_) => "FAILED after",
    };
    say(&format!("  {outcome} {}: {name}", seconds(elapsed)));
    let mut times = PROGRESS
        .times
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    times.push((name.to_owned(), elapsed));
    result
}

/// Prints a line above the spinners.
pub(crate) fn say(line: &str) {
    match &PROGRESS.spinners {
        Some(spinners) => spinners.suspend(|| eprintln!("{line}")),
        None => eprintln!("{line}"),
    }
}

/// Returns a table of the times of all steps and of the time since the first.
pub(crate) fn summary() -> String {
    let times = PROGRESS
        .times
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let total = ("total".to_owned(), PROGRESS.start.elapsed());
    let rows = times.iter().chain([&total]);
    rows.map(|(name, elapsed)| format!("{:>12}  {name}", seconds(*elapsed)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn begin(name: &str, about: &str) -> Option<ProgressBar> {
    let Some(spinners) = &PROGRESS.spinners else {
        eprintln!("{name} (about {about}) ...");
        return None;
    };
    let spinner = spinners.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed_precise}") {
        spinner.set_style(style);
    }
    spinner.set_message(format!("{name} (about {about})"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    Some(spinner)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
