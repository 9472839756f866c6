// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the outputs of many specs at once.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit::{self, EmitError, UserOptions};
use ynl_gen_rust::model::Family;

/// The files of an output, by name.
type Files = Vec<(String, String)>;

/// A compiler of one output.
pub trait Compiler: Debug {
    /// Writes the files of one spec.
    fn emit(&self, family: &Family) -> Result<Files, EmitError>;

    /// Compiles the specs in these directories without warnings. Returns the log if that fails, and
    /// an empty text otherwise.
    fn compile(&self, directory: &Path, specs: &[String]) -> Result<String>;
}

/// Rust for programs.
#[derive(Debug)]
pub struct User {
    /// The library of this package, which has the crates.
    library: PathBuf,
}

impl User {
    /// Finds the library of this package, and builds it if it is missing.
    pub fn new() -> Result<Self> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--quiet", "--message-format=json", "--lib"])
            .args(["--package", env!("CARGO_PKG_NAME")])
            .args(["--profile", &profile()?])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .context("cannot run cargo")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo fails: {error}");
        let library = library(&String::from_utf8_lossy(&output.stdout)).context("no library")?;
        Ok(Self { library })
    }

    /// Returns a compiler that writes metadata to this directory.
    fn rustc(&self, directory: &Path) -> Command {
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let dependencies = self.library.with_file_name("deps");
        rustc
            .args(["--edition", "2024", "--crate-type", "lib"])
            .args(["--emit", "metadata", "--out-dir"])
            .arg(directory)
            .arg(format!("-Ldependency={}", dependencies.display()))
            .arg(format!("--extern=random_specs={}", self.library.display()));
        rustc
    }
}

/// Returns the profile of this program, by its directory.
fn profile() -> Result<String> {
    let program = std::env::current_exe()?;
    let mut directories = program.ancestors().skip(1);
    let directory = directories.find(|directory| !directory.ends_with("deps"));
    let name = directory.and_then(Path::file_name).context("no profile")?;
    Ok(match name.to_string_lossy().as_ref() {
        "debug" => "dev".to_owned(),
        name => name.to_owned(),
    })
}

/// Returns the library of this package, from the messages of cargo.
fn library(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines();
    let mut messages = messages.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = messages.find(|message| {
        message["reason"] == "compiler-artifact"
            && message["target"]["name"] == env!("CARGO_CRATE_NAME")
    })?;
    let mut files = own["filenames"].as_array()?.iter();
    files
        .find_map(|file| file.as_str().filter(|file| file.ends_with(".rlib")))
        .map(PathBuf::from)
}

impl Compiler for User {
    fn emit(&self, family: &Family) -> Result<Files, EmitError> {
        let options = UserOptions {
            genl: "genl",
            // About half of the specs.
            serde: family.sets.len().is_multiple_of(2),
        };
        let text = emit::user(family, "random.yaml", options)?;
        Ok(vec![("user.rs".to_owned(), text)])
    }

    fn compile(&self, directory: &Path, specs: &[String]) -> Result<String> {
        let mut top = "//! All.\n#![deny(warnings, missing_docs, unreachable_pub)]\n".to_owned();
        for spec in specs {
            top += &format!("#[path = \"{spec}/user.rs\"]\n/// One.\npub mod {spec};\n");
        }
        fs::write(directory.join("all.rs"), top)?;
        let mut rustc = self.rustc(directory);
        // Cargo has built serde for build scripts, too. A crate that has the same items as the one
        // that genl uses cannot be the wrong one.
        for name in ["genl", "serde"] {
            let file = directory.join(format!("{name}.rs"));
            fs::write(&file, format!("pub use random_specs::{name}::*;\n"))?;
            let log = failed(self.rustc(directory).arg(file))?;
            ensure!(log.is_empty(), "{log}");
            let library = directory.join(format!("lib{name}.rmeta"));
            rustc.arg(format!("--extern={name}={}", library.display()));
        }
        failed(rustc.arg(directory.join("all.rs")))
    }
}

/// The header for C.
#[derive(Debug)]
pub struct Header;

impl Compiler for Header {
    fn emit(&self, family: &Family) -> Result<Files, EmitError> {
        let text = emit::uapi(family, "random.yaml")?;
        Ok(vec![("header.h".to_owned(), text)])
    }

    fn compile(&self, directory: &Path, specs: &[String]) -> Result<String> {
        let files = specs.iter().map(|spec| format!("{spec}/header.h"));
        let mut gcc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "gcc".into()));
        gcc.args(["-Wall", "-Wextra", "-Werror", "-std=c11"])
            .args(["-fsyntax-only", "-x", "c"])
            .args(files)
            .current_dir(directory);
        failed(&mut gcc)
    }
}

/// Rust for the kernel.
#[derive(Debug)]
pub struct Kernel {
    /// The kernel's `make` with its arguments.
    make: Vec<String>,
    /// Directory of `genl`.
    library: PathBuf,
}

impl Kernel {
    /// Creates a compiler with this `make` and the `kmodule` of this checkout.
    pub fn new(make: Vec<String>, checkout: &Path) -> Self {
        Self {
            make,
            library: checkout.join("kmodule"),
        }
    }
}

/// Returns the crate root of a module with all families.
const MODULE: &str = r#"// SPDX-License-Identifier: GPL-2.0

//! Families that are only compiled.

use kernel::prelude::*;

// The families are compiled, not registered.
#[allow(unused_imports, unused_macros)]
pub mod genl;

module! {
    type: Families,
    name: "all",
    authors: ["The greet project"],
    description: "Families of random specs",
    license: "GPL",
}

struct Families;

impl kernel::Module for Families {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}
"#;

impl Compiler for Kernel {
    fn emit(&self, family: &Family) -> Result<Files, EmitError> {
        let (name, tables_name) = (emit::module_name(family), emit::tables_module_name(family));
        // Each family is in its own module, instead of at the root of a crate.
        let within = |text: String| {
            let text = text.replace("crate::", "super::");
            text.replace("super::LocalModule", "crate::LocalModule")
        };
        let tables = within(emit::kernel(family, "random.yaml")?);
        let author = within(emit::skeleton(family, "random.yaml")?);
        let top = format!(
            "//! A family.\npub use crate::genl;\n\
             #[path = \"author.rs\"]\npub mod r#{name};\n\
             #[path = \"tables.rs\"]\npub mod {tables_name};\n"
        );
        Ok(vec![
            ("top.rs".to_owned(), top),
            ("tables.rs".to_owned(), tables),
            ("author.rs".to_owned(), author),
        ])
    }

    fn compile(&self, directory: &Path, specs: &[String]) -> Result<String> {
        let mut top = MODULE.to_owned();
        for spec in specs {
            top += &format!("#[path = \"{spec}/top.rs\"]\npub mod {spec};\n");
        }
        fs::write(directory.join("all.rs"), top)?;
        fs::write(directory.join("Kbuild"), "obj-m := all.o\n")?;
        for name in ["genl", "genl.rs"] {
            let link = directory.join(name);
            if !link.exists() {
                std::os::unix::fs::symlink(self.library.join(name), link)?;
            }
        }
        let Some((program, arguments)) = self.make.split_first() else {
            bail!("no make");
        };
        let mut make = Command::new(program);
        make.args(arguments)
            .arg(format!("M={}", directory.display()))
            .arg("all.o");
        failed(&mut make)
    }
}

/// Returns the output of a program that fails or warns, otherwise an empty text.
fn failed(program: &mut Command) -> Result<String> {
    let output = program
        .output()
        .with_context(|| format!("cannot run {:?}", program.get_program()))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && !text.contains("warning") {
        return Ok(String::new());
    }
    Ok(match text.trim() {
        "" => format!("error: {}", output.status),
        text => text.to_owned(),
    })
}
