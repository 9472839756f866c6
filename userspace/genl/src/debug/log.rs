// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages in the log: decoded at level debug, as bytes too at level trace.

use super::fields::Fields;
use super::fold;
use crate::schema::Target;
use crate::wire::display::Hex;
use crate::wire::errno::Errno;
use crate::wire::message::{Kind, Message, Messages};
use log::Level;
use std::fmt;
use std::sync::OnceLock;

/// Logs a request.
pub(crate) fn sent(request: &[u8], target: &Target) {
    if is_enabled() {
        for (_, message) in Messages::new(request) {
            log("->", &message, target);
        }
    }
}

/// Logs an answer to a request.
pub(crate) fn received(message: &Message<'_>, target: &Target) {
    if is_enabled() {
        log("<-", message, target);
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

fn log(arrow: &str, message: &Message<'_>, target: &Target) {
    let shown = format!("{arrow} {}", Shown { message, target });
    if is_requested() {
        eprintln!("{}", fold::folded(&shown));
    }
    log::debug!("{}", fold::folded(&shown));
    log::trace!("{arrow} {}", Hex(message.payload));
}

/// A message.
struct Shown<'a> {
    message: &'a Message<'a>,
    target: &'a Target,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, target } = self;
        write!(f, "{target} seq {}", message.seq)?;
        match message.kind {
            Kind::Family(_) => {
                if !message.flags.is_empty() {
                    write!(f, " flags")?;
                    for (name, _) in message.flags.iter_names() {
                        write!(f, " {name}")?;
                    }
                }
                let attrs = message.attrs().skip_header(target.header_len());
                write!(f, " {:?}", Fields::new(attrs, target.holds()))
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
    use crate::conn::connection::Connection;
    use crate::nlctrl::{GetfamilyRequest, OpFlags, ctrl_attrs, mcast_group_attrs, op_attrs};
    use crate::schema::{FamilyInfo, OperationInfo};
    use crate::testing::FakeKernel;
    use std::process::Command;

    #[test]
    fn results_are_shown_by_the_name_of_the_errno() {
        static FAMILY: FamilyInfo = FamilyInfo::new("test", 1);
        static OPERATION: OperationInfo = OperationInfo::new(1, "try");
        let target = Target::Static(&FAMILY, &OPERATION);
        let shown = |kind, payload: &[u8]| {
            let message = Message {
                kind,
                flags: neli::consts::nl::NlmF::empty(),
                seq: 7,
                port: 0,
                payload,
            };
            let (message, target) = (&message, &target);
            Shown { message, target }.to_string()
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

    /// The test runs itself, since the variable is read once.
    #[test]
    fn genl_debug_prints_messages_on_standard_error() {
        const TEST: &str = "debug::log::tests::genl_debug_prints_messages_on_standard_error";
        if is_requested() {
            return ask_for_two_families();
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env("GENL_DEBUG", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let expected = "\
-> getfamily seq 1 flags REQUEST ACK {family-name: \"clock\"}
<- getfamily seq 1 {
  family-name: \"clock\"
  ops: [1: {id: 3, flags: cmd-cap-do|cmd-cap-haspol}]
  mcast-groups: [1: {name: \"ticks\"}]
}
<- getfamily seq 1 ack
-> getfamily seq 2 flags REQUEST ACK {family-name: \"absent\"}
<- getfamily seq 2 error ENOENT
";
        let printed = String::from_utf8(output.stderr).unwrap();
        let messages = printed.find("->").map_or("", |start| &printed[start..]);
        assert_eq!(messages, expected);
    }

    fn ask_for_two_families() {
        let kernel = FakeKernel::new();
        let mut connection = Connection::with_transport(kernel.open());
        let flags = OpFlags::CMD_CAP_DO | OpFlags::CMD_CAP_HASPOL;
        let clock = GetfamilyRequest::new().family_name("clock");
        kernel.expect(&clock).reply(|to| {
            to.put_text(ctrl_attrs::FAMILY_NAME, "clock");
            to.nest(ctrl_attrs::OPS, |to| {
                to.nest(1, |to| {
                    to.put_u32(op_attrs::ID, 3);
                    to.put_u32(op_attrs::FLAGS, flags.bits());
                });
            });
            to.nest(ctrl_attrs::MCAST_GROUPS, |to| {
                to.nest(1, |to| to.put_text(mcast_group_attrs::NAME, "ticks"));
            });
        });
        connection.request(&clock).unwrap();
        let absent = GetfamilyRequest::new().family_name("absent");
        kernel.expect(&absent).error(Errno::ENOENT);
        connection.request(&absent).unwrap_err();
    }
}
