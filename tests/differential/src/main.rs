// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sends requests to a family, and prints one line for each: the request and everything that it
//! causes.
//!
//! The requests depend on the family's spec and on a fixed seed only. `make test-differential` runs
//! this in a kernel with the family in Rust and in one with the family in C, and compares the
//! lines.

mod answer;
mod clients;
mod stream;
mod values;

use answer::Answers;
use anyhow::{Context, Result, anyhow, ensure};
use genl::{Connection, Socket, Transport};
use std::env;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::Command;
use stream::Request;
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
    let mut peer = Peer::open(&name)?;
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

/// Bytes of a receive buffer. The kernel fills parts of a dump up to this size.
const BUFFER: usize = 32 * 1024;

/// A socket for requests, and one for the events that they cause.
struct Peer {
    requests: Socket,
    events: Socket,
    family: u16,
    seq: u32,
}

impl Peer {
    fn open(name: &str) -> Result<Self> {
        let mut connection = Connection::open()?;
        let family = connection.family(name).context("the family is missing")?;
        let events = Socket::open()?;
        for group in &family.groups {
            events.join(group.id)?;
        }
        Ok(Self {
            requests: Socket::open()?,
            events,
            family: family.id,
            seq: 0,
        })
    }

    /// Sends a request, and returns all that it causes.
    fn ask(&mut self, request: &Request) -> Result<Answers> {
        self.seq += 1;
        let sent = self.encode(request);
        self.requests.send(&sent)?;
        let mut answers = Answers::new(self.family, self.requests.port(), self.seq, sent);
        let mut buffer = vec![0; BUFFER];
        while let Some(received) = self.requests.receive(&mut buffer)? {
            answers.read(&buffer[..received.len])?;
        }
        while let Some(received) = self.events.receive(&mut buffer)? {
            answers.read_event(&buffer[..received.len])?;
        }
        Ok(answers)
    }

    fn encode(&self, request: &Request) -> Vec<u8> {
        let len = u32::try_from(20 + request.attrs.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        bytes.extend(len.to_ne_bytes());
        bytes.extend(self.family.to_ne_bytes());
        bytes.extend(request.flags.to_ne_bytes());
        bytes.extend(self.seq.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend([request.command, request.version]);
        bytes.extend(request.reserved.to_ne_bytes());
        bytes.extend(&request.attrs);
        bytes
    }
}
