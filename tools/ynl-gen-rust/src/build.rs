// SPDX-License-Identifier: MIT OR Apache-2.0

//! The compiler in a build script.

use crate::emit::{self, EmitError, UserOptions};
use crate::model;
use crate::naming;
use crate::spec::{Source, origin};
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Compiles specs to Rust for user space in a build script.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), ynl_gen_rust::BuildError> {
///     ynl_gen_rust::Build::new().compile("specs/ethtool.yaml")
/// }
/// ```
///
/// The program contains the module `ethtool` with `genl::include_family!("ethtool");`. If rustfmt is
/// installed, it formats the module.
#[derive(Clone, Debug)]
#[must_use = "nothing is compiled before `compile` is called"]
pub struct Build {
    out_dir: Option<PathBuf>,
    supplement: Option<PathBuf>,
    genl: String,
    serde: bool,
}

impl Default for Build {
    fn default() -> Self {
        Self::new()
    }
}

impl Build {
    /// Creates a compiler that writes to `OUT_DIR`.
    pub fn new() -> Self {
        Self {
            out_dir: None,
            supplement: None,
            genl: "genl".to_owned(),
            serde: false,
        }
    }

    /// Sets the directory of the modules instead of `OUT_DIR`.
    pub fn out_dir(self, directory: impl Into<PathBuf>) -> Self {
        let out_dir = Some(directory.into());
        Self { out_dir, ..self }
    }

    /// Adds operations, attributes of messages and groups in this file, which the spec lacks.
    pub fn supplement(self, file: impl Into<PathBuf>) -> Self {
        let supplement = Some(file.into());
        Self { supplement, ..self }
    }

    /// Sets the path of the crate `genl` in Rust, `genl` at first.
    pub fn genl_path(self, path: &str) -> Self {
        let genl = path.to_owned();
        Self { genl, ..self }
    }

    /// Sets whether received messages implement serde's `Serialize`.
    pub fn serde(self, serde: bool) -> Self {
        Self { serde, ..self }
    }

    /// Compiles a spec to a module in a file, both with the name of the spec's file.
    ///
    /// # Errors
    ///
    /// The spec has an error or a feature that is not supported, or a file cannot be read or written.
    pub fn compile(&self, spec: impl AsRef<Path>) -> Result<(), BuildError> {
        let spec = spec.as_ref();
        let stem = spec.file_stem().unwrap_or_default().to_string_lossy();
        let path = self.directory()?.join(format!("{stem}.rs"));
        let module = naming::snake(&stem);
        let text = format!("pub mod {module} {{\n{}}}\n", self.module(spec)?);
        let text = emit::rustfmt(text.clone(), "2024").unwrap_or(text);
        fs::write(&path, text).map_err(|error| BuildError::io(&path, &error))
    }

    fn directory(&self) -> Result<PathBuf, BuildError> {
        let out_dir = self.out_dir.clone();
        out_dir
            .or_else(|| env::var_os("OUT_DIR").map(PathBuf::from))
            .ok_or_else(|| BuildError("OUT_DIR is not set: this is not a build script".to_owned()))
    }

    /// Returns the content of the module.
    fn module(&self, spec: &Path) -> Result<String, BuildError> {
        let source = self.source(spec)?;
        let family = source
            .parse()
            .and_then(|document| model::build(&document, source.licence()?))
            .map_err(|problem| BuildError(source.report(problem).to_string()))?;
        let options = UserOptions {
            genl: &self.genl,
            serde: self.serde,
        };
        emit::user_unformatted(&family, &origin(spec), options).map_err(|error| match error {
            EmitError::Unsupported(problem) => BuildError(source.report(problem).to_string()),
            EmitError::Rustfmt(_) => BuildError(error.to_string()),
        })
    }

    fn source(&self, spec: &Path) -> Result<Source, BuildError> {
        println!("cargo::rerun-if-changed={}", spec.display());
        let source = Source::read(spec).map_err(|error| BuildError::io(spec, &error))?;
        let Some(supplement) = &self.supplement else {
            return Ok(source);
        };
        println!("cargo::rerun-if-changed={}", supplement.display());
        source
            .with_supplement(supplement)
            .map_err(|error| BuildError::io(supplement, &error))
    }
}

/// The error of a build script. `Debug`, which cargo shows, is the same as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError(String);

impl BuildError {
    fn io(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}
