// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks that do not run the family: format, lints, documentation, invariants.

mod invariants;
mod kernel_side;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::setup::{self, Kernel};
use crate::test::Tally;
use crate::tool::{self, Run};
use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Specs of families that are not in the kernel's tree.
const SPECS: [&str; 2] = ["policy/greet.yaml", "tests/families/shelf/shelf.yaml"];

const WORKSPACES: [&str; 3] = ["Cargo.toml", "bench/Cargo.toml", "tests/fuzz/Cargo.toml"];

struct Context<'a> {
    paths: &'a Paths,
    kernel: &'a Kernel,
    cargo_deny: PathBuf,
}

type Check = fn(&Context<'_>) -> Result<()>;

const CHECKS: [(&str, Check); 18] = [
    ("user side: format", format),
    ("user side: lints", lints),
    ("user side: documentation", documentation),
    ("kernel side: format", kernel_side::format),
    ("kernel side: build without warnings", kernel_side::warnings),
    ("kernel side: lints", kernel_side::lints),
    ("kernel side: documentation", kernel_side::documentation),
    ("kernel side: style of the C code", kernel_side::style),
    ("specs follow the kernel's schema", specs_follow_schema),
    ("generated files are up to date", generated_files),
    ("unsafe code is in genl only", invariants::unsafe_code),
    ("genl does not mention greetings", invariants::genl),
    ("greet has no netlink mechanics", invariants::greet),
    ("the kernel logs no request", invariants::logging),
    ("sources name their licences", invariants::licences),
    ("dependencies are allowed", dependencies),
    ("crates can be packaged", packages),
    ("versions agree", versions),
];

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    // Before a kernel is in use, because the build of cargo-deny waits for runs that use one.
    let cargo_deny = setup::cargo_deny(paths)?;
    let locked = setup::kernel(paths, Machine::Uml)?;
    locked.share_cache()?;
    let context = Context {
        paths,
        kernel: &locked.kernel,
        cargo_deny,
    };
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        tally.count_as("check", name, check(&context));
    }
    Ok(tally.finish("checks "))
}

impl Context<'_> {
    /// Creates a log of a check.
    fn log(&self, name: &str) -> Result<PathBuf> {
        self.paths.new_log(&format!("check-{name}"))
    }

    /// Runs cargo in the checkout.
    fn cargo(&self, log: &str, args: &[&str]) -> Result<()> {
        tool::cargo()
            .args(args)
            .env("RUSTDOCFLAGS", "-Dwarnings")
            .env("GREET_KERNEL_SRC", &self.kernel.tree)
            .current_dir(&self.paths.checkout)
            .log_to(&self.log(log)?)
    }

    fn git(&self) -> Command {
        let mut git = tool::command("git");
        // The checkout may belong to another user, as in a container.
        git.args(["-c", "safe.directory=*"])
            .current_dir(&self.paths.checkout);
        git
    }

    /// Returns the paths of the files that match git's path patterns.
    fn files(&self, patterns: &[&str]) -> Result<Vec<PathBuf>> {
        let list = self.git().args(["ls-files", "--"]).args(patterns).read()?;
        let checkout = &self.paths.checkout;
        Ok(list.lines().map(|path| checkout.join(path)).collect())
    }

    /// Fails if `git grep` with these arguments finds a place.
    fn find_none(&self, args: &[&str]) -> Result<()> {
        let mut grep = self.git();
        let output = grep.args(["grep", "--untracked"]).args(args).output()?;
        let places = String::from_utf8_lossy(&output.stdout);
        // Status 1: no place was found.
        match output.status.code() {
            Some(0 | 1) if places.is_empty() => Ok(()),
            _ => bail!("{places}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

fn format(context: &Context<'_>) -> Result<()> {
    context.cargo("format", &["fmt", "--all", "--check"])
}

fn lints(context: &Context<'_>) -> Result<()> {
    let args = "clippy --workspace --all-targets --features suite/kernel-tree -- -Dwarnings";
    context.cargo("clippy", &args.split(' ').collect::<Vec<_>>())
}

fn documentation(context: &Context<'_>) -> Result<()> {
    let args = ["--workspace", "--no-deps", "--document-private-items"];
    context.cargo("doc", &[&["doc"], args.as_slice()].concat())
}

fn specs_follow_schema(context: &Context<'_>) -> Result<()> {
    let tree = &context.kernel.tree;
    let log = context.log("spec")?;
    for spec in SPECS {
        // The distribution's Python has the packages that pyynl needs.
        tool::command("/usr/bin/python3")
            .arg(tree.join("tools/net/ynl/pyynl/cli.py"))
            .arg("--spec")
            .arg(context.paths.checkout.join(spec))
            .arg("--schema")
            .arg(tree.join("Documentation/netlink/genetlink.yaml"))
            .arg("--validate")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .log_to(&log)?;
    }
    Ok(())
}

fn generated_files(context: &Context<'_>) -> Result<()> {
    tool::command("make")
        .args(["--silent", "codegen", "CHECK=--check"])
        .current_dir(&context.paths.checkout)
        .log_to(&context.log("codegen")?)
        .context("run `make codegen` to update them")
}

/// Applies `deny.toml`, except the list of vulnerabilities: no package registry has it, and it
/// would fail a check without a change.
fn dependencies(context: &Context<'_>) -> Result<()> {
    let log = context.log("cargo-deny")?;
    for workspace in WORKSPACES {
        tool::command(&context.cargo_deny)
            .args(["--manifest-path", workspace, "--config", "deny.toml"])
            .args(["--locked", "check", "bans", "licenses", "sources"])
            .current_dir(&context.paths.checkout)
            .log_to(&log)?;
    }
    Ok(())
}

/// Packages the crates. `make publish-check` also builds them, which takes minutes.
fn packages(context: &Context<'_>) -> Result<()> {
    let args = "package --no-verify --allow-dirty --locked";
    let crates = "-p genl -p greet -p greetctl -p ynl-gen-rust";
    let args: Vec<_> = args.split(' ').chain(crates.split(' ')).collect();
    context.cargo("cargo-package", &args)
}

/// Compares the versions in Debian's changelog and in the book with the crates' version.
fn versions(context: &Context<'_>) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    for (file, phrase) in [
        ("packaging/debian/changelog", format!("greet ({version}-")),
        ("docs/how-to/install.md", format!("greet/{version}\n")),
    ] {
        let path = context.paths.checkout.join(file);
        let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
        ensure!(text.contains(&phrase), "{file} does not have {phrase:?}");
    }
    Ok(())
}
