// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages in the log: decoded at level debug, as bytes too at level trace.

use super::fields::Fields;
use super::fold;
use crate::schema::OperationInfo;
use crate::wire::display::Hex;
use crate::wire::errno::Errno;
use crate::wire::message::{Kind, Message, Messages};
use log::Level;
use std::fmt;
use std::sync::OnceLock;

/// Logs a request.
pub(crate) fn sent(request: &[u8], operation: &OperationInfo) {
    if is_enabled() {
        for (_, message) in Messages::new(request) {
            log("->", &message, operation);
        }
    }
}

/// Logs an answer to a request.
pub(crate) fn received(message: &Message<'_>, operation: &OperationInfo) {
    if is_enabled() {
        log("<-", message, operation);
    }
}

fn is_enabled() -> bool {
    log::log_enabled!(Level::Debug) || is_requested()
}

/// Returns whether the variable `GENL_DEBUG` requests the messages on standard error.
fn is_requested() -> bool {
    static REQUESTED: OnceLock<bool> = OnceLock::new();
    *REQUESTED.get_or_init(|| std::env::var_os("GENL_DEBUG").is_some_and(|value| value == "1"))
}

fn log(arrow: &str, message: &Message<'_>, operation: &OperationInfo) {
    let shown = format!("{arrow} {}", Shown { message, operation });
    if is_requested() {
        eprintln!("{}", fold::folded(&shown));
    }
    log::debug!("{}", fold::folded(&shown));
    log::trace!("{arrow} {}", Hex(message.payload));
}

/// A message.
struct Shown<'a> {
    message: &'a Message<'a>,
    operation: &'a OperationInfo,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, operation } = self;
        write!(f, "{} seq {}", operation.name, message.seq)?;
        match message.kind {
            Kind::Family(_) => {
                if !message.flags.is_empty() {
                    write!(f, " flags")?;
                    for (name, _) in message.flags.iter_names() {
                        write!(f, " {name}")?;
                    }
                }
                let attrs = message.attrs().skip_header(operation.header_len);
                write!(f, " {:?}", Fields::new(attrs, operation.attributes))
            }
            Kind::Error => write!(f, " {}", Outcome(message.errno(), "ack", "error")),
            Kind::Done => write!(f, " {}", Outcome(message.errno(), "done", "done")),
            Kind::Noop => write!(f, " noop"),
        }
    }
}

/// The errno of a message, with words for success and for failure.
struct Outcome(Option<i32>, &'static str, &'static str);

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(errno, success, failure) = *self;
        match errno {
            Some(0..) => f.write_str(success),
            Some(errno) => {
                let errno = Errno::from_raw(errno.saturating_neg());
                write!(f, "{failure} {}", errno.name())
            }
            None => write!(f, "{failure} without an errno"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_shown_by_the_name_of_the_errno() {
        let operation = OperationInfo {
            command: 1,
            name: "try",
            attributes: None,
            header_len: 0,
        };
        let shown = |kind, payload: &[u8]| {
            let message = Message {
                kind,
                flags: neli::consts::nl::NlmF::empty(),
                seq: 7,
                port: 0,
                payload,
            };
            let (message, operation) = (&message, &operation);
            Shown { message, operation }.to_string()
        };
        for (kind, errno, expected) in [
            (Kind::Error, 0i32, "try seq 7 ack"),
            (Kind::Error, -2, "try seq 7 error ENOENT"),
            (Kind::Error, -4000, "try seq 7 error 4000"),
            (Kind::Error, i32::MIN, "try seq 7 error 2147483647"),
            (Kind::Done, 0, "try seq 7 done"),
            (Kind::Done, -4, "try seq 7 done EINTR"),
        ] {
            assert_eq!(shown(kind, &errno.to_ne_bytes()), expected);
        }
        assert_eq!(shown(Kind::Error, &[1]), "try seq 7 error without an errno");
        assert_eq!(shown(Kind::Done, &[]), "try seq 7 done without an errno");
    }
}
