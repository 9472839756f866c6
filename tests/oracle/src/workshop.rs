// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the modules that are not built.

use crate::module::{self, Module};
use crate::theirs::Generator;
use crate::{altered, specs};
use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// How much of a log tells why a module could not be built.
const LINES: usize = 20;

/// What modules are built with.
pub(crate) struct Workshop {
    /// The kernel's sources.
    pub(crate) tree: PathBuf,
    /// What tells this kernel from another.
    pub(crate) identity: String,
    /// The kernel's `make`, and its arguments.
    pub(crate) make: Vec<String>,
    /// The project.
    pub(crate) checkout: PathBuf,
    /// Where all is made, and kept for the next time.
    pub(crate) folder: PathBuf,
}

/// A module, or why there is none.
pub(crate) struct Built {
    /// The name of the spec, and an ending if there are several modules for it.
    pub(crate) name: String,
    /// Where the module is, or what failed.
    pub(crate) result: Result<PathBuf, String>,
}

impl Workshop {
    /// Builds the modules of all specs. An error is one that concerns all of them.
    pub(crate) fn build_all(&self) -> Result<Vec<Built>> {
        fs::create_dir_all(&self.folder)?;
        let lock = File::create(self.folder.join("lock"))?;
        flock(&lock, FlockOperation::LockExclusive)?;
        let generator = Generator::new(&self.tree, self.folder.join("specs"))
            .context("cannot prepare the kernel's generator")?;
        let (modules, mut all) = self.modules(&generator)?;
        let (ready, stale): (Vec<_>, Vec<_>) = modules.into_iter().partition(Module::is_built);
        all.extend(ready.iter().map(Built::good));
        let mut pending = Vec::new();
        for (module, written) in stale.iter().zip(self.write_all(&stale, &generator)) {
            match written {
                Ok(()) => pending.push(module),
                Err(error) => all.push(Built::bad(&module.name, format!("{error:#}"))),
            }
        }
        if !pending.is_empty() {
            all.extend(self.build(&pending)?);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        self.publish(&all)?;
        Ok(all)
    }

    /// The modules of all specs, and those of which there is none because our compiler fails.
    fn modules(&self, generator: &Generator<'_>) -> Result<(Vec<Module>, Vec<Built>)> {
        let common = module::common(self, generator)?;
        let (mut modules, mut failed) = (Vec::new(), Vec::new());
        for spec in specs::all(self)? {
            match module::of(self, generator, &spec, &common) {
                Ok(of_spec) => modules.extend(of_spec),
                Err(error) => failed.push(Built::bad(&spec.name, format!("{error:#}"))),
            }
        }
        Ok((modules, failed))
    }

    /// Writes the sources of modules, all at once, for most of the time goes into Python.
    fn write_all(&self, modules: &[Module], generator: &Generator<'_>) -> Vec<Result<()>> {
        thread::scope(|scope| {
            let write = |module| scope.spawn(move || Module::write(module, self, generator));
            let writers: Vec<_> = modules.iter().map(write).collect();
            let ended = writers.into_iter().map(|writer| writer.join());
            ended
                .map(|written| written.unwrap_or_else(|_| bail!("a panic")))
                .collect()
        })
    }

    pub(crate) fn build_folder(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// Builds modules: all together, which is fast, and if that fails each alone, which tells why.
    fn build(&self, modules: &[&Module]) -> Result<Vec<Built>> {
        let folder = self.build_folder();
        let names: Vec<_> = modules.iter().map(|one| format!("{}/", one.name)).collect();
        let kbuild = format!("obj-m := {}\n", names.join(" "));
        fs::write(folder.join("Kbuild"), kbuild)?;
        let together = self.make(&folder, &folder.join("log"))?;
        let mut built = Vec::new();
        for module in modules {
            let log = module.folder.join("log");
            if together || self.make(&module.folder, &log)? {
                module.set_built()?;
                built.push(Built::good(module));
            } else {
                built.push(Built::bad(&module.name, reason(&log)?));
            }
        }
        Ok(built)
    }

    /// Runs `make`; its messages go to a log. Returns whether it succeeded.
    fn make(&self, folder: &Path, log: &Path) -> Result<bool> {
        let jobs = thread::available_parallelism().map_or(2, usize::from);
        let log = File::create(log)?;
        let (program, args) = self.make.split_first().context("no make")?;
        let status = Command::new(program)
            .args(args)
            .arg(format!("M={}", folder.display()))
            .args([&format!("-j{jobs}"), "--keep-going", "modules"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .context("cannot run make")?;
        Ok(status.success())
    }

    /// Puts the modules where the suite finds them.
    fn publish(&self, all: &[Built]) -> Result<()> {
        let (folder, place) = (self.folder.join("draft"), self.folder.join("result"));
        for old in [&folder, &place] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        fs::create_dir_all(&folder)?;
        for built in all {
            let path = folder.join(&built.name);
            match &built.result {
                Ok(object) => fs::copy(object, path.with_extension("ko")).map(|_| ())?,
                Err(reason) => fs::write(path.with_extension("failed"), reason)?,
            }
        }
        let expected = folder.join(altered::NAME).with_extension("expected");
        fs::write(expected, altered::lines())?;
        Ok(fs::rename(folder, place)?)
    }
}

impl Built {
    fn good(module: &Module) -> Self {
        Self {
            name: module.name.clone(),
            result: Ok(module.object()),
        }
    }

    fn bad(name: &str, reason: String) -> Self {
        Self {
            name: name.to_owned(),
            result: Err(reason),
        }
    }
}

/// Why a module could not be built: what its log holds from the first error on.
fn reason(log: &Path) -> Result<String> {
    let text = fs::read(log)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let is_error = |line: &&str| line.to_lowercase().contains("error");
    let first = lines.iter().position(is_error);
    let first = first.unwrap_or(lines.len().saturating_sub(LINES));
    let last = lines.len().min(first + LINES);
    Ok(lines[first..last].join("\n"))
}
