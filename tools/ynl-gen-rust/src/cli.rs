// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use crate::emit::{self, EmitError, UserOptions};
use crate::files;
use crate::model::{self, Family};
use crate::new::New;
use crate::spec::{Source, is_hidden};
use clap::{ArgGroup, Args, Parser, Subcommand};
use similar::TextDiff;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Turns a YNL spec into Rust for the kernel and for user space, a C header, a page of
/// documentation, a dissector for Wireshark and a description for syzkaller.
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
    /// Begin a family: a folder with a spec, a kernel module, a client, and a test that boots a
    /// kernel
    New(New),
}

/// What is made of a spec.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("output").required(true).multiple(true))]
struct Outputs {
    /// The spec
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Write Rust for the kernel
    #[arg(long, group = "output", value_name = "OUT.rs")]
    kernel: Option<PathBuf>,
    /// Write Rust for user space
    #[arg(long, group = "output", value_name = "OUT.rs")]
    user: Option<PathBuf>,
    /// What Rust for user space calls the crate `genl`
    #[arg(long, value_name = "PATH", default_value = "genl", value_parser = rust_path)]
    genl_path: String,
    /// Let Rust for user space serialise what the kernel sends, with serde
    #[arg(long)]
    serde: bool,
    /// Write the uapi header for C
    #[arg(long, group = "output", value_name = "OUT.h")]
    uapi: Option<PathBuf>,
    /// Write the reference page
    #[arg(long, group = "output", value_name = "OUT.md")]
    doc: Option<PathBuf>,
    /// Write a dissector for Wireshark
    #[arg(long, group = "output", value_name = "OUT.lua")]
    wireshark: Option<PathBuf>,
    /// Write a description for syzkaller
    #[arg(long, group = "output", value_name = "OUT.txt")]
    syzkaller: Option<PathBuf>,
    /// Write a file for the kernel to begin with: a state, and operations that refuse. It must not be
    /// there yet
    #[arg(
        long,
        group = "output",
        value_name = "OUT.rs",
        conflicts_with = "check"
    )]
    skeleton: Option<PathBuf>,
    /// Write nothing; show how the files differ from what would be written, and fail if they do
    #[arg(long)]
    check: bool,
}

/// Why nothing was written.
#[derive(Debug)]
pub struct CliError {
    text: String,
    code: u8,
}

impl CliError {
    /// An error that says this, line break included.
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            code: 1,
        }
    }

    /// The same, of arguments that do not go together.
    fn usage(text: impl fmt::Display) -> Self {
        Self {
            code: 2,
            ..Self::new(text)
        }
    }

    /// What the command exits with.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One output.
type Emitter<'a> = Box<dyn Fn(&Family, &str) -> Result<String, EmitError> + 'a>;

impl Cli {
    /// Does what the command line asks for. Writes nothing unless all of it could be made.
    pub fn run(&self) -> Result<ExitCode, CliError> {
        match (&self.command, &self.outputs) {
            (Some(Command::New(new)), _) => new.run().map(|()| ExitCode::SUCCESS),
            (None, Some(outputs)) => outputs.run(),
            // The parser asks for one of them.
            (None, None) => Ok(ExitCode::SUCCESS),
        }
    }
}

impl Outputs {
    fn run(&self) -> Result<ExitCode, CliError> {
        self.check_paths()?;
        self.spare_the_authors_file()?;
        let source = Source::read(&self.spec).map_err(|error| self.io(&self.spec, &error))?;
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

    /// Refuses to write a file twice, or over the spec.
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

    /// What an author has made of a skeleton must not be lost.
    fn spare_the_authors_file(&self) -> Result<(), CliError> {
        match &self.skeleton {
            Some(path) if path.exists() => Err(CliError::new(format!(
                "{}: it is there already; a skeleton is written once\n",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The outputs that are asked for: the option, the file and what makes its text.
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

/// How a file differs from what the spec gives.
pub fn difference(path: &Path, present: &str, made: &str) -> String {
    let path = path.display();
    TextDiff::from_lines(present, made)
        .unified_diff()
        .header(&format!("{path}"), &format!("{path} (from the spec)"))
        .to_string()
}

/// What the outputs of a spec call it: its file, for a folder may get another name, and the outputs
/// must stay the same. It stands in a comment, which a line break would end.
pub fn origin(spec: &Path) -> String {
    spec.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .replace(|c: char| is_hidden(c) || c.is_control(), "\u{fffd}")
}

/// Reads a path of Rust, such as `crate::genl`.
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
