// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernel modules, built from copies so that the checkout holds no objects.

use crate::paths::Paths;
use crate::progress;
use crate::setup::Kernel;
use crate::tool::{self, Run};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use ynl_gen_rust::{emit, model, spec};

/// Modules of the tests: a second family, and modules that misuse the kernel's interfaces.
const FIXTURES: [&str; 3] = ["misuse", "second_fails", "shelf"];

/// Families of `tests/families` with a spec in the kernel's tree, and a counterpart in C.
pub(crate) const IN_TREE: [&str; 3] = ["fou", "mptcp_pm", "wireguard"];

/// A spec of the compiler's tests, for a family in the module `anywhere`.
const OLD_FAMILY: &str = "tools/ynl-gen-rust/tests/specs/old_family.yaml";

/// The kernel library, of which each module of the tests gets a copy.
pub(crate) const GENL: [&str; 2] = ["genl", "genl.rs"];

/// Ends of the names of files that a fixture's directory lacks.
const SHARED: [&str; 3] = ["Kbuild", "genl.rs", "_nl.rs"];

/// The Kbuild of the compiler's template, which suits each module of the tests.
const KBUILD: &str = include_str!("../../ynl-gen-rust/template/kmodule/Kbuild");

/// The source of a module.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in the cache.
    name: String,
    /// The directory of the family.
    family: PathBuf,
    /// Sources, each with its path in the build directory.
    inputs: Vec<(PathBuf, &'static str)>,
    fixture: Option<Fixture>,
}

/// A module of the tests. xtask writes the files that all of them share.
#[derive(Debug)]
struct Fixture {
    name: &'static str,
    /// The spec that is compiled for it, which can be in the kernel's tree.
    spec: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct Module {
    name: String,
    /// The directory of the family.
    pub(crate) family: PathBuf,
    /// The module itself, such as `greet.ko`.
    file: PathBuf,
}

impl Module {
    /// Returns the build directory.
    pub(crate) fn dir(&self) -> &Path {
        self.file.parent().unwrap_or(&self.family)
    }

    pub(crate) fn copy_to(&self, dir: &Path) -> Result<PathBuf> {
        let copy = dir.join(&self.name).with_extension("ko");
        fs::copy(&self.file, &copy)
            .with_context(|| format!("cannot copy {}", self.file.display()))?;
        Ok(copy)
    }
}

impl Source {
    pub(crate) fn greet(paths: &Paths) -> Self {
        let inputs = ["Kbuild", "kmodule"].map(|name| (paths.checkout.join(name), name));
        Self {
            name: "greet".to_owned(),
            family: paths.checkout.clone(),
            inputs: inputs.into(),
            fixture: None,
        }
    }

    pub(crate) fn fixtures(paths: &Paths) -> Vec<Self> {
        let genl = GENL.map(|name| (paths.checkout.join("kmodule").join(name), name));
        let fixture = |(name, spec)| {
            let family = paths.checkout.join("tests/families").join(name);
            let mut inputs = vec![(family.join("kmodule"), "")];
            inputs.extend(genl.clone());
            Self {
                name: str::to_owned(name),
                family,
                inputs,
                fixture: Some(Fixture { name, spec }),
            }
        };
        let anywhere = ("anywhere", Some(paths.checkout.join(OLD_FAMILY)));
        let spec = |name| format!("Documentation/netlink/specs/{name}.yaml").into();
        let in_tree = IN_TREE.map(|name| (name, Some(spec(name))));
        let own = FIXTURES.map(|name| (name, None)).into_iter();
        own.chain([anywhere]).chain(in_tree).map(fixture).collect()
    }

    /// Returns a user's family, whose directory holds `kmodule/Kbuild`, or one of the tests, which lacks
    /// the files that all share.
    pub(crate) fn family(paths: &Paths, dir: &Path) -> Result<Self> {
        let family = dir
            .canonicalize()
            .with_context(|| dir.display().to_string())?;
        let fixtures = Self::fixtures(paths);
        if let Some(fixture) = fixtures.into_iter().find(|one| one.family == family) {
            return Ok(fixture);
        }
        let dir = family.join("kmodule");
        let kbuild = dir.join("Kbuild");
        ensure!(kbuild.is_file(), "{} is missing", kbuild.display());
        Ok(Self {
            name: "family".to_owned(),
            family,
            inputs: vec![(dir, "")],
            fixture: None,
        })
    }

    /// Updates a copy. Returns whether it was up to date.
    pub(crate) fn copy(&self, dir: &Path) -> Result<bool> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let mut is_same = true;
        for (from, to) in &self.inputs {
            is_same &= copy_tree(from, &dir.join(to))?;
        }
        Ok(is_same)
    }

    /// Updates a copy, with the files of a fixture that are not in its directory. Returns whether it was
    /// up to date.
    pub(crate) fn prepare(&self, dir: &Path, tree: &Path) -> Result<bool> {
        let mut is_same = self.copy(dir)?;
        if let Some(Fixture { name, spec }) = &self.fixture {
            let kbuild = KBUILD.replace("@snake@", name);
            is_same &= write_changed(&dir.join("Kbuild"), kbuild.as_bytes())?;
            if let Some(spec) = spec {
                let stem = spec.file_stem().unwrap_or_default().to_string_lossy();
                let supplement = self.family.join(format!("{stem}.supplement.yaml"));
                let code = compile(&tree.join(spec), &supplement)?;
                is_same &= write_changed(&dir.join(format!("{stem}_nl.rs")), code.as_bytes())?;
            }
        }
        Ok(is_same)
    }

    /// Builds the module for a kernel of the cache, unless it is up to date.
    pub(crate) fn build(&self, paths: &Paths, kernel: &Kernel) -> Result<Module> {
        let modules = format!("modules-{}", kernel.name);
        let dir = paths.cache.join(modules).join(&self.name);
        let stamp = dir.join("stamp");
        let identity = format!("{}\n{}", self.family.display(), kernel.identity);
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&identity) {
            // Objects for another kernel or from other sources.
            let _ = fs::remove_dir_all(&dir);
        }
        let is_same = self.prepare(&dir, &kernel.tree)?;
        if !is_same || !stamp.exists() {
            let _ = fs::remove_file(&stamp);
            let log = paths.new_log(&format!("module-{}", self.name))?;
            let step = format!("Building the module {}", self.name);
            progress::step(&step, "3 s", || {
                kernel.make_modules(&dir).arg("modules").log_to(&log)
            })?;
            fs::write(stamp, identity)?;
        }
        let Ok([file]) = <[PathBuf; 1]>::try_from(tool::files(&dir, "ko", false)?) else {
            bail!("the Kbuild of {} must build one module", self.name);
        };
        Ok(Module {
            name: self.name.clone(),
            family: self.family.clone(),
            file,
        })
    }
}

/// Compiles a spec to Rust for the kernel, with its supplement if that exists.
fn compile(spec: &Path, supplement: &Path) -> Result<String> {
    let mut source = spec::Source::read(spec).with_context(|| spec.display().to_string())?;
    if supplement.exists() {
        source = source.with_supplement(supplement)?;
    }
    let family = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| anyhow!("{}", source.report(problem)))?;
    let name = spec.file_name().unwrap_or_default().to_string_lossy();
    emit::kernel(&family, &name).map_err(|error| anyhow!("{name}: {error}"))
}

/// Copies changed sources, following links, and removes deleted ones. Objects stay. Returns whether
/// all sources were up to date.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<bool> {
    if from.is_file() {
        return write_changed(to, &fs::read(from)?);
    }
    fs::create_dir_all(to)?;
    let mut is_same = true;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if path.is_dir() || is_source(&path) {
            let name = path.file_name().unwrap_or_default();
            is_same &= copy_tree(&path, &to.join(name))?;
        }
    }
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let is_shared = SHARED
            .iter()
            .any(|end| name.to_string_lossy().ends_with(end));
        if is_source(&path) && !is_shared && !from.join(name).exists() {
            fs::remove_file(&path)?;
            is_same = false;
        }
    }
    Ok(is_same)
}

/// Writes a file unless it has these contents. Returns whether it had them.
fn write_changed(path: &Path, contents: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == contents) {
        return Ok(true);
    }
    fs::write(path, contents).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(false)
}

/// Returns whether a file is a source, not an output of the kernel's build.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = [".rs", ".c", ".h"];
    name == "Kbuild" || (ends.iter().any(|end| name.ends_with(end)) && !name.ends_with(".mod.c"))
}
