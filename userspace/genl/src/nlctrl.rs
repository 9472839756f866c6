// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Generated from nlctrl.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `nlctrl`: information about generic netlink families.
//!
//! A family has an id, a name, operations and multicast groups. Each operation has a policy, which
//! the attributes of its requests must follow.

#![allow(dead_code)] // a program uses a part of the protocol

use crate::codegen::bitflags;
use crate::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DecodeEvent, DoRequest, DumpRequest,
    Encoder, FamilyInfo, Kind, MultiAttr, OperationInfo, Request, Text, TypeValue,
};
use std::fmt;

const _: () = crate::codegen::require(1);

/// The family. Its id is fixed; programs ask it for the ids of other families.
pub static FAMILY: FamilyInfo = FamilyInfo::new("nlctrl", 2).with_id(0x10);

bitflags! {
    /// Capabilities and permissions of an operation.
    ///
    /// Bits unknown to this version of the protocol are kept.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct OpFlags: u32 {
        /// Requires CAP_NET_ADMIN in the initial user namespace.
        const ADMIN_PERM = 1 << 0;
        /// Has a do.
        const CMD_CAP_DO = 1 << 1;
        /// Has a dump.
        const CMD_CAP_DUMP = 1 << 2;
        /// Has a policy.
        const CMD_CAP_HASPOL = 1 << 3;
        /// Requires CAP_NET_ADMIN in the user namespace that owns the network namespace.
        const UNS_ADMIN_PERM = 1 << 4;
        const _ = !0;
    }
}

impl OpFlags {
    const NAMES: [(u64, &'static str); 5] = [
        (1 << 0, "admin-perm"),
        (1 << 1, "cmd-cap-do"),
        (1 << 2, "cmd-cap-dump"),
        (1 << 3, "cmd-cap-haspol"),
        (1 << 4, "uns-admin-perm"),
    ];
}

/// Type of an attribute in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttrType {
    /// Unused attribute.
    Invalid,
    /// Flag without a payload.
    Flag,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// Signed 8-bit integer.
    S8,
    /// Signed 16-bit integer.
    S16,
    /// Signed 32-bit integer.
    S32,
    /// Signed 64-bit integer.
    S64,
    /// Binary data.
    Binary,
    /// String with or without a terminating NUL.
    String,
    /// NUL-terminated string.
    NulString,
    /// Nested attributes.
    Nested,
    /// Array of nests.
    NestedArray,
    /// 32-bit value with a selector mask.
    Bitfield32,
    /// Signed integer of 32 or 64 bits.
    Sint,
    /// Unsigned integer of 32 or 64 bits.
    Uint,
    /// A value without a name in this version of the protocol.
    Unknown(u32),
}

impl AttrType {
    /// All values with a name.
    pub const ALL: [Self; 18] = [
        Self::Invalid,
        Self::Flag,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::S8,
        Self::S16,
        Self::S32,
        Self::S64,
        Self::Binary,
        Self::String,
        Self::NulString,
        Self::Nested,
        Self::NestedArray,
        Self::Bitfield32,
        Self::Sint,
        Self::Uint,
    ];

    const NAMES: [(u64, &'static str); 18] = [
        (0, "invalid"),
        (1, "flag"),
        (2, "u8"),
        (3, "u16"),
        (4, "u32"),
        (5, "u64"),
        (6, "s8"),
        (7, "s16"),
        (8, "s32"),
        (9, "s64"),
        (10, "binary"),
        (11, "string"),
        (12, "nul-string"),
        (13, "nested"),
        (14, "nested-array"),
        (15, "bitfield32"),
        (16, "sint"),
        (17, "uint"),
    ];

    /// Returns the name in the spec, if the value has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Invalid => Some("invalid"),
            Self::Flag => Some("flag"),
            Self::U8 => Some("u8"),
            Self::U16 => Some("u16"),
            Self::U32 => Some("u32"),
            Self::U64 => Some("u64"),
            Self::S8 => Some("s8"),
            Self::S16 => Some("s16"),
            Self::S32 => Some("s32"),
            Self::S64 => Some("s64"),
            Self::Binary => Some("binary"),
            Self::String => Some("string"),
            Self::NulString => Some("nul-string"),
            Self::Nested => Some("nested"),
            Self::NestedArray => Some("nested-array"),
            Self::Bitfield32 => Some("bitfield32"),
            Self::Sint => Some("sint"),
            Self::Uint => Some("uint"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u32> for AttrType {
    fn from(value: u32) -> Self {
        match value {
            0 => Self::Invalid,
            1 => Self::Flag,
            2 => Self::U8,
            3 => Self::U16,
            4 => Self::U32,
            5 => Self::U64,
            6 => Self::S8,
            7 => Self::S16,
            8 => Self::S32,
            9 => Self::S64,
            10 => Self::Binary,
            11 => Self::String,
            12 => Self::NulString,
            13 => Self::Nested,
            14 => Self::NestedArray,
            15 => Self::Bitfield32,
            16 => Self::Sint,
            17 => Self::Uint,
            _ => Self::Unknown(value),
        }
    }
}

impl From<AttrType> for u32 {
    fn from(value: AttrType) -> u32 {
        match value {
            AttrType::Invalid => 0,
            AttrType::Flag => 1,
            AttrType::U8 => 2,
            AttrType::U16 => 3,
            AttrType::U32 => 4,
            AttrType::U64 => 5,
            AttrType::S8 => 6,
            AttrType::S16 => 7,
            AttrType::S32 => 8,
            AttrType::S64 => 9,
            AttrType::Binary => 10,
            AttrType::String => 11,
            AttrType::NulString => 12,
            AttrType::Nested => 13,
            AttrType::NestedArray => 14,
            AttrType::Bitfield32 => 15,
            AttrType::Sint => 16,
            AttrType::Uint => 17,
            AttrType::Unknown(value) => value,
        }
    }
}

/// Names of the multicast groups.
pub mod groups {
    /// The group `notify`.
    pub const NOTIFY: &str = "notify";
}

/// Numbers of the attributes of the set `ctrl-attrs`: a family.
pub mod ctrl_attrs {
    /// Id of the family, which is the type of its messages.
    pub const FAMILY_ID: u16 = 1;
    /// Name of the family.
    pub const FAMILY_NAME: u16 = 2;
    /// Version of the family.
    pub const VERSION: u16 = 3;
    /// Length of the fixed header, in bytes.
    pub const HDRSIZE: u16 = 4;
    /// Highest attribute number of the family-wide policy; 0 if each operation has its own policy.
    pub const MAXATTR: u16 = 5;
    /// Operations of the family.
    pub const OPS: u16 = 6;
    /// Multicast groups of the family.
    pub const MCAST_GROUPS: u16 = 7;
    /// Policies, one entry per attribute.
    pub const POLICY: u16 = 8;
    /// Policy indices of each operation.
    pub const OP_POLICY: u16 = 9;
    /// Command number of an operation.
    pub const OP: u16 = 10;
}

/// The attributes of the set `ctrl-attrs`.
pub static CTRL_ATTRS: AttributeSet = AttributeSet::new(
    "ctrl-attrs",
    &[
        AttributeInfo::new(ctrl_attrs::FAMILY_ID, "family-id", Kind::Unsigned),
        AttributeInfo::new(ctrl_attrs::FAMILY_NAME, "family-name", Kind::Text),
        AttributeInfo::new(ctrl_attrs::VERSION, "version", Kind::Unsigned),
        AttributeInfo::new(ctrl_attrs::HDRSIZE, "hdrsize", Kind::Unsigned),
        AttributeInfo::new(ctrl_attrs::MAXATTR, "maxattr", Kind::Unsigned),
        AttributeInfo::new(ctrl_attrs::OPS, "ops", Kind::Array(&Kind::Nest(&OP_ATTRS))),
        AttributeInfo::new(
            ctrl_attrs::MCAST_GROUPS,
            "mcast-groups",
            Kind::Array(&Kind::Nest(&MCAST_GROUP_ATTRS)),
        ),
        AttributeInfo::new(
            ctrl_attrs::POLICY,
            "policy",
            Kind::Array(&Kind::Array(&Kind::Nest(&POLICY_ATTRS))),
        ),
        AttributeInfo::new(
            ctrl_attrs::OP_POLICY,
            "op-policy",
            Kind::Array(&Kind::Nest(&OP_POLICY_ATTRS)),
        ),
        AttributeInfo::new(ctrl_attrs::OP, "op", Kind::Unsigned),
    ],
);

/// Numbers of the attributes of the set `mcast-group-attrs`: a multicast group.
pub mod mcast_group_attrs {
    /// Name of the group.
    pub const NAME: u16 = 1;
    /// Number of the group, which sockets join.
    pub const ID: u16 = 2;
}

/// The attributes of the set `mcast-group-attrs`.
pub static MCAST_GROUP_ATTRS: AttributeSet = AttributeSet::new(
    "mcast-group-attrs",
    &[
        AttributeInfo::new(mcast_group_attrs::NAME, "name", Kind::Text),
        AttributeInfo::new(mcast_group_attrs::ID, "id", Kind::Unsigned),
    ],
);

/// Numbers of the attributes of the set `op-attrs`: an operation.
pub mod op_attrs {
    /// Command number.
    pub const ID: u16 = 1;
    /// Capabilities and permissions.
    pub const FLAGS: u16 = 2;
}

/// The attributes of the set `op-attrs`.
pub static OP_ATTRS: AttributeSet = AttributeSet::new(
    "op-attrs",
    &[
        AttributeInfo::new(op_attrs::ID, "id", Kind::Unsigned),
        AttributeInfo::new(op_attrs::FLAGS, "flags", Kind::Flags(&OpFlags::NAMES)),
    ],
);

/// Numbers of the attributes of the set `policy-attrs`: policy of one attribute.
pub mod policy_attrs {
    /// Type of the attribute.
    pub const TYPE: u16 = 1;
    /// Minimum of a signed number.
    pub const MIN_VALUE_S: u16 = 2;
    /// Maximum of a signed number.
    pub const MAX_VALUE_S: u16 = 3;
    /// Minimum of an unsigned number.
    pub const MIN_VALUE_U: u16 = 4;
    /// Maximum of an unsigned number.
    pub const MAX_VALUE_U: u16 = 5;
    /// Minimum length in bytes.
    pub const MIN_LENGTH: u16 = 6;
    /// Maximum length in bytes, not counting the NUL of a string.
    pub const MAX_LENGTH: u16 = 7;
    /// Index of the policy of the nested attributes.
    pub const POLICY_IDX: u16 = 8;
    /// Highest attribute number in the nest.
    pub const POLICY_MAXTYPE: u16 = 9;
    /// Valid bits of a bitfield32.
    pub const BITFIELD32_MASK: u16 = 10;
    /// Valid bits of a number.
    pub const MASK: u16 = 12;
}

/// The attributes of the set `policy-attrs`.
pub static POLICY_ATTRS: AttributeSet = AttributeSet::new(
    "policy-attrs",
    &[
        AttributeInfo::new(policy_attrs::TYPE, "type", Kind::Enum(&AttrType::NAMES)),
        AttributeInfo::new(policy_attrs::MIN_VALUE_S, "min-value-s", Kind::Signed),
        AttributeInfo::new(policy_attrs::MAX_VALUE_S, "max-value-s", Kind::Signed),
        AttributeInfo::new(policy_attrs::MIN_VALUE_U, "min-value-u", Kind::Unsigned),
        AttributeInfo::new(policy_attrs::MAX_VALUE_U, "max-value-u", Kind::Unsigned),
        AttributeInfo::new(policy_attrs::MIN_LENGTH, "min-length", Kind::Unsigned),
        AttributeInfo::new(policy_attrs::MAX_LENGTH, "max-length", Kind::Unsigned),
        AttributeInfo::new(policy_attrs::POLICY_IDX, "policy-idx", Kind::Unsigned),
        AttributeInfo::new(
            policy_attrs::POLICY_MAXTYPE,
            "policy-maxtype",
            Kind::Unsigned,
        ),
        AttributeInfo::new(
            policy_attrs::BITFIELD32_MASK,
            "bitfield32-mask",
            Kind::Unsigned,
        ),
        AttributeInfo::new(policy_attrs::MASK, "mask", Kind::Unsigned),
    ],
);

/// Numbers of the attributes of the set `op-policy-attrs`: policy indices of an operation.
pub mod op_policy_attrs {
    /// Policy index of the do.
    pub const DO: u16 = 1;
    /// Policy index of the dump.
    pub const DUMP: u16 = 2;
}

/// The attributes of the set `op-policy-attrs`.
pub static OP_POLICY_ATTRS: AttributeSet = AttributeSet::new(
    "op-policy-attrs",
    &[
        AttributeInfo::new(op_policy_attrs::DO, "do", Kind::Unsigned),
        AttributeInfo::new(op_policy_attrs::DUMP, "dump", Kind::Unsigned),
    ],
);

/// The operation `getfamily`.
pub static GETFAMILY: OperationInfo =
    OperationInfo::new(3, "getfamily").with_attributes(&CTRL_ATTRS);

/// The operation `getpolicy`.
pub static GETPOLICY: OperationInfo =
    OperationInfo::new(10, "getpolicy").with_attributes(&CTRL_ATTRS);

/// All operations, for lookup by command number.
pub static OPERATIONS: [&OperationInfo; 2] = [&GETFAMILY, &GETPOLICY];

/// Get one family, or all families.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetfamilyRequest<'a> {
    /// Name of the family.
    pub family_name: Option<Text<'a>>,
}

impl fmt::Debug for GetfamilyRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::sent(f, "GetfamilyRequest", Some(&CTRL_ATTRS), None, |to| {
            self.encode(to)
        })
    }
}

impl<'a> GetfamilyRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `family-name`: name of the family.
    pub fn family_name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.family_name = Some(value.into());
        self
    }
}

impl Request for GetfamilyRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GETFAMILY;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.family_name {
            to.put_text(ctrl_attrs::FAMILY_NAME, value);
        }
    }
}

impl DoRequest for GetfamilyRequest<'_> {
    type Reply<'a> = GetfamilyReply<'a>;
}

/// The `getfamily` dump request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GetfamilyDumpRequest;

impl Request for GetfamilyDumpRequest {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GETFAMILY;

    fn encode(&self, _to: &mut Encoder<'_>) {}
}

impl DumpRequest for GetfamilyDumpRequest {
    type Item<'a> = GetfamilyReply<'a>;
}

/// Dump the policies of a family: first the policy indices of each operation, then one message per
/// attribute.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct GetpolicyRequest<'a> {
    /// Name of the family.
    pub family_name: Option<Text<'a>>,
    /// Id of the family, which is the type of its messages.
    pub family_id: Option<u16>,
    /// Command number of an operation.
    pub op: Option<u32>,
}

impl fmt::Debug for GetpolicyRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::sent(f, "GetpolicyRequest", Some(&CTRL_ATTRS), None, |to| {
            self.encode(to)
        })
    }
}

impl<'a> GetpolicyRequest<'a> {
    /// Creates a request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `family-name`: name of the family.
    pub fn family_name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.family_name = Some(value.into());
        self
    }

    /// Sets `family-id`: id of the family, which is the type of its messages.
    pub fn family_id(mut self, value: u16) -> Self {
        self.family_id = Some(value);
        self
    }

    /// Sets `op`: command number of an operation.
    pub fn op(mut self, value: u32) -> Self {
        self.op = Some(value);
        self
    }
}

impl Request for GetpolicyRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GETPOLICY;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.family_name {
            to.put_text(ctrl_attrs::FAMILY_NAME, value);
        }
        if let Some(value) = self.family_id {
            to.put_u16(ctrl_attrs::FAMILY_ID, value);
        }
        if let Some(value) = self.op {
            to.put_u32(ctrl_attrs::OP, value);
        }
    }
}

impl DumpRequest for GetpolicyRequest<'_> {
    type Item<'a> = GetpolicyReply<'a>;
}

/// The reply to `getfamily`, and an item of its dump.
#[derive(Clone, Copy, Default)]
pub struct GetfamilyReply<'a> {
    /// Id of the family, which is the type of its messages.
    pub family_id: Option<u16>,
    /// Name of the family.
    pub family_name: Option<Text<'a>>,
    /// Length of the fixed header, in bytes.
    pub hdrsize: Option<u32>,
    /// Highest attribute number of the family-wide policy; 0 if each operation has its own policy.
    pub maxattr: Option<u32>,
    /// Multicast groups of the family.
    pub mcast_groups: Option<MultiAttr<'a, McastGroupAttrs<'a>>>,
    /// Operations of the family.
    pub ops: Option<MultiAttr<'a, OpAttrs<'a>>>,
    /// Version of the family.
    pub version: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GetfamilyReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(f, "GetfamilyReply", Some(&CTRL_ATTRS), None, self.attrs)
    }
}

impl PartialEq for GetfamilyReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for GetfamilyReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        reply.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                ctrl_attrs::FAMILY_ID => reply.family_id = Some(attr.u16()?),
                ctrl_attrs::FAMILY_NAME => reply.family_name = Some(attr.text()),
                ctrl_attrs::HDRSIZE => reply.hdrsize = Some(attr.u32()?),
                ctrl_attrs::MAXATTR => reply.maxattr = Some(attr.u32()?),
                ctrl_attrs::MCAST_GROUPS => reply.mcast_groups = Some(MultiAttr::array(attr)?),
                ctrl_attrs::OPS => reply.ops = Some(MultiAttr::array(attr)?),
                ctrl_attrs::VERSION => reply.version = Some(attr.u32()?),
                _ => {}
            }
            Ok(())
        });
        Ok(reply)
    }
}

/// An item of the dump of `getpolicy`.
#[derive(Clone, Copy, Default)]
pub struct GetpolicyReply<'a> {
    /// Id of the family, which is the type of its messages.
    pub family_id: Option<u16>,
    /// Policy indices of each operation. The key is `op-id`.
    pub op_policy: TypeValue<'a, 1, OpPolicyAttrs<'a>>,
    /// Policies, one entry per attribute. The keys are `policy-id` and `attr-id`.
    pub policy: TypeValue<'a, 2, PolicyAttrs<'a>>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for GetpolicyReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(f, "GetpolicyReply", Some(&CTRL_ATTRS), None, self.attrs)
    }
}

impl PartialEq for GetpolicyReply<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for GetpolicyReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut item = Self {
            attrs,
            ..Self::default()
        };
        item.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                ctrl_attrs::FAMILY_ID => item.family_id = Some(attr.u16()?),
                ctrl_attrs::OP_POLICY => item.op_policy.add(attrs, attr)?,
                ctrl_attrs::POLICY => item.policy.add(attrs, attr)?,
                _ => {}
            }
            Ok(())
        });
        Ok(item)
    }
}

/// A multicast group.
#[derive(Clone, Copy, Default)]
pub struct McastGroupAttrs<'a> {
    /// Name of the group.
    pub name: Option<Text<'a>>,
    /// Number of the group, which sockets join.
    pub id: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for McastGroupAttrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(
            f,
            "McastGroupAttrs",
            Some(&MCAST_GROUP_ATTRS),
            None,
            self.attrs,
        )
    }
}

impl PartialEq for McastGroupAttrs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for McastGroupAttrs<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                mcast_group_attrs::NAME => nest.name = Some(attr.text()),
                mcast_group_attrs::ID => nest.id = Some(attr.u32()?),
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// An operation.
#[derive(Clone, Copy, Default)]
pub struct OpAttrs<'a> {
    /// Command number.
    pub id: Option<u32>,
    /// Capabilities and permissions.
    pub flags: Option<OpFlags>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for OpAttrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(f, "OpAttrs", Some(&OP_ATTRS), None, self.attrs)
    }
}

impl PartialEq for OpAttrs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for OpAttrs<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                op_attrs::ID => nest.id = Some(attr.u32()?),
                op_attrs::FLAGS => nest.flags = Some(OpFlags::from_bits_retain(attr.u32()?)),
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// Policy of one attribute.
#[derive(Clone, Copy, Default)]
pub struct PolicyAttrs<'a> {
    /// Type of the attribute.
    pub r#type: Option<AttrType>,
    /// Minimum of a signed number.
    pub min_value_s: Option<i64>,
    /// Maximum of a signed number.
    pub max_value_s: Option<i64>,
    /// Minimum of an unsigned number.
    pub min_value_u: Option<u64>,
    /// Maximum of an unsigned number.
    pub max_value_u: Option<u64>,
    /// Minimum length in bytes.
    pub min_length: Option<u32>,
    /// Maximum length in bytes, not counting the NUL of a string.
    pub max_length: Option<u32>,
    /// Index of the policy of the nested attributes.
    pub policy_idx: Option<u32>,
    /// Highest attribute number in the nest.
    pub policy_maxtype: Option<u32>,
    /// Valid bits of a bitfield32.
    pub bitfield32_mask: Option<u32>,
    /// Valid bits of a number.
    pub mask: Option<u64>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for PolicyAttrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(f, "PolicyAttrs", Some(&POLICY_ATTRS), None, self.attrs)
    }
}

impl PartialEq for PolicyAttrs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for PolicyAttrs<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                policy_attrs::TYPE => nest.r#type = Some(AttrType::from(attr.u32()?)),
                policy_attrs::MIN_VALUE_S => nest.min_value_s = Some(attr.s64()?),
                policy_attrs::MAX_VALUE_S => nest.max_value_s = Some(attr.s64()?),
                policy_attrs::MIN_VALUE_U => nest.min_value_u = Some(attr.u64()?),
                policy_attrs::MAX_VALUE_U => nest.max_value_u = Some(attr.u64()?),
                policy_attrs::MIN_LENGTH => nest.min_length = Some(attr.u32()?),
                policy_attrs::MAX_LENGTH => nest.max_length = Some(attr.u32()?),
                policy_attrs::POLICY_IDX => nest.policy_idx = Some(attr.u32()?),
                policy_attrs::POLICY_MAXTYPE => nest.policy_maxtype = Some(attr.u32()?),
                policy_attrs::BITFIELD32_MASK => nest.bitfield32_mask = Some(attr.u32()?),
                policy_attrs::MASK => nest.mask = Some(attr.u64()?),
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// Policy indices of an operation.
#[derive(Clone, Copy, Default)]
pub struct OpPolicyAttrs<'a> {
    /// Policy index of the do.
    pub r#do: Option<u32>,
    /// Policy index of the dump.
    pub dump: Option<u32>,
    /// All attributes as received, including those unknown to this version of the protocol.
    pub attrs: Attrs<'a>,
    /// The first attribute with a length that its type cannot have. It is missing in the other
    /// fields. Nests have their own.
    pub invalid: Option<DecodeError>,
}

impl fmt::Debug for OpPolicyAttrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::codegen::received(f, "OpPolicyAttrs", Some(&OP_POLICY_ATTRS), None, self.attrs)
    }
}

impl PartialEq for OpPolicyAttrs<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.attrs == other.attrs
    }
}

impl<'a> Decode<'a> for OpPolicyAttrs<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut nest = Self {
            attrs,
            ..Self::default()
        };
        nest.invalid = crate::codegen::each(attrs, |attr| {
            match attr.number() {
                op_policy_attrs::DO => nest.r#do = Some(attr.u32()?),
                op_policy_attrs::DUMP => nest.dump = Some(attr.u32()?),
                _ => {}
            }
            Ok(())
        });
        Ok(nest)
    }
}

/// An event or a notification of the family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A family was registered.
    Newfamily(GetfamilyReply<'a>),
    /// A family was unregistered.
    Delfamily(GetfamilyReply<'a>),
    /// A multicast group was added to a family.
    NewmcastGrp(GetfamilyReply<'a>),
    /// A multicast group was removed from a family.
    DelmcastGrp(GetfamilyReply<'a>),
}

impl<'a> DecodeEvent<'a> for Event<'a> {
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match command {
            1 => Self::Newfamily(GetfamilyReply::decode(attrs)?),
            2 => Self::Delfamily(GetfamilyReply::decode(attrs)?),
            7 => Self::NewmcastGrp(GetfamilyReply::decode(attrs)?),
            8 => Self::DelmcastGrp(GetfamilyReply::decode(attrs)?),
            _ => return Ok(None),
        }))
    }
}
