// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors, and the exit status of each.

use genl::Escaped;
use greet::protocol::FAMILY;
use nix::errno::Errno;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit status of a rejected or failed request.
const FAILED: u8 = 1;
/// Exit status without the family. 2 is the status of clap for usage errors.
const NO_FAMILY: u8 = 3;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Netlink(#[from] genl::Error),
    #[error("cannot write the output: {}", Reason(.0))]
    Output(#[from] io::Error),
    #[error("cannot wait: {}", Reason(.0))]
    Wait(io::Error),
    #[error("cannot measure: {0}")]
    Measure(Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot write the pages into {}: {}", path.display(), Reason(source))]
    Pages { path: PathBuf, source: io::Error },
    #[error("cannot run man(1): {}; \"greetctl man | cat\" prints the page's source", Reason(.0))]
    Viewer(io::Error),
    #[error("cannot open the network namespace {}: {}", path.display(), Reason(source))]
    OpenNamespace { path: PathBuf, source: io::Error },
    #[error("cannot enter the network namespace {}: {}", path.display(), Reason(source))]
    EnterNamespace { path: PathBuf, source: io::Error },
}

/// Formats a system error like an error that the kernel returned for a request.
struct Reason<'a>(&'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.raw_os_error().map(genl::Errno::from_raw) {
            Some(errno) => write!(f, "{errno} ({})", errno.name()),
            None => self.0.fmt(f),
        }
    }
}

impl Error {
    /// Prints the error of a command and returns the exit status.
    pub(crate) fn report(self, command: &'static str) -> ExitCode {
        let status = match &self {
            // A reader that closes the pipe has read enough, which is not a failure.
            Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Error::Netlink(genl::Error::NoFamily(_)) => NO_FAMILY,
            _ => FAILED,
        };
        note(&format!("greetctl: {}", self.text(command)));
        ExitCode::from(status)
    }

    /// Returns the reason with the typed command, and the next step if there is one.
    fn text(self, command: &'static str) -> String {
        let next_step = self.next_step();
        let text = match self {
            Error::Netlink(error) => with_command(error, command).to_string(),
            error => error.to_string(),
        };
        match next_step {
            Some(next_step) => format!("{text}; {next_step}"),
            None => text,
        }
    }

    fn next_step(&self) -> Option<&'static str> {
        match self {
            Error::Netlink(genl::Error::NoFamily(name)) => Some(match name == FAMILY.name {
                true => "load its module with \"modprobe greet\"",
                false => "\"genl ctrl list\" lists the families",
            }),
            Error::Netlink(error) => {
                let errno = error.ext_ack()?.errno.raw();
                (errno == Errno::EPERM as i32)
                    .then_some("it needs CAP_NET_ADMIN over the network namespace; try sudo")
            }
            Error::OpenNamespace { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("\"ip netns list\" lists the names")
            }
            Error::EnterNamespace { source, .. } => match Errno::from_raw(source.raw_os_error()?) {
                Errno::EPERM => Some("it needs CAP_SYS_ADMIN; try sudo"),
                Errno::EINVAL => Some("the file is not a network namespace"),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Replaces the operation in an error by the typed command.
fn with_command(mut error: genl::Error, command: &'static str) -> genl::Error {
    use genl::Error::{
        Decode, EmbeddedNul, Interrupted, Invalid, Kernel, Lost, NoReply, OutOfRange, Timeout,
        TooLong, TooMuch, Truncated, Unsent,
    };

    match &mut error {
        Invalid(ext_ack) | Kernel(ext_ack) => ext_ack.operation = command.into(),
        Decode { operation, .. }
        | EmbeddedNul { operation, .. }
        | Interrupted { operation, .. }
        | Lost { operation }
        | NoReply { operation }
        | Timeout { operation, .. }
        | OutOfRange { operation, .. }
        | TooLong { operation, .. }
        | TooMuch { operation, .. }
        | Truncated { operation, .. }
        | Unsent { operation } => *operation = command.into(),
        _ => {}
    }
    error
}

/// Prints a line on standard error, if anything reads it. Text of the kernel or of other users cannot
/// control the terminal.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", Escaped::new(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use genl::{Errno as Number, ExtAckError};

    fn kernel_error(errno: i32, message: Option<&str>) -> Error {
        let mut ext_ack = ExtAckError::new("peer-del", Number::from_raw(errno));
        ext_ack.message = message.map(str::to_owned);
        genl::Error::Kernel(Box::new(ext_ack)).into()
    }

    #[test]
    fn errors_start_with_the_typed_command() {
        let kernel_error = kernel_error(2, Some("no such peer"));
        assert_eq!(kernel_error.text("forget"), "forget: no such peer (ENOENT)");
        let operation = "peer-get";
        let timeout = std::time::Duration::from_millis(500);
        for (error, text) in [
            (
                genl::Error::Timeout {
                    operation: operation.into(),
                    timeout,
                },
                "peers: the kernel did not answer within 500ms",
            ),
            (
                genl::Error::Interrupted {
                    operation: operation.into(),
                    attempts: 5,
                },
                "peers: interrupted by changes (attempts: 5)",
            ),
        ] {
            assert_eq!(Error::from(error).text("peers"), text);
        }
    }

    #[test]
    fn system_errors_have_errno_names() {
        for (error, text) in [
            (
                Error::Output(Errno::ENOSPC.into()),
                "cannot write the output: No space left on device (ENOSPC)",
            ),
            (
                Error::OpenNamespace {
                    path: "/run/netns/a".into(),
                    source: Errno::ENOENT.into(),
                },
                "cannot open the network namespace /run/netns/a: No such file or directory \
                 (ENOENT); \"ip netns list\" lists the names",
            ),
            (
                Error::EnterNamespace {
                    path: "/dev/null".into(),
                    source: Errno::EPERM.into(),
                },
                "cannot enter the network namespace /dev/null: Operation not permitted (EPERM); \
                 it needs CAP_SYS_ADMIN; try sudo",
            ),
        ] {
            assert_eq!(error.text("stats"), text);
        }
    }

    #[test]
    fn eperm_suggests_the_capability() {
        assert_eq!(
            kernel_error(1, None).text("settings set"),
            "settings set: Operation not permitted (EPERM); it needs CAP_NET_ADMIN over the \
             network namespace; try sudo"
        );
    }

    #[test]
    fn a_missing_family_suggests_the_next_step() {
        let absent = |name: &str| Error::from(genl::Error::NoFamily(name.to_owned()));
        let start = "the kernel has no generic netlink family";
        assert_eq!(
            absent("greet").text("greet"),
            format!("{start} \"greet\"; load its module with \"modprobe greet\"")
        );
        assert_eq!(
            absent("shelf").text("family"),
            format!("{start} \"shelf\"; \"genl ctrl list\" lists the families")
        );
    }

    #[test]
    fn exit_status_depends_on_the_error() {
        let code = |error: Error| format!("{:?}", error.report("greet"));
        let expected = |code: u8| format!("{:?}", ExitCode::from(code));
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let absent = genl::Error::NoFamily("greet".to_owned());
        for (error, status) in [
            (Error::Output(closed), 0),
            (Error::Output(full), FAILED),
            (kernel_error(2, None), FAILED),
            (absent.into(), NO_FAMILY),
        ] {
            assert_eq!(code(error), expected(status));
        }
    }

    #[test]
    fn namespace_errors_suggest_the_next_step() {
        let path = PathBuf::from("/run/netns/a");
        let open = Error::OpenNamespace {
            path: path.clone(),
            source: Errno::EACCES.into(),
        };
        assert_eq!(
            open.text("stats"),
            "cannot open the network namespace /run/netns/a: Permission denied (EACCES)"
        );
        let enter = |errno: Errno| Error::EnterNamespace {
            path: path.clone(),
            source: errno.into(),
        };
        let start = "cannot enter the network namespace /run/netns/a:";
        assert_eq!(
            enter(Errno::EINVAL).text("stats"),
            format!("{start} Invalid argument (EINVAL); the file is not a network namespace")
        );
        assert_eq!(
            enter(Errno::ENOMEM).text("stats"),
            format!("{start} Cannot allocate memory (ENOMEM)")
        );
    }
}
