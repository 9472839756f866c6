// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tasks that the suite runs in a child process.

use crate::raw::Client;
use crate::support::tool::{public_copy, run_command};
use crate::{anywhere, permissions};
use anyhow::{Context, Result, ensure};
use nix::sched::{CloneFlags, unshare};
use std::env;
use std::io::{Read, stdin};
use std::iter;
use std::process::{Child, Command, ExitCode, Stdio};

/// A task for a child process.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Greet this many times and print the ids, one per line.
    Greet(usize),
    /// Greet this many times without `NLM_F_ACK`, as fast as possible.
    Send(usize),
    /// Call each operation and print its result.
    CallAll,
    /// Open a socket, enter new user and network namespaces, then call each operation.
    CallAllWithInheritedSocket,
    /// Ask `tests/families/anywhere` for each capability and print the answers.
    Guarded,
    /// Open a socket, enter new user and network namespaces, then ask for each capability.
    GuardedWithInheritedSocket,
}

impl Task {
    const GREET: &'static str = "child-greets-";
    const SEND: &'static str = "child-sends-";
    const CALL_ALL: &'static str = "child-calls-all";
    const CALL_ALL_WITH_INHERITED_SOCKET: &'static str = "child-calls-all-with-inherited-socket";
    const GUARDED: &'static str = "child-asks-for-capabilities";
    const GUARDED_WITH_INHERITED_SOCKET: &'static str =
        "child-asks-for-capabilities-with-inherited-socket";

    /// Returns the command line argument for the task.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Greet(count) => format!("{}{count}", Self::GREET),
            Self::Send(count) => format!("{}{count}", Self::SEND),
            Self::CallAll => Self::CALL_ALL.to_owned(),
            Self::CallAllWithInheritedSocket => Self::CALL_ALL_WITH_INHERITED_SOCKET.to_owned(),
            Self::Guarded => Self::GUARDED.to_owned(),
            Self::GuardedWithInheritedSocket => Self::GUARDED_WITH_INHERITED_SOCKET.to_owned(),
        }
    }

    /// Parses the command line argument.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (task, count): (fn(usize) -> Self, _) = match name {
            Self::CALL_ALL => return Some(Self::CallAll),
            Self::CALL_ALL_WITH_INHERITED_SOCKET => return Some(Self::CallAllWithInheritedSocket),
            Self::GUARDED => return Some(Self::Guarded),
            Self::GUARDED_WITH_INHERITED_SOCKET => return Some(Self::GuardedWithInheritedSocket),
            _ => match name.strip_prefix(Self::GREET) {
                Some(count) => (Self::Greet, count),
                None => (Self::Send, name.strip_prefix(Self::SEND)?),
            },
        };
        count.parse().ok().map(task)
    }

    /// Starts a child process, which waits until its standard input is closed.
    fn start(self) -> Result<Child> {
        Command::new(env::current_exe()?)
            .arg(self.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a child")
    }

    /// Returns the lines that the task prints in a child that `wrapper` starts.
    pub(crate) fn results(self, wrapper: &[&str]) -> Result<Vec<String>> {
        let this = env::current_exe()?;
        let program = public_copy("suite", this.to_str().context("the path is not UTF-8")?)?;
        let name = self.name();
        let words = [wrapper, &[&program, &name]].concat();
        let printed = run_command(Command::new(words[0]).args(&words[1..]))?.output()?;
        Ok(printed.lines().map(str::to_owned).collect())
    }

    /// Runs the task and prints its result.
    pub(crate) fn run(self) -> ExitCode {
        match self.execute() {
            Ok(lines) => {
                println!("{}", lines.join("\n"));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        }
    }

    fn execute(self) -> Result<Vec<String>> {
        let mut client = Client::open()?;
        stdin().read_to_end(&mut Vec::new())?;
        match self {
            Self::CallAll => Ok(permissions::call_all(&mut client)),
            Self::CallAllWithInheritedSocket => {
                unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
                Ok(permissions::call_all(&mut client))
            }
            Self::Guarded => anywhere::ask_for_capabilities(),
            Self::GuardedWithInheritedSocket => anywhere::ask_with_inherited_socket(),
            Self::Greet(count) => (0..count)
                .map(|_| Ok(client.greet("World")?.id.to_string()))
                .collect(),
            Self::Send(count) => client
                .greet_unacknowledged(iter::repeat_n("World", count))
                .map(|()| Vec::new()),
        }
    }
}

/// Runs two tasks in parallel and returns the numbers that each prints.
pub(crate) fn run_in_parallel(tasks: [Task; 2]) -> Result<[Vec<u64>; 2]> {
    let mut children = [tasks[0].start()?, tasks[1].start()?];
    for child in &mut children {
        drop(child.stdin.take());
    }
    let mut ids = [Vec::new(), Vec::new()];
    for (child, ids) in children.into_iter().zip(&mut ids) {
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "a child failed");
        for id in String::from_utf8(output.stdout)?.split_whitespace() {
            ids.push(id.parse()?);
        }
    }
    Ok(ids)
}
