// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests to families that are known only at run time.

use crate::request::{DoRequest, DumpRequest, Request};
use crate::schema::{FamilyInfo, OperationInfo};
use crate::wire::attr::{Attrs, DecodeError};
use crate::wire::encode::{EncodeError, Encoder};
use crate::wire::traits::Decode;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A request of any operation of any family, both of which may be known only at run time.
///
/// The reply, or each item of a dump, is the received [`Attrs`]; they are empty if there is no reply.
/// Errors have the number of the command and the numbers of attributes instead of names.
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
    family: &'static FamilyInfo,
    operation: &'static OperationInfo,
    /// The fixed header and the attributes.
    payload: Vec<u8>,
    error: Option<EncodeError>,
}

impl RawRequest {
    /// Creates a request without attributes.
    ///
    /// The library keeps the names of all families of such requests as long as the program runs.
    pub fn new(family: &str, command: u8) -> Self {
        Self {
            family: self::family(family, 1),
            operation: operation(command),
            payload: Vec::new(),
            error: None,
        }
    }

    /// Sets the version of the protocol, 1 at first.
    pub fn version(self, version: u8) -> Self {
        let family = family(self.family.name, version);
        Self { family, ..self }
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

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("family", &self.family.name)
            .field("command", &self.operation.command)
            .field("attributes", &Attrs::new(&self.payload))
            .finish_non_exhaustive()
    }
}

/// Returns the description of a family that is known at run time.
fn family(name: &str, version: u8) -> &'static FamilyInfo {
    static ALL: Mutex<Vec<&'static FamilyInfo>> = Mutex::new(Vec::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |one: &&FamilyInfo| one.name == name && one.version == version;
    if let Some(&one) = all.iter().find(|one| is_same(one)) {
        return one;
    }
    let name = String::leak(name.to_owned());
    let id = None;
    let one = Box::leak(Box::new(FamilyInfo { name, version, id }));
    all.push(one);
    one
}

static UNKNOWN: FamilyInfo = FamilyInfo {
    name: "a family known at run time",
    version: 1,
    id: None,
};

static COMMAND: OperationInfo = OperationInfo {
    command: 0,
    name: "command",
    attributes: None,
    header_len: 0,
};

/// Returns the description of a command of an unknown family.
fn operation(command: u8) -> &'static OperationInfo {
    static NAMES: [OnceLock<String>; 256] = [const { OnceLock::new() }; 256];
    static ALL: [OnceLock<OperationInfo>; 256] = [const { OnceLock::new() }; 256];
    let index = usize::from(command);
    ALL[index].get_or_init(|| OperationInfo {
        command,
        name: NAMES[index].get_or_init(|| format!("command {command}")),
        attributes: None,
        header_len: 0,
    })
}

impl Request for RawRequest {
    const FAMILY: &'static FamilyInfo = &UNKNOWN;
    const OPERATION: &'static OperationInfo = &COMMAND;

    fn encode(&self, to: &mut Encoder<'_>) {
        match &self.error {
            None => to.put_attrs(Attrs::new(&self.payload)),
            Some(error) => to.fail_with(error.clone()),
        }
    }

    fn target_family(&self) -> &'static FamilyInfo {
        self.family
    }

    fn target_operation(&self) -> &'static OperationInfo {
        self.operation
    }

    fn is_for(one: &'static OperationInfo) -> bool {
        std::ptr::eq(one, operation(one.command))
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
