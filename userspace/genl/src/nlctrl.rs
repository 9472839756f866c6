// SPDX-License-Identifier: MIT OR Apache-2.0

//! `nlctrl`, the family that knows the families.
//!
//! Follows `include/uapi/linux/genetlink.h` and `Documentation/netlink/specs/nlctrl.yaml` of the
//! kernel.

use crate::attr::{Attr, Attrs, DecodeError};
use crate::dump::Dump;
use crate::encode::Encoder;
use crate::error::{Errno, Error, Result};
use crate::family::{Family, Group, Operation};
use crate::names::{AttributeInfo, AttributeSet, FamilyInfo, Kind, OperationInfo};
use crate::policy::{AttributePolicy, OperationPolicy, Policies};
use crate::request::{Decode, DoRequest, DumpRequest, Request};

/// The family. Its id is fixed, so that it can be asked for those of the others.
pub static FAMILY: FamilyInfo = FamilyInfo {
    name: "nlctrl",
    version: 2,
    id: Some(libc::GENL_ID_CTRL as u16),
};

const FAMILY_ID: u16 = libc::CTRL_ATTR_FAMILY_ID as u16;
const FAMILY_NAME: u16 = libc::CTRL_ATTR_FAMILY_NAME as u16;
const VERSION: u16 = libc::CTRL_ATTR_VERSION as u16;
const HDRSIZE: u16 = libc::CTRL_ATTR_HDRSIZE as u16;
const MAXATTR: u16 = libc::CTRL_ATTR_MAXATTR as u16;
const OPS: u16 = libc::CTRL_ATTR_OPS as u16;
const MCAST_GROUPS: u16 = libc::CTRL_ATTR_MCAST_GROUPS as u16;
const POLICY: u16 = 8;
const OP_POLICY: u16 = 9;

const POLICY_DO: u16 = 1;
const POLICY_DUMP: u16 = 2;

const NEWFAMILY: u8 = libc::CTRL_CMD_NEWFAMILY as u8;
const DELFAMILY: u8 = libc::CTRL_CMD_DELFAMILY as u8;
const GETFAMILY: u8 = libc::CTRL_CMD_GETFAMILY as u8;
const GETPOLICY: u8 = 10;

const fn info(number: u16, name: &'static str, kind: Kind) -> AttributeInfo {
    AttributeInfo { number, name, kind }
}

static ATTRIBUTES: AttributeSet = AttributeSet {
    name: "ctrl-attrs",
    attributes: &[
        info(FAMILY_ID, "family-id", Kind::Unsigned),
        info(FAMILY_NAME, "family-name", Kind::Text),
        info(VERSION, "version", Kind::Unsigned),
        info(HDRSIZE, "hdrsize", Kind::Unsigned),
        info(MAXATTR, "maxattr", Kind::Unsigned),
        info(OPS, "ops", Kind::Binary),
        info(MCAST_GROUPS, "mcast-groups", Kind::Binary),
        info(POLICY, "policy", Kind::Binary),
        info(OP_POLICY, "op-policy", Kind::Binary),
    ],
};

static GET_FAMILY: OperationInfo = OperationInfo {
    command: GETFAMILY,
    name: "getfamily",
    attributes: Some(&ATTRIBUTES),
    header_len: 0,
};

static GET_POLICY: OperationInfo = OperationInfo {
    command: GETPOLICY,
    name: "getpolicy",
    attributes: Some(&ATTRIBUTES),
    header_len: 0,
};

/// Asks what the kernel knows of one family.
#[derive(Clone, Copy, Debug)]
pub struct GetFamily<'a> {
    name: &'a str,
}

impl<'a> GetFamily<'a> {
    /// The family with this name.
    pub fn by_name(name: &'a str) -> Self {
        Self { name }
    }
}

impl Request for GetFamily<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET_FAMILY;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_text(FAMILY_NAME, self.name);
    }
}

impl DoRequest for GetFamily<'_> {
    type Reply<'a> = Family;
}

/// Asks for all families.
#[derive(Clone, Copy, Debug)]
pub struct ListFamilies;

impl Request for ListFamilies {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET_FAMILY;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DumpRequest for ListFamilies {
    type Item<'a> = Family;
}

impl Decode<'_> for Family {
    fn decode(attrs: Attrs<'_>) -> Result<Self, DecodeError> {
        let mut family = Family::default();
        for attr in attrs {
            match attr.number() {
                FAMILY_ID => family.id = attr.u16()?,
                FAMILY_NAME => family.name = attr.text().to_string_lossy().into(),
                VERSION => family.version = attr.u32()?,
                HDRSIZE => family.header_len = attr.u32()?,
                MAXATTR => family.max_attr = attr.u32()?,
                OPS => family.operations = all(attr, operation)?,
                MCAST_GROUPS => family.groups = all(attr, group)?,
                _ => {}
            }
        }
        match family.id {
            0 => Err(DecodeError::Missing {
                attribute: FAMILY_ID,
            }),
            _ => Ok(family),
        }
    }
}

/// The elements of an array of nests.
fn all<T>(
    array: Attr<'_>,
    element: fn(Attrs<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    array.nested().map(|attr| element(attr.nested())).collect()
}

fn operation(attrs: Attrs<'_>) -> Result<Operation, DecodeError> {
    let mut operation = Operation::default();
    for attr in attrs {
        match attr.number() {
            1 => operation.command = low_byte(attr.u32()?),
            2 => operation.flags = attr.u32()?,
            _ => {}
        }
    }
    Ok(operation)
}

/// A command's number, which has eight bits, from a field that has more.
fn low_byte(number: u32) -> u8 {
    number as u8
}

fn group(attrs: Attrs<'_>) -> Result<Group, DecodeError> {
    let mut group = Group::default();
    for attr in attrs {
        match attr.number() {
            1 => group.name = attr.text().to_string_lossy().into(),
            2 => group.id = attr.u32()?,
            _ => {}
        }
    }
    Ok(group)
}

/// Says that the family is not there, if that is what the error means.
pub(crate) fn no_family(error: Error, name: &str) -> Error {
    match error.refusal() {
        Some(refusal) if refusal.errno == Errno::from_raw(libc::ENOENT) => {
            Error::NoFamily(name.to_owned())
        }
        _ => error,
    }
}

/// What nlctrl announces of a family to the group `notify`.
pub(crate) enum Announced {
    /// It was registered.
    New,
    /// It was unregistered.
    Gone,
}

/// What a message of nlctrl's with this payload announces of the family `name`.
pub(crate) fn announced(payload: &[u8], attrs: Attrs<'_>, name: &str) -> Option<Announced> {
    if attrs.get(FAMILY_NAME)?.text() != name {
        return None;
    }
    match payload.first() {
        Some(&NEWFAMILY) => Some(Announced::New),
        Some(&DELFAMILY) => Some(Announced::Gone),
        _ => None,
    }
}

/// Asks for the policies of a family.
#[derive(Clone, Copy, Debug)]
pub struct GetPolicy {
    id: u16,
}

impl GetPolicy {
    /// Those of the family with this id.
    pub fn of(id: u16) -> Self {
        Self { id }
    }
}

impl Request for GetPolicy {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GET_POLICY;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_u16(FAMILY_ID, self.id);
    }
}

impl DumpRequest for GetPolicy {
    type Item<'a> = PolicyPart<'a>;
}

/// One message of a policy dump: of one operation, which policies it has; of one attribute of one
/// policy, what is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicyPart<'a> {
    operation: Attrs<'a>,
    policy: Attrs<'a>,
}

impl<'a> Decode<'a> for PolicyPart<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut part = Self::default();
        for attr in attrs {
            match attr.number() {
                OP_POLICY => part.operation = attr.nested(),
                POLICY => part.policy = attr.nested(),
                _ => {}
            }
        }
        Ok(part)
    }
}

/// Says that there are no policies, if that is what the error means.
pub(crate) fn no_policies(error: Error) -> Result<Policies> {
    match error.refusal() {
        Some(refusal) if refusal.errno == Errno::from_raw(libc::ENODATA) => Ok(Policies::default()),
        _ => Err(error),
    }
}

/// Puts the parts of a policy dump together.
pub(crate) fn policies(dump: &Dump<GetPolicy>) -> Result<Policies> {
    let mut policies = Policies::default();
    for part in dump {
        add_part(&mut policies, part?).map_err(Error::decode(GET_POLICY.name))?;
    }
    Ok(policies)
}

fn add_part(policies: &mut Policies, part: PolicyPart<'_>) -> Result<(), DecodeError> {
    for operation in part.operation {
        policies.operations.push(operation_policy(operation)?);
    }
    for policy in part.policy {
        let number = usize::from(policy.number());
        if policies.attributes.len() <= number {
            // At most 65536, which is all that an attribute's number can say.
            policies.attributes.resize(number + 1, Vec::new());
        }
        for attr in policy.nested() {
            let checks = AttributePolicy::decode(attr.nested())?;
            policies.attributes[number].push((attr.number(), checks));
        }
    }
    Ok(())
}

fn operation_policy(operation: Attr<'_>) -> Result<OperationPolicy, DecodeError> {
    let mut policy = OperationPolicy {
        command: low_byte(operation.number().into()),
        ..Default::default()
    };
    for attr in operation.nested() {
        match attr.number() {
            POLICY_DO => policy.doit = Some(attr.u32()?),
            POLICY_DUMP => policy.dump = Some(attr.u32()?),
            _ => {}
        }
    }
    Ok(policy)
}
