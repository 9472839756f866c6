// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use crate::emit::{self, EmitError, UserOptions};
use crate::files;
use crate::model::{self, Family};
use crate::new::New;
use crate::spec::Source;
pub use crate::spec::origin;
use clap::{ArgGroup, Args, Parser, Subcommand};
use similar::TextDiff;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compiles a YNL spec to Rust for the kernel and for user space, a C header, a reference page, a
/// Wireshark dissector and a syzkaller description.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    outputs: Option<Outputs>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a family: a directory with a spec, a kernel module, a client, and tests that run in a
    /// booted kernel
    New(New),
}

/// The spec and its outputs.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("output").required(true).multiple(true))]
struct Outputs {
    /// Read this spec
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Add the parts of the family that its spec lacks, such as operations and multicast groups, from
    /// this file
    #[arg(long, value_name = "FILE")]
    supplement: Option<PathBuf>,
    /// Write Rust for the kernel
    #[arg(long, group = "output", value_name = "OUT.rs")]
    kernel: Option<PathBuf>,
    /// Write Rust for user space
    #[arg(long, group = "output", value_name = "OUT.rs")]
    user: Option<PathBuf>,
    /// Path of the crate `genl` in the Rust for user space
    #[arg(long, value_name = "PATH", default_value = "genl", value_parser = rust_path)]
    genl_path: String,
    /// Derive serde's Serialize for received messages in the Rust for user space
    #[arg(long)]
    serde: bool,
    /// Write a uapi header for C
    #[arg(long, group = "output", value_name = "OUT.h")]
    uapi: Option<PathBuf>,
    /// Write a reference page
    #[arg(long, group = "output", value_name = "OUT.md")]
    doc: Option<PathBuf>,
    /// Write a Wireshark dissector
    #[arg(long, group = "output", value_name = "OUT.lua")]
    wireshark: Option<PathBuf>,
    /// Write a syzkaller description
    #[arg(long, group = "output", value_name = "OUT.txt")]
    syzkaller: Option<PathBuf>,
    /// Write a first implementation for the kernel, in which each operation returns an error. The
    /// file must not exist
    #[arg(
        long,
        group = "output",
        value_name = "OUT.rs",
        conflicts_with = "check"
    )]
    skeleton: Option<PathBuf>,
    /// Write nothing; show the differences between the files and the spec, and fail if there are
    /// any
    #[arg(long)]
    check: bool,
}

/// An error of the command line, with an exit code. Nothing was written.
#[derive(Debug)]
pub struct CliError {
    text: String,
    code: u8,
}

impl CliError {
    /// Creates an error from `text`, which ends with a line break.
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            code: 1,
        }
    }

    /// Creates an error about invalid arguments.
    fn usage(text: impl fmt::Display) -> Self {
        Self {
            code: 2,
            ..Self::new(text)
        }
    }

    /// Returns the exit code of the command.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A function that writes one output.
type Emitter<'a> = Box<dyn Fn(&Family, &str) -> Result<String, EmitError> + 'a>;

impl Cli {
    /// Runs the command. Writes either all outputs or none.
    ///
    /// # Errors
    ///
    /// The arguments, the spec or a file is at fault; the error says which.
    pub fn run(&self) -> Result<ExitCode, CliError> {
        match (&self.command, &self.outputs) {
            (Some(Command::New(new)), _) => new.run().map(|()| ExitCode::SUCCESS),
            (None, Some(outputs)) => outputs.run(),
            // clap requires one of them.
            (None, None) => Ok(ExitCode::SUCCESS),
        }
    }
}

impl Outputs {
    fn run(&self) -> Result<ExitCode, CliError> {
        self.check_paths()?;
        self.reject_existing_skeleton()?;
        let source = self.source()?;
        let family = source
            .parse()
            .and_then(|document| model::build(&document, source.licence()?))
            .map_err(|problem| CliError::new(source.report(problem)))?;
        let origin = origin(&self.spec);
        let mut made = Vec::new();
        for (_, path, emitter) in self.outputs() {
            let text = emitter(&family, &origin).map_err(|error| match error {
                EmitError::Unsupported(problem) => CliError::new(source.report(problem)),
                EmitError::Rustfmt(_) => CliError::new(format!("{error}\n")),
            })?;
            made.push((path, text));
        }
        match self.check {
            true => self.compare(&made),
            false => self.write(&made),
        }
    }

    /// Reads the spec and its supplement.
    fn source(&self) -> Result<Source, CliError> {
        let spec = Source::read(&self.spec).map_err(|error| self.io(&self.spec, &error))?;
        match &self.supplement {
            None => Ok(spec),
            Some(path) => spec
                .with_supplement(path)
                .map_err(|error| self.io(path, &error)),
        }
    }

    /// Rejects arguments that write a file twice, or over the spec.
    fn check_paths(&self) -> Result<(), CliError> {
        let mut seen = HashMap::from([(files::identity(&self.spec), "spec")]);
        for (option, path, _) in self.outputs() {
            if let Some(other) = seen.insert(files::identity(path), option) {
                let path = path.display();
                return Err(CliError::usage(format!(
                    "{path}: --{other} and --{option} name the same file\n"
                )));
            }
        }
        Ok(())
    }

    /// Fails if the skeleton exists, since its author may have edited it.
    fn reject_existing_skeleton(&self) -> Result<(), CliError> {
        match &self.skeleton {
            Some(path) if path.exists() => Err(CliError::new(format!(
                "{}: the file exists; a skeleton is written only once\n",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the requested outputs: option, file and emitter.
    fn outputs(&self) -> impl Iterator<Item = (&'static str, &Path, Emitter<'_>)> {
        let options = UserOptions {
            genl: &self.genl_path,
            serde: self.serde,
        };
        let user = move |family: &Family, origin: &str| emit::user(family, origin, options);
        let emitters: [(_, _, Emitter<'_>); 7] = [
            ("kernel", &self.kernel, Box::new(emit::kernel)),
            ("skeleton", &self.skeleton, Box::new(emit::skeleton)),
            ("user", &self.user, Box::new(user)),
            ("uapi", &self.uapi, Box::new(emit::uapi)),
            (
                "doc",
                &self.doc,
                Box::new(|family, origin| Ok(emit::doc(family, origin))),
            ),
            (
                "wireshark",
                &self.wireshark,
                Box::new(|family, origin| Ok(emit::wireshark(family, origin))),
            ),
            ("syzkaller", &self.syzkaller, Box::new(emit::syzkaller)),
        ];
        emitters
            .into_iter()
            .filter_map(|(option, path, emitter)| Some((option, path.as_deref()?, emitter)))
    }

    fn write(&self, made: &[(&Path, String)]) -> Result<ExitCode, CliError> {
        files::write_all(made).map_err(|(path, error)| self.io(&path, &error))?;
        Ok(ExitCode::SUCCESS)
    }

    fn compare(&self, made: &[(&Path, String)]) -> Result<ExitCode, CliError> {
        let mut code = ExitCode::SUCCESS;
        for (path, text) in made {
            let present = std::fs::read_to_string(path).map_err(|error| self.io(path, &error))?;
            if present != *text {
                print!("{}", difference(path, &present, text));
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    }

    fn io(&self, path: &Path, error: &std::io::Error) -> CliError {
        CliError::new(format!("{}: {error}\n", path.display()))
    }
}

/// Returns a unified diff from the file to the text that the spec gives.
pub fn difference(path: &Path, present: &str, made: &str) -> String {
    let path = path.display();
    TextDiff::from_lines(present, made)
        .unified_diff()
        .header(&format!("{path}"), &format!("{path} (from the spec)"))
        .to_string()
}

/// Parses a path in Rust, such as `crate::genl`.
fn rust_path(text: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_numeric())
    };
    let names = text.strip_prefix("::").unwrap_or(text);
    match names.split("::").all(is_name) {
        true => Ok(text.to_owned()),
        false => Err("not a path in Rust such as genl or crate::genl".to_owned()),
    }
}
