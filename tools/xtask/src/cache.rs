// SPDX-License-Identifier: MIT OR Apache-2.0

//! The cache: its lock, and folders that are whole or not there.

use crate::paths::Paths;
use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The directory of directories that one run of xtask creates and removes.
const SCRATCH: &str = "run";

/// Separates runs of xtask that share the cache. One at a time sets up. Other runs may use the parts
/// that it finds complete, but not the parts that it rebuilds.
#[derive(Debug)]
pub(crate) struct Lock {
    set_up: File,
    use_it: File,
}

impl Lock {
    /// Waits until no other run of xtask sets up.
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
        exclusive(&lock.set_up, "sets up")?;
        if flock(&lock.use_it, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // No run is left: these are the remains of killed ones.
            remove_if_there(fs::remove_dir_all(paths.cache.join(SCRATCH)))?;
        }
        flock(&lock.use_it, FlockOperation::LockShared)?;
        Ok(lock)
    }

    /// Waits for guests that use what is there.
    pub(crate) fn to_replace(&self) -> Result<()> {
        exclusive(&self.use_it, "uses what is to be replaced")
    }

    /// Lets others set up, and keeps them from replacing what is there.
    pub(crate) fn to_use(&self) -> Result<()> {
        flock(&self.use_it, FlockOperation::LockShared)?;
        Ok(flock(&self.set_up, FlockOperation::Unlock)?)
    }
}

/// Waits until the file is ours alone.
fn exclusive(file: &File, what_others_do: &str) -> Result<()> {
    if flock(file, FlockOperation::NonBlockingLockExclusive).is_err() {
        eprintln!("Waiting for another run of xtask, which {what_others_do} ...");
        flock(file, FlockOperation::LockExclusive)?;
    }
    Ok(())
}

/// A directory of one run of xtask, removed at its end.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates an empty directory. The caller must hold the lock to use the cache.
    pub(crate) fn new(paths: &Paths, name: &str) -> Result<Self> {
        let folder = Self::place(paths, name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where the folder of that name is while it is there.
    pub(crate) fn place(paths: &Paths, name: &str) -> PathBuf {
        let folder = format!("{}-{name}", std::process::id());
        paths.cache.join(SCRATCH).join(folder)
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

/// A folder of the cache that is made in one go from inputs.
///
/// The stamp is written last, and says from what the folder was made. A folder without it, or with
/// that of other inputs, is made anew.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    inputs: String,
}

impl Stage {
    pub(crate) fn new(folder: PathBuf, inputs: String) -> Self {
        Self { folder, inputs }
    }

    pub(crate) fn is_done(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == self.inputs)
    }

    /// Makes the folder.
    pub(crate) fn make(&self, lock: &Lock, work: impl FnOnce() -> Result<()>) -> Result<()> {
        lock.to_replace()?;
        self.make_unlocked(work)
    }

    fn make_unlocked(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.clear()?;
        work()?;
        let draft = self.stamp().with_extension("draft");
        fs::write(&draft, &self.inputs)?;
        fs::rename(&draft, self.stamp())?;
        Ok(())
    }

    /// Leaves an empty folder. The stamp goes first, in case that this is interrupted.
    fn clear(&self) -> Result<()> {
        remove_if_there(fs::remove_file(self.stamp()))?;
        remove_if_there(fs::remove_dir_all(&self.folder))
            .with_context(|| format!("cannot remove {}", self.folder.display()))?;
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot create {}", self.folder.display()))
    }

    fn stamp(&self) -> PathBuf {
        self.folder.with_extension("stamp")
    }
}

/// Removes all that xtask has made outside of the checkout.
pub(crate) fn remove(paths: &Paths) -> Result<ExitCode> {
    if paths.cache.exists() {
        let lock = Lock::to_set_up(paths)?;
        lock.to_replace()?;
        fs::remove_dir_all(&paths.cache)
            .with_context(|| format!("cannot remove {}", paths.cache.display()))?;
    }
    println!("{} is gone", paths.cache.display());
    Ok(ExitCode::SUCCESS)
}

fn remove_if_there(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    fn stage(name: &str, inputs: &str) -> Stage {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        Stage::new(folder, inputs.to_owned())
    }

    #[test]
    fn a_stage_is_done_for_its_inputs_only() {
        let first = stage("inputs", "a");
        first.make_unlocked(|| Ok(())).expect("made");
        assert!(first.is_done());
        assert!(!stage("inputs", "b").is_done());
        first.clear().expect("cleared");
        assert!(!first.is_done());
        fs::remove_dir_all(&first.folder).expect("removed");
    }

    #[test]
    fn a_stage_that_failed_is_not_done_and_starts_empty() {
        let stage = stage("failed", "a");
        stage.make_unlocked(|| Ok(())).expect("made");
        let half = stage.folder.join("half");
        stage
            .make_unlocked(|| {
                fs::write(&half, "")?;
                bail!("interrupted")
            })
            .expect_err("failed");
        assert!(!stage.is_done());
        stage.make_unlocked(|| Ok(())).expect("made");
        assert!(!half.exists());
        fs::remove_dir_all(&stage.folder).expect("removed");
        fs::remove_file(stage.stamp()).expect("removed");
    }
}
