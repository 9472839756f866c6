// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates a module from each spec.

use anyhow::{Context, Result, anyhow};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use ynl_gen_rust::emit::{self, UserOptions};
use ynl_gen_rust::model;
use ynl_gen_rust::spec::Source;

const TREE: &str = "GREET_KERNEL_SRC";

/// Specs in `Documentation/netlink/specs` of the kernel tree.
const KERNEL: [&str; 5] = ["ethtool", "netdev", "nlctrl", "tcp_metrics", "wireguard"];

/// Specs in the checkout.
const OURS: [&str; 2] = ["policy/greet.yaml", "tests/families/shelf/shelf.yaml"];

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed={TREE}");
    let checkout = directory("CARGO_MANIFEST_DIR")?.join("../..");
    let mut specs: Vec<PathBuf> = OURS.map(|spec| checkout.join(spec)).into();
    if let Some(tree) = env::var_os(TREE) {
        let directory = PathBuf::from(tree).join("Documentation/netlink/specs");
        specs.extend(KERNEL.map(|name| directory.join(name).with_extension("yaml")));
    }
    let out = directory("OUT_DIR")?;
    let modules: Vec<_> = specs
        .iter()
        .map(|spec| module(spec, &out))
        .collect::<Result<_>>()?;
    fs::write(out.join("protocols.rs"), modules.concat())?;
    Ok(())
}

/// Returns a directory in a variable of cargo. At run time it may differ from compile time.
fn directory(variable: &str) -> Result<PathBuf> {
    Ok(PathBuf::from(
        env::var_os(variable).context(variable.to_owned())?,
    ))
}

/// Generates the module of a spec, and returns its declaration.
fn module(spec: &Path, out: &Path) -> Result<String> {
    println!("cargo::rerun-if-changed={}", spec.display());
    let name = spec.file_stem().context("a spec without a name")?;
    let name = name.to_string_lossy();
    let source = Source::read(spec).with_context(|| spec.display().to_string())?;
    let family = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| anyhow!("{}", source.report(problem)))?;
    let options = UserOptions {
        genl: "genl",
        serde: true,
    };
    let text = emit::user(&family, &name, options)
        .map_err(|error| anyhow!("{}: {error}", spec.display()))?;
    let file = out.join(format!("{name}.rs"));
    fs::write(&file, text)?;
    Ok(format!("#[path = {file:?}]\npub mod {name};\n"))
}
