// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors.

use crate::policy::{AttributePolicy, Violation};
use crate::schema::Target;
use crate::wire::attr::DecodeError;
use crate::wire::display::Escaped;
use crate::wire::encode::{EncodeError, EncodeErrorKind};
use crate::wire::errno::Errno;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::time::Duration;

/// The result of a call to the kernel.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a request, a dump or a subscription.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel rejected the operation, with or without an extended ack.
    #[error(transparent)]
    Kernel(Box<ExtAckError>),
    /// An attribute of the request is outside the limits of its spec. The request was not sent; the
    /// errno and the text are those that the kernel would return. [`Request::unchecked`] sends it anyway.
    ///
    /// Enums and flags have no limits, because a newer kernel may know more values.
    ///
    /// [`Request::unchecked`]: crate::Request::unchecked
    #[error(transparent)]
    Invalid(Box<ExtAckError>),
    /// The kernel has no family with this name: its module is not loaded.
    #[error("the kernel has no generic netlink family \"{0}\"")]
    NoFamily(String),
    /// The family has no multicast group with this name. Compare the versions of spec and module.
    #[error("the family \"{family}\" has no multicast group \"{group}\"")]
    NoGroup {
        /// The family.
        family: String,
        /// The group.
        group: String,
    },
    /// No answer arrived within the timeout, which begins once the request was sent and, in a dump,
    /// again with each part. Retry; if it persists, the kernel side is at fault.
    #[error("{operation}: the kernel did not answer within {timeout:?}")]
    Timeout {
        /// The operation.
        operation: Cow<'static, str>,
        /// The timeout.
        timeout: Duration,
    },
    /// The kernel executed the operation, but its reply was lost. Query the state if the reply matters.
    #[error("{operation}: executed, but no reply arrived; the receive buffer may have been full")]
    NoReply {
        /// The operation.
        operation: Cow<'static, str>,
    },
    /// Answers were lost, because the socket's receive buffer was full. The kernel may have executed the
    /// operation. Query the state, then retry; after a dump, on another connection.
    #[error("{operation}: the answer was lost, since the receive buffer was full")]
    Lost {
        /// The operation.
        operation: Cow<'static, str>,
    },
    /// The request belongs to a batch and was not sent, because an earlier part of the batch timed out.
    /// Send it again.
    #[error("{operation}: not sent, since the kernel did not answer an earlier part of the batch")]
    Unsent {
        /// The operation.
        operation: Cow<'static, str>,
    },
    /// A dump exceeds the limit. Raise it with [`set_dump_limit`](crate::Connection::set_dump_limit), or
    /// use [`dump_each`](crate::Connection::dump_each).
    #[error("{operation}: the dump exceeds {limit} bytes")]
    TooMuch {
        /// The operation.
        operation: Cow<'static, str>,
        /// The limit in bytes.
        limit: usize,
    },
    /// Objects changed during each attempt of a dump (`NLM_F_DUMP_INTR`). Retry later.
    #[error("{operation}: interrupted by changes (attempts: {attempts})")]
    Interrupted {
        /// The operation.
        operation: Cow<'static, str>,
        /// The number of attempts.
        attempts: u32,
    },
    /// An attribute of the request exceeds the maximum length of attributes.
    #[error("{operation}: the attribute {attribute} is longer than 65531 bytes")]
    TooLong {
        /// The operation.
        operation: Cow<'static, str>,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// The value of an attribute of the request exceeds the attribute's type, or a key exceeds the
    /// 14 bits of an attribute's number.
    #[error("{operation}: the value of the attribute {attribute} does not fit its type")]
    OutOfRange {
        /// The operation.
        operation: Cow<'static, str>,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// A string attribute of the request contains a NUL, at which the kernel would end it.
    #[error("{operation}: the string attribute {attribute} contains a NUL")]
    EmbeddedNul {
        /// The operation.
        operation: Cow<'static, str>,
        /// The attribute's name, after the names of the nests around it.
        attribute: String,
    },
    /// An answer exceeds its buffer of 4 MiB, or of 32 KiB in a batch, and was lost. Send the request
    /// alone; if it persists, the kernel side is at fault.
    #[error("{operation}: the answer has {len} bytes, more than the buffer's {buffer}")]
    Truncated {
        /// The operation.
        operation: Cow<'static, str>,
        /// The answer's length.
        len: usize,
        /// The buffer's length.
        buffer: usize,
    },
    /// An answer cannot be decoded, or lacks an attribute. Compare the versions of spec and module.
    #[error("{operation}: the kernel's answer cannot be decoded: {source}")]
    Decode {
        /// The operation.
        operation: Cow<'static, str>,
        /// The reason.
        source: DecodeError,
    },
    /// The socket failed.
    #[error("{action}: {source}")]
    Io {
        /// The failed action, as the beginning of a sentence.
        action: &'static str,
        /// The reason.
        source: io::Error,
    },
}

impl Error {
    /// Returns the error of the kernel, if it rejected the operation, or would have rejected it.
    pub fn ext_ack(&self) -> Option<&ExtAckError> {
        match self {
            Error::Kernel(ext_ack) | Error::Invalid(ext_ack) => Some(ext_ack),
            _ => None,
        }
    }

    /// Wraps an error of the socket, for `map_err`.
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { action, source }
    }

    /// Converts the error of an attribute that cannot be encoded, for `map_err`.
    pub(crate) fn encode(target: &Target) -> impl FnOnce(EncodeError) -> Error {
        #[cold]
        fn error(error: EncodeError, target: &Target) -> Error {
            let (operation, attribute) = (target.into(), target.holds().path(&error.path));
            match error.kind {
                EncodeErrorKind::TooLong => Error::TooLong {
                    operation,
                    attribute,
                },
                EncodeErrorKind::OutOfRange => Error::OutOfRange {
                    operation,
                    attribute,
                },
                EncodeErrorKind::EmbeddedNul => Error::EmbeddedNul {
                    operation,
                    attribute,
                },
            }
        }
        move |source| error(source, target)
    }

    /// Converts an attribute outside the limits of the spec.
    #[cold]
    pub(crate) fn invalid(violation: Violation, target: &Target) -> Error {
        Error::Invalid(Box::new(ExtAckError {
            message: Some(violation.message.to_owned()),
            attribute: Some(target.holds().path(&violation.path)),
            policy: violation.policy,
            ..ExtAckError::new(target, violation.errno)
        }))
    }

    /// Converts the error of an answer that cannot be decoded, for `map_err`.
    pub(crate) fn decode(
        operation: impl Into<Cow<'static, str>>,
    ) -> impl FnOnce(DecodeError) -> Error {
        move |source| Error::Decode {
            operation: operation.into(),
            source,
        }
    }
}

/// An operation that the kernel rejected or would have rejected: the errno and the extended ack.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtAckError {
    /// The operation.
    pub operation: Cow<'static, str>,
    /// The errno.
    pub errno: Errno,
    /// The kernel's text.
    pub message: Option<String>,
    /// The bad attribute: the names of the nests around it and its own, separated by dots.
    pub attribute: Option<String>,
    /// The missing attribute, in the same form.
    pub missing: Option<String>,
    /// The policy that the bad attribute violates.
    pub policy: Option<AttributePolicy>,
}

impl ExtAckError {
    /// Creates an error without an extended ack.
    pub fn new(operation: impl Into<Cow<'static, str>>, errno: Errno) -> Self {
        Self {
            operation: operation.into(),
            errno,
            message: None,
            attribute: None,
            missing: None,
            policy: None,
        }
    }

    /// Returns whether there is only an errno.
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
            operation: "rename".into(),
            errno: Errno::from_raw(22),
            message: None,
            attribute: None,
            missing: None,
            policy: None,
        }
    }

    #[test]
    fn display_describes_a_bare_errno() {
        assert_eq!(ext_ack().to_string(), "rename: Invalid argument (EINVAL)");
    }

    #[test]
    fn display_has_text_and_attribute() {
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
    fn display_escapes_control_characters() {
        let ext_ack = ExtAckError {
            message: Some("a\u{1b}[2Jb".into()),
            ..ext_ack()
        };
        assert_eq!(ext_ack.to_string(), "rename: a\\u{1b}[2Jb (EINVAL)");
    }

    #[test]
    fn the_name_of_an_unknown_errno_is_its_number() {
        assert_eq!(Errno::from_raw(4000).name(), "4000");
    }
}
