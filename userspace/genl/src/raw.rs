// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests to families that are known only at run time.

use crate::debug::fields::Fields;
use crate::request::{DoRequest, DumpRequest, Request};
use crate::schema::{FamilyInfo, OperationInfo, Schema, Target};
use crate::wire::attr::{Attrs, DecodeError};
use crate::wire::encode::{EncodeError, Encoder};
use crate::wire::traits::Decode;
use std::fmt;

/// A request of any operation of any family, both of which may be known only at run time.
///
/// The reply, or each item of a dump, is the received [`Attrs`]; they are empty if there is no reply.
/// Errors have the names of a [`Schema`], or else the numbers of the command and of attributes.
///
/// ```
/// use genl::{Connection, RawRequest};
///
/// let (family, command) = ("nlctrl", 3);
/// let mut connection = Connection::open()?;
/// let request = RawRequest::new(family, command).attributes(|to| to.put_text(2, family));
/// let reply = connection.request(&request)?;
/// let id = reply.get(1).map(|attr| attr.u16()).transpose().ok().flatten();
/// assert_eq!(id, Some(16));
/// # Ok::<(), genl::Error>(())
/// ```
#[derive(Clone)]
pub struct RawRequest {
    schema: Schema,
    command: u8,
    /// The fixed header and the attributes.
    payload: Vec<u8>,
    error: Option<EncodeError>,
}

impl RawRequest {
    /// Creates a request without attributes to a family without a schema.
    pub fn new(family: &str, command: u8) -> Self {
        Self::of(&Schema::new(family, 1), command)
    }

    /// Creates a request without attributes to the family of a schema.
    pub fn of(schema: &Schema, command: u8) -> Self {
        Self {
            schema: schema.clone(),
            command,
            payload: Vec::new(),
            error: None,
        }
    }

    /// Sets the version of the protocol, 1 at first without a schema.
    pub fn version(self, version: u8) -> Self {
        let schema = self.schema.with_version(version);
        Self { schema, ..self }
    }

    /// Adds the fixed header, which a few old families have before the attributes.
    pub fn header(mut self, bytes: &[u8]) -> Self {
        let added = Encoder::append(&mut self.payload, |to| to.put_attrs(Attrs::new(bytes)));
        self.added(added)
    }

    /// Adds the attributes that `write` adds. The request fails if one of them cannot be encoded.
    pub fn attributes(mut self, write: impl FnOnce(&mut Encoder<'_>)) -> Self {
        let added = Encoder::append(&mut self.payload, write);
        self.added(added)
    }

    fn added(self, added: Result<(), EncodeError>) -> Self {
        let error = self.error.or(added.err());
        Self { error, ..self }
    }
}

impl Schema {
    /// Shows the attributes of a message as [`Connection`](crate::Connection) logs them: by their names,
    /// and opaque bytes, which may be keys, by their number. `{:#?}` writes a line for each attribute.
    pub fn show<'a>(&self, command: u8, attrs: Attrs<'a>) -> impl fmt::Debug + use<'a> {
        Shown {
            target: Target::Owned(self.clone(), command),
            attrs,
        }
    }
}

struct Shown<'a> {
    target: Target,
    attrs: Attrs<'a>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attrs = self.attrs.skip_header(self.target.header_len());
        Fields::new(attrs, self.target.holds()).fmt(f)
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attrs = self.schema.show(self.command, Attrs::new(&self.payload));
        f.debug_struct("RawRequest")
            .field("family", &self.schema.family())
            .field("command", &self.command)
            .field("attributes", &attrs)
            .finish_non_exhaustive()
    }
}

static UNKNOWN: FamilyInfo = FamilyInfo::new("a family known at run time", 1);
static COMMAND: OperationInfo = OperationInfo::new(0, "command");

impl Request for RawRequest {
    const FAMILY: &'static FamilyInfo = &UNKNOWN;
    const OPERATION: &'static OperationInfo = &COMMAND;

    fn encode(&self, to: &mut Encoder<'_>) {
        match &self.error {
            None => to.put_attrs(Attrs::new(&self.payload)),
            Some(error) => to.fail_with(error.clone()),
        }
    }

    fn target(&self) -> Target {
        Target::Owned(self.schema.clone(), self.command)
    }

    fn is_for(target: &Target) -> bool {
        matches!(target, Target::Owned(..))
    }
}

impl DoRequest for RawRequest {
    type Reply<'a> = Attrs<'a>;
}

impl DumpRequest for RawRequest {
    type Item<'a> = Attrs<'a>;
}

impl<'a> Decode<'a> for Attrs<'a> {
    const HAS_MESSAGE: bool = false;

    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        Ok(attrs)
    }
}
