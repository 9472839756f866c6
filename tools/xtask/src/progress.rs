// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is told about steps that take long: on standard error, since standard output belongs to
//! what the user asked for.

use anyhow::Result;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Announces steps and keeps their times. Steps may run at once.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Instant,
    spinners: Option<MultiProgress>,
    times: Mutex<Vec<(String, Duration)>>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            spinners: std::io::stderr().is_terminal().then(MultiProgress::new),
            times: Mutex::new(Vec::new()),
        }
    }

    /// Does a step. `about` says how long it takes.
    pub(crate) fn step<T>(
        &self,
        what: &str,
        about: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let start = Instant::now();
        let spinner = self.begin(what, about);
        let result = work();
        let took = start.elapsed();
        if let Some(spinner) = spinner {
            spinner.finish_and_clear();
        }
        if result.is_ok() {
            self.say(&format!("  done in {}: {what}", in_words(took)));
            self.times
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((what.to_owned(), took));
        } else {
            self.say(&format!("  FAILED after {}: {what}", in_words(took)));
        }
        result
    }

    /// Says a line, above the spinners.
    pub(crate) fn say(&self, line: &str) {
        match &self.spinners {
            Some(spinners) => spinners.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// The times of the steps, and of the whole.
    pub(crate) fn summary(&self) -> String {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = times
            .iter()
            .map(|(what, took)| format!("{:>12}  {what}", in_words(*took)))
            .collect();
        lines.push(format!("{:>12}  in all", in_words(self.start.elapsed())));
        lines.join("\n")
    }

    fn begin(&self, what: &str, about: &str) -> Option<ProgressBar> {
        let Some(spinners) = &self.spinners else {
            eprintln!("{what} (about {about}) ...");
            return None;
        };
        let spinner = spinners.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed_precise}") {
            spinner.set_style(style);
        }
        spinner.set_message(format!("{what} (about {about})"));
        spinner.enable_steady_tick(Duration::from_millis(100));
        Some(spinner)
    }
}

/// A duration as a person says it.
fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_words() {
        let cases = [(1_234, "1.2 s"), (59_400, "59 s"), (192_000, "3 min 12 s")];
        for (millis, expected) in cases {
            assert_eq!(in_words(Duration::from_millis(millis)), expected);
        }
    }
}
