// SPDX-License-Identifier: MIT OR Apache-2.0

//! The job that the host gives a guest, and its outcome: files in a directory of the host.

use crate::machine::Machine;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const JOB: &str = "job.json";
const RESULT: &str = "result.json";

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Job {
    pub(crate) machine: Machine,
    pub(crate) command: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// The command's working directory.
    pub(crate) dir: PathBuf,
    /// Modules to load before the command.
    pub(crate) modules: Vec<PathBuf>,
    /// Directories of the host that stay visible, even in directories that the guest mounts over.
    pub(crate) needed: Vec<PathBuf>,
    /// Whether the command has the terminal's job control.
    pub(crate) is_interactive: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// The command's exit status, or 128 plus the number of the signal that killed it.
    Status(i32),
    /// The command could not be run.
    Failed(String),
}

impl Job {
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(JOB);
        fs::write(&path, serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(JOB);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

impl Outcome {
    /// Writes the outcome atomically.
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let draft = dir.join("result.draft");
        fs::write(&draft, serde_json::to_vec(self)?)?;
        Ok(fs::rename(draft, dir.join(RESULT))?)
    }

    /// Reads the outcome, if the guest has written one.
    pub(crate) fn read(dir: &Path) -> Option<Self> {
        let text = fs::read(dir.join(RESULT)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}
