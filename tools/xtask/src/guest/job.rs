// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the host asks of the guest, and what comes back. Both are files of one folder of the host.

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
    /// Where it is done.
    pub(crate) machine: Machine,
    pub(crate) command: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Where the command starts.
    pub(crate) folder: PathBuf,
    /// Loaded before the command.
    pub(crate) modules: Vec<PathBuf>,
    /// Folders of the host that must be seen even if they are where the guest has its own.
    pub(crate) needed: Vec<PathBuf>,
    /// The size of the terminal, if somebody sits there.
    pub(crate) terminal: Option<Size>,
}

/// Rows and columns of a terminal.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Size {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// How the job ended.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// The command's exit status; 128 and the signal's number if a signal ended it.
    Status(i32),
    /// It could not be run.
    Failed(String),
}

impl Job {
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(JOB);
        fs::write(&path, serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(JOB);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

impl Outcome {
    /// Writes it in one piece: one that can be read is whole.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let draft = folder.join("result.draft");
        fs::write(&draft, serde_json::to_vec(self)?)?;
        Ok(fs::rename(draft, folder.join(RESULT))?)
    }

    /// `None` if the guest ended without one.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read(folder.join(RESULT)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_comes_back_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("xtask-job-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("created");
        assert_eq!(Outcome::read(&folder), None);
        for outcome in [Outcome::Status(3), Outcome::Failed("no".to_owned())] {
            outcome.write(&folder).expect("written");
            assert_eq!(Outcome::read(&folder), Some(outcome));
        }
        fs::write(folder.join(RESULT), "{\"status\":").expect("written");
        assert_eq!(Outcome::read(&folder), None);
        fs::remove_dir_all(&folder).expect("removed");
    }
}
