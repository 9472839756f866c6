// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sends requests to a family, and prints one line for each: the request and everything that it
//! causes.
//!
//! The requests depend on the family's spec and on a fixed seed only. `make test-differential` runs
//! this in a kernel with the family in Rust and in one with the family in C, and compares the
//! lines.

mod answer;
mod clients;
mod peer;
mod stream;
mod values;

use anyhow::{Context, Result, anyhow, ensure};
use std::env;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::Command;
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;

/// Generated requests, in addition to the clients' requests.
const REQUESTS: usize = 12_000;

fn main() -> Result<()> {
    let name = env::args().nth(1).context("usage: differential FAMILY")?;
    let family = spec(&name)?;
    load(&name)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in clients::run(&name)? {
        writeln!(out, "{line}")?;
    }
    let mut peer = peer::Peer::open(&name)?;
    let mut stream = stream::Stream::new(&family);
    for _ in 0..REQUESTS {
        let request = stream.next();
        let answers = peer.ask(&request)?;
        writeln!(out, "{request} => {answers}")?;
    }
    Ok(out.flush()?)
}

/// Loads the module of the family in Rust. The other kernel has the families built in.
fn load(name: &str) -> Result<()> {
    let Some(modules) = env::var_os("GREET_FIXTURES") else {
        return Ok(());
    };
    let module = PathBuf::from(modules).join(name).with_extension("ko");
    let status = Command::new("insmod")
        .arg(&module)
        .status()
        .context("insmod")?;
    ensure!(status.success(), "cannot load {}", module.display());
    Ok(())
}

/// Reads the spec of the kernel's tree.
fn spec(name: &str) -> Result<Family> {
    let tree = env::var_os("GREET_KERNEL_SRC").context("GREET_KERNEL_SRC is not set")?;
    let specs = PathBuf::from(tree).join("Documentation/netlink/specs");
    let path = specs.join(name).with_extension("yaml");
    let source = Source::read(&path).with_context(|| path.display().to_string())?;
    source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?))
        .map_err(|problem| anyhow!("{}", source.report(problem)))
}
