// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors.

use crate::policy::AttributePolicy;
use crate::schema::OperationInfo;
use crate::wire::attr::DecodeError;
use crate::wire::display::Escaped;
use crate::wire::encode::{EncodeError, Misfit};
use crate::wire::errno::Errno;
use std::fmt;
use std::io;
use std::time::Duration;

/// The result of what talks to the kernel.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no answer, or not the one that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel rejected the operation, with or without an extended ack.
    #[error(transparent)]
    Kernel(Box<ExtAckError>),
    /// The kernel has no family of this name, or has it no longer.
    #[error("the kernel has no generic netlink family \"{0}\"")]
    NoFamily(String),
    /// The family has no multicast group of this name.
    #[error("the family \"{family}\" has no multicast group \"{group}\"")]
    NoGroup {
        /// The family.
        family: String,
        /// The group.
        group: String,
    },
    /// No answer came in time.
    #[error("{operation}: the kernel did not answer within {timeout:?}")]
    Timeout {
        /// The operation.
        operation: &'static str,
        /// How long was waited.
        timeout: Duration,
    },
    /// The operation was carried out, but its reply was lost.
    #[error("{operation}: it was done, but no reply came; the receive buffer may have been full")]
    NoReply {
        /// The operation.
        operation: &'static str,
    },
    /// Answers were lost, since the socket's receive buffer was full. Whether the operation was
    /// carried out is not known.
    #[error("{operation}: the answer was lost, since the receive buffer was full")]
    Lost {
        /// The operation.
        operation: &'static str,
    },
    /// The request is one of a batch and was not sent, since the kernel did not answer those before
    /// it.
    #[error("{operation}: not sent, since the kernel did not answer what was sent before")]
    Unsent {
        /// The operation.
        operation: &'static str,
    },
    /// A list is longer than it may be ([`set_dump_limit`](crate::Connection::set_dump_limit)).
    #[error("{operation}: the list has more than {limit} bytes")]
    TooMuch {
        /// The operation.
        operation: &'static str,
        /// How many bytes it may have.
        limit: usize,
    },
    /// What was listed changed each time while it was being listed (`NLM_F_DUMP_INTR`).
    #[error("{operation}: interrupted by changes (tries: {tries})")]
    Interrupted {
        /// The operation.
        operation: &'static str,
        /// How often it was tried.
        tries: u32,
    },
    /// An attribute of the request is longer than an attribute can be.
    #[error("{operation}: the attribute {attribute} is longer than 65531 bytes")]
    TooLong {
        /// The operation.
        operation: &'static str,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// The value of an attribute of the request exceeds the attribute's type, or a key exceeds the
    /// 14 bits of an attribute's number.
    #[error("{operation}: the value of the attribute {attribute} does not fit its type")]
    TooGreat {
        /// The operation.
        operation: &'static str,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// A string attribute of the request contains a NUL. The kernel would take it to end there.
    #[error("{operation}: the string attribute {attribute} contains a NUL")]
    EmbeddedNul {
        /// The operation.
        operation: &'static str,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// An answer is larger than the buffer for it, and lost. Of a request there is room for 4 MiB, of
    /// one in a batch for 32 KiB.
    #[error("{operation}: the answer has {len} bytes, more than the buffer's {buffer}")]
    Truncated {
        /// The operation.
        operation: &'static str,
        /// The answer's length.
        len: usize,
        /// The buffer's length.
        buffer: usize,
    },
    /// An answer has not the form that it should have.
    #[error("{operation}: the kernel's answer cannot be understood: {source}")]
    Decode {
        /// The operation.
        operation: &'static str,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The socket failed.
    #[error("{action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// Returns the error of the kernel, if it rejected the operation.
    pub fn ext_ack(&self) -> Option<&ExtAckError> {
        match self {
            Error::Kernel(ext_ack) => Some(ext_ack),
            _ => None,
        }
    }

    /// Makes an error of the socket from what it said, for `map_err`.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { action, source }
    }

    /// Returns the error of a request with an attribute that cannot be sent, for `map_err`.
    pub(crate) fn encode(operation: &'static OperationInfo) -> impl FnOnce(EncodeError) -> Error {
        #[cold]
        fn error(error: EncodeError, operation: &'static OperationInfo) -> Error {
            let (operation, attribute) = (operation.name, operation.path(&error.path));
            match error.misfit {
                Misfit::TooLong => Error::TooLong {
                    operation,
                    attribute,
                },
                Misfit::TooGreat => Error::TooGreat {
                    operation,
                    attribute,
                },
                Misfit::EmbeddedNul => Error::EmbeddedNul {
                    operation,
                    attribute,
                },
            }
        }
        move |source| error(source, operation)
    }

    /// Makes an error of an answer that cannot be decoded, for `map_err`.
    pub(crate) fn decode(operation: &'static str) -> impl FnOnce(DecodeError) -> Error {
        move |source| Error::Decode { operation, source }
    }
}

/// An operation that the kernel refused: the errno, and what its extended ack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtAckError {
    /// The operation.
    pub operation: &'static str,
    /// The errno.
    pub errno: Errno,
    /// The kernel's text.
    pub message: Option<String>,
    /// The attribute that is bad: its name, behind those of the nests around it, with dots between.
    pub attribute: Option<String>,
    /// The attribute that is missing, likewise.
    pub missing: Option<String>,
    /// The policy that the bad attribute broke.
    pub policy: Option<AttributePolicy>,
}

impl ExtAckError {
    /// Whether the kernel said nothing but the errno.
    pub(crate) fn is_bare(&self) -> bool {
        self.message.is_none() && self.attribute.is_none() && self.missing.is_none()
    }
}

impl fmt::Display for ExtAckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        match &self.message {
            Some(message) => write!(f, "{} ({})", Escaped::new(message), self.errno.name())?,
            None => write!(f, "{} ({})", self.errno, self.errno.name())?,
        }
        if let Some(attribute) = &self.attribute {
            write!(f, "; attribute {attribute}")?;
            if let Some(policy) = &self.policy {
                write!(f, " takes {} {policy}", policy.kind.article())?;
            }
        }
        if let Some(missing) = &self.missing {
            write!(f, "; attribute {missing} is missing")?;
        }
        Ok(())
    }
}

impl std::error::Error for ExtAckError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ext_ack() -> ExtAckError {
        ExtAckError {
            operation: "rename",
            errno: Errno::from_raw(22),
            message: None,
            attribute: None,
            missing: None,
            policy: None,
        }
    }

    #[test]
    fn says_what_the_errno_means_if_the_kernel_says_no_more() {
        assert_eq!(ext_ack().to_string(), "rename: Invalid argument (EINVAL)");
    }

    #[test]
    fn says_what_the_kernel_says() {
        let bad = ExtAckError {
            message: Some("name is empty".into()),
            attribute: Some("name".into()),
            ..ext_ack()
        };
        assert_eq!(
            bad.to_string(),
            "rename: name is empty (EINVAL); attribute name"
        );
        let missing = ExtAckError {
            message: Some("name is required".into()),
            missing: Some("name".into()),
            ..ext_ack()
        };
        assert_eq!(
            missing.to_string(),
            "rename: name is required (EINVAL); attribute name is missing"
        );
    }

    #[test]
    fn what_the_kernel_says_cannot_steer_a_terminal() {
        let ext_ack = ExtAckError {
            message: Some("a\u{1b}[2Jb".into()),
            ..ext_ack()
        };
        assert_eq!(ext_ack.to_string(), "rename: a\\u{1b}[2Jb (EINVAL)");
    }

    #[test]
    fn an_unknown_errno_is_a_number() {
        assert_eq!(Errno::from_raw(4000).name(), "4000");
    }
}
