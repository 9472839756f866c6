// SPDX-License-Identifier: MIT OR Apache-2.0

//! The YAML of a spec, key by key: the union of the kernel's schemas `genetlink.yaml`,
//! `genetlink-c.yaml` and `genetlink-legacy.yaml`.
//!
//! A key that is missing here is an error. The model checks which keys a `protocol` allows.

use super::At;
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A string with its place.
pub type Word = At<String>;

/// A whole spec.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Document {
    pub name: Word,
    pub doc: Word,
    #[serde(default)]
    pub protocol: Option<At<Protocol>>,
    pub version: Option<At<i64>>,
    pub uapi_header: Option<Word>,
    pub c_family_name: Option<Word>,
    pub c_version_name: Option<Word>,
    pub max_by_define: Option<At<bool>>,
    pub cmd_max_name: Option<Word>,
    pub cmd_cnt_name: Option<Word>,
    pub kernel_policy: Option<At<KernelPolicy>>,
    pub kernel_family: Option<At<KernelFamily>>,
    #[serde(default)]
    pub definitions: Vec<At<Definition>>,
    pub attribute_sets: Vec<At<AttributeSet>>,
    pub operations: At<Operations>,
    pub mcast_groups: Option<McastGroups>,
    /// Options of the kernel's family, from a supplement.
    #[serde(skip)]
    pub kernel_options: super::KernelOptions,
}

/// The schema of a spec, which limits the allowed keys.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// For new families.
    #[default]
    Genetlink,
    /// For families whose C header is older than their spec.
    GenetlinkC,
    /// For families that are older than YNL.
    GenetlinkLegacy,
    /// For protocols other than generic netlink.
    NetlinkRaw,
}

/// The scope of a policy in the kernel.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum KernelPolicy {
    /// One policy for each do and each dump.
    #[default]
    Split,
    /// One policy for each command.
    PerOp,
    /// One policy for the family.
    Global,
}

/// Keys for the kernel's C code.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct KernelFamily {
    #[serde(default)]
    pub headers: Vec<Word>,
    pub sock_priv: Option<Word>,
}

/// The type of a definition.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum DefinitionType {
    Const,
    Enum,
    Flags,
    Struct,
}

/// The visibility of a definition.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum Scope {
    #[default]
    Uapi,
    Kernel,
    User,
}

/// A constant, an enum, flags or a struct.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Definition {
    pub name: Word,
    #[serde(rename = "type")]
    pub kind: At<DefinitionType>,
    pub doc: Option<String>,
    pub header: Option<Word>,
    #[serde(default)]
    pub scope: Scope,
    pub value: Option<At<Scalar>>,
    pub value_start: Option<At<Scalar>>,
    pub entries: Option<At<Vec<At<Entry>>>>,
    pub render_max: Option<At<bool>>,
    #[serde(default, deserialize_with = "present")]
    pub enum_name: Option<Option<String>>,
    pub name_prefix: Option<Word>,
    pub enum_cnt_name: Option<Word>,
    pub members: Option<At<Vec<At<Member>>>>,
}

/// A named number of an enum or of flags.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Entry {
    pub name: String,
    pub value: Option<i64>,
    pub doc: Option<String>,
    /// Whether only the name is written. The schema does not restrict such names.
    pub short: bool,
}

/// A member of a struct.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Member {
    pub name: Word,
    #[serde(rename = "type")]
    pub kind: At<AttributeType>,
    pub len: Option<At<Scalar>>,
    pub byte_order: Option<At<ByteOrder>>,
    pub doc: Option<String>,
    #[serde(rename = "enum")]
    pub enumeration: Option<Word>,
    pub display_hint: Option<At<DisplayHint>>,
    #[serde(rename = "struct")]
    pub structure: Option<Word>,
}

/// An attribute set: a number space, or a subset of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct AttributeSet {
    pub name: Word,
    pub name_prefix: Option<Word>,
    #[serde(default, deserialize_with = "present")]
    pub enum_name: Option<Option<String>>,
    pub doc: Option<String>,
    pub subset_of: Option<Word>,
    pub attr_cnt_name: Option<Word>,
    pub attr_max_name: Option<Word>,
    pub header: Option<Word>,
    pub attributes: Vec<At<Attribute>>,
}

/// The type of an attribute, or of a struct's member.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum AttributeType {
    Unused,
    Pad,
    Flag,
    Binary,
    Bitfield32,
    Uint,
    Sint,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    String,
    Nest,
    IndexedArray,
    NestTypeValue,
}

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// A format in which people read a value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum DisplayHint {
    #[serde(rename = "hex")]
    Hex,
    #[serde(rename = "mac")]
    Mac,
    #[serde(rename = "fddi")]
    Fddi,
    #[serde(rename = "ipv4")]
    Ipv4,
    #[serde(rename = "ipv6")]
    Ipv6,
    #[serde(rename = "ipv4-or-v6")]
    Ipv4OrV6,
    #[serde(rename = "uuid")]
    Uuid,
    /// `struct sockaddr_in` or `struct sockaddr_in6`. The schema has no key for it.
    #[serde(skip)]
    SockAddr,
}

/// An attribute. In a subset, a reference to one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Attribute {
    pub name: Word,
    #[serde(rename = "type")]
    pub kind: Option<At<AttributeType>>,
    pub doc: Option<String>,
    pub value: Option<At<i64>>,
    pub type_value: Option<At<Vec<String>>>,
    pub byte_order: Option<At<ByteOrder>>,
    pub multi_attr: Option<At<bool>>,
    pub nested_attributes: Option<Word>,
    #[serde(rename = "enum")]
    pub enumeration: Option<Word>,
    pub enum_as_flags: Option<At<bool>>,
    pub checks: Option<At<Checks>>,
    pub sub_type: Option<At<AttributeType>>,
    pub display_hint: Option<At<DisplayHint>>,
    pub name_prefix: Option<Word>,
    #[serde(rename = "struct")]
    pub structure: Option<Word>,
}

/// The checks of an attribute in the kernel.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Checks {
    pub flags_mask: Option<Word>,
    pub min: Option<At<Scalar>>,
    pub max: Option<At<Scalar>>,
    pub min_len: Option<At<Scalar>>,
    pub max_len: Option<At<Scalar>>,
    pub exact_len: Option<At<Scalar>>,
    pub unterminated_ok: Option<At<bool>>,
}

/// The numbering of commands.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum EnumModel {
    /// One number space for all messages.
    #[default]
    Unified,
    /// One number space for messages to the kernel, and one for messages from it.
    Directional,
}

/// The operations of the family.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Operations {
    pub enum_model: Option<At<EnumModel>>,
    pub name_prefix: Option<Word>,
    #[serde(default, deserialize_with = "present")]
    pub enum_name: Option<Option<String>>,
    pub async_prefix: Option<Word>,
    #[serde(default, deserialize_with = "present")]
    pub async_enum: Option<Option<String>>,
    pub fixed_header: Option<Word>,
    pub list: Vec<At<Operation>>,
}

/// A flag that restricts callers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum Flag {
    AdminPerm,
    UnsAdminPerm,
}

/// A check that the kernel skips for compatibility with old programs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub enum DontValidate {
    Strict,
    Dump,
    DumpStrict,
}

/// An operation, a notification or an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Operation {
    pub name: Word,
    pub doc: Word,
    pub value: Option<At<i64>>,
    pub attribute_set: Option<Word>,
    #[serde(default)]
    pub flags: Vec<At<Flag>>,
    #[serde(default)]
    pub dont_validate: Vec<At<DontValidate>>,
    pub config_cond: Option<Word>,
    pub fixed_header: Option<Word>,
    #[serde(rename = "do")]
    pub doit: Option<At<Exchange>>,
    #[serde(rename = "dump")]
    pub dumpit: Option<At<Exchange>>,
    pub notify: Option<Word>,
    pub event: Option<At<Message>>,
    pub mcgrp: Option<Word>,
    /// Whether its number is apart from the numbers of the commands.
    #[serde(skip)]
    pub(crate) is_numbered_apart: bool,
}

/// A request and its reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Exchange {
    pub request: Option<At<Message>>,
    pub reply: Option<At<Message>>,
    pub pre: Option<Word>,
    pub post: Option<Word>,
}

/// The attributes of a message, by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct Message {
    #[serde(default)]
    pub attributes: Vec<Word>,
    pub value: Option<At<i64>>,
}

/// The multicast groups of the family.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct McastGroups {
    pub list: Vec<At<McastGroup>>,
}

/// A multicast group.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the schema documents its keys")]
pub struct McastGroup {
    pub name: Word,
    pub c_define_name: Option<Word>,
    #[serde(default)]
    pub flags: Vec<At<Flag>>,
}

/// A number, or the name of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scalar {
    Number(i128),
    Name(String),
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a name")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Name(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a map with `name`, `value` and `doc`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Entry, E> {
        Ok(Entry {
            name: name.to_owned(),
            value: None,
            doc: None,
            short: true,
        })
    }

    // For example 100, or `off`, which YAML 1.1 reads as a boolean.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Entry, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Entry, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            name: String,
            value: Option<i64>,
            doc: Option<String>,
        }
        let Long { name, value, doc } = Long::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Entry {
            name,
            value,
            doc,
            short: false,
        })
    }
}

/// Distinguishes an empty key from a missing key.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
