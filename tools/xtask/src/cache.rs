// SPDX-License-Identifier: MIT OR Apache-2.0

//! The cache: its lock, scratch directories, and directories that are complete or rebuilt.

use crate::paths::Paths;
use crate::progress;
use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The directory of all scratch directories.
const SCRATCH: &str = "run";

/// Coordinates runs of xtask that share the cache. One run at a time builds parts of the cache. Others
/// may use it at the same time, except while a part is replaced.
#[derive(Debug)]
pub(crate) struct Lock {
    set_up: File,
    use_it: File,
}

impl Lock {
    /// Waits while another run of xtask builds parts of the cache.
    pub(crate) fn to_set_up(paths: &Paths) -> Result<Self> {
        fs::create_dir_all(&paths.cache)
            .with_context(|| format!("cannot create {}", paths.cache.display()))?;
        let open = |name: &str| {
            let path = paths.cache.join(name);
            File::create(&path).with_context(|| format!("cannot open {}", path.display()))
        };
        let lock = Self {
            set_up: open("set-up.lock")?,
            use_it: open("use.lock")?,
        };
        exclusive(&lock.set_up, "builds parts of the cache")?;
        if flock(&lock.use_it, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // No other run is left, so these belong to killed ones.
            ignore_missing(fs::remove_dir_all(paths.cache.join(SCRATCH)))?;
        }
        flock(&lock.use_it, FlockOperation::LockShared)?;
        Ok(lock)
    }

    /// Waits while another run uses the cache.
    pub(crate) fn to_replace(&self) -> Result<()> {
        exclusive(
            &self.use_it,
            "uses a part of the cache that must be rebuilt",
        )
    }

    /// Lets other runs build parts of the cache, but not replace any.
    pub(crate) fn to_use(&self) -> Result<()> {
        flock(&self.use_it, FlockOperation::LockShared)?;
        Ok(flock(&self.set_up, FlockOperation::Unlock)?)
    }
}

/// Waits for an exclusive lock of the file.
fn exclusive(file: &File, activity: &str) -> Result<()> {
    if flock(file, FlockOperation::NonBlockingLockExclusive).is_err() {
        eprintln!("Waiting for another run of xtask, which {activity} ...");
        flock(file, FlockOperation::LockExclusive)?;
    }
    Ok(())
}

/// A directory of one run of xtask, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty directory. The caller must hold the lock to use the cache.
    pub(crate) fn new(paths: &Paths, name: &str) -> Result<Self> {
        let dir = Self::place(paths, name);
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Self(dir))
    }

    /// Returns the path of the directory with this name.
    pub(crate) fn place(paths: &Paths, name: &str) -> PathBuf {
        let dir = format!("{}-{name}", std::process::id());
        paths.cache.join(SCRATCH).join(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A directory of the cache that is built from inputs in one step.
///
/// A stamp file, written last, names the inputs. A directory without a stamp, or with one for other
/// inputs, is rebuilt.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) dir: PathBuf,
    inputs: String,
}

impl Stage {
    pub(crate) fn new(dir: PathBuf, inputs: String) -> Self {
        Self { dir, inputs }
    }

    pub(crate) fn is_done(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == self.inputs)
    }

    /// Builds the directory in a step of this name, unless it is done.
    pub(crate) fn build(
        &self,
        lock: &Lock,
        name: &str,
        about: &str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        progress::step(name, about, || {
            lock.to_replace()?;
            self.build_unlocked(work)
        })
    }

    fn build_unlocked(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.clear()?;
        work()?;
        let draft = self.stamp().with_extension("draft");
        fs::write(&draft, &self.inputs)?;
        fs::rename(&draft, self.stamp())?;
        Ok(())
    }

    /// Empties the directory. Removes the stamp first, in case of an interruption.
    fn clear(&self) -> Result<()> {
        ignore_missing(fs::remove_file(self.stamp()))?;
        ignore_missing(fs::remove_dir_all(&self.dir))
            .with_context(|| format!("cannot remove {}", self.dir.display()))?;
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("cannot create {}", self.dir.display()))
    }

    fn stamp(&self) -> PathBuf {
        self.dir.with_extension("stamp")
    }
}

/// Removes everything that xtask has written outside the checkout.
pub(crate) fn remove(paths: &Paths) -> Result<ExitCode> {
    if paths.cache.exists() {
        let lock = Lock::to_set_up(paths)?;
        lock.to_replace()?;
        fs::remove_dir_all(&paths.cache)
            .with_context(|| format!("cannot remove {}", paths.cache.display()))?;
    }
    println!("Removed {}", paths.cache.display());
    Ok(ExitCode::SUCCESS)
}

fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    #[test]
    fn a_stage_is_done_for_its_inputs_only() {
        let scratch = tempfile::tempdir().expect("a directory");
        let stage = |inputs: &str| Stage::new(scratch.path().join("stage"), inputs.to_owned());
        stage("a").build_unlocked(|| Ok(())).expect("built");
        assert!(stage("a").is_done());
        assert!(!stage("b").is_done());
        stage("a").clear().expect("cleared");
        assert!(!stage("a").is_done());
    }

    #[test]
    fn a_stage_that_failed_is_not_done_and_starts_empty() {
        let scratch = tempfile::tempdir().expect("a directory");
        let stage = Stage::new(scratch.path().join("stage"), "a".to_owned());
        stage.build_unlocked(|| Ok(())).expect("built");
        let half = stage.dir.join("half");
        stage
            .build_unlocked(|| {
                fs::write(&half, "")?;
                bail!("interrupted")
            })
            .expect_err("failed");
        assert!(!stage.is_done());
        stage.build_unlocked(|| Ok(())).expect("built");
        assert!(!half.exists());
    }
}
