// SPDX-License-Identifier: MIT OR Apache-2.0

//! A fake kernel for tests, without system calls. Needs the feature `testing`.
//!
//! A [`FakeKernel`] plays the kernel's part of generic netlink: it resolves families, answers
//! requests, sends events, and fails where a test says so. [`FakeKernel::open`] opens a socket to it,
//! which takes the place of [`Socket`](crate::Socket) in a [`Connection`](crate::Connection) or a
//! [`Subscription`](crate::Subscription).
//!
//! Expectations say which requests a program must send, and script the answers:
//!
//! ```
//! use genl::nlctrl::{GetfamilyRequest, ctrl_attrs};
//! use genl::testing::{ExtAck, FakeKernel};
//! use genl::{Connection, Errno, Transport};
//!
//! /// The function under test. It is generic over the transport.
//! fn version<T: Transport>(connection: &mut Connection<T>, family: &str) -> genl::Result<u32> {
//!     let reply = connection.request(&GetfamilyRequest::new().family_name(family))?;
//!     Ok(reply.version.unwrap_or_default())
//! }
//!
//! let kernel = FakeKernel::new();
//! let mut connection = Connection::with_transport(kernel.open());
//!
//! kernel
//!     .expect(&GetfamilyRequest::new().family_name("clock"))
//!     .reply(|to| to.put_u32(ctrl_attrs::VERSION, 3));
//! assert_eq!(version(&mut connection, "clock")?, 3);
//!
//! kernel
//!     .expect(&GetfamilyRequest::new().family_name("clock"))
//!     .ext_ack(ExtAck::new(Errno::EPERM).message("stopped"));
//! let error = version(&mut connection, "clock").unwrap_err();
//! assert_eq!(error.to_string(), "getfamily: stopped (EPERM)");
//!
//! kernel.assert_satisfied();
//! # Ok::<(), genl::Error>(())
//! ```
//!
//! A closure answers requests that no expectation matches ([`FakeKernel::on_request`]). It sees the
//! request's bytes, and may return any bytes.
//!
//! # Panics
//!
//! The fake kernel panics at a request that violates the expectations. The message has the request and
//! the next expectation.

pub(crate) mod expectation;
pub(crate) mod expected;
pub(crate) mod kernel;
pub(crate) mod message;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod socket;

pub use expectation::Expectation;
pub use kernel::FakeKernel;
pub use message::{ExtAck, Incoming, Message};
pub use request::FakeRequest;
pub use socket::FakeSocket;
