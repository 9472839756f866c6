// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names and types of a protocol's parts, for errors and logs.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FamilyInfo {
    /// Its name in the kernel.
    pub name: &'static str,
    /// The version in its requests.
    pub version: u8,
    /// Its id if it is fixed. Only `nlctrl` has a fixed id.
    pub id: Option<u16>,
}

impl FamilyInfo {
    /// Creates a family whose id the kernel assigns.
    pub const fn new(name: &'static str, version: u8) -> Self {
        let id = None;
        Self { name, version, id }
    }

    /// Sets the fixed id.
    pub const fn with_id(self, id: u16) -> Self {
        let id = Some(id);
        Self { id, ..self }
    }
}

/// An operation of a family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Its command's number.
    pub command: u8,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The set of its attributes.
    pub attributes: Option<&'static AttributeSet>,
    /// Bytes of the fixed header before the attributes, the kernel's user header. Only old families
    /// have one.
    pub header_len: usize,
}

impl OperationInfo {
    /// Creates an operation without attributes.
    pub const fn new(command: u8, name: &'static str) -> Self {
        Self {
            command,
            name,
            attributes: None,
            header_len: 0,
        }
    }

    /// Sets the set of the attributes.
    pub const fn with_attributes(self, set: &'static AttributeSet) -> Self {
        let attributes = Some(set);
        Self { attributes, ..self }
    }

    /// Sets the number of bytes of the fixed header.
    pub const fn with_header(self, header_len: usize) -> Self {
        Self { header_len, ..self }
    }
}

/// A set of attributes with unique numbers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttributeSet {
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The attributes.
    pub attributes: &'static [AttributeInfo],
    /// The limits of attributes in requests, by their numbers.
    pub limits: &'static [(u16, Limit)],
}

impl AttributeSet {
    /// Creates a set without limits.
    pub const fn new(name: &'static str, attributes: &'static [AttributeInfo]) -> Self {
        Self {
            name,
            attributes,
            limits: &[],
        }
    }

    /// Sets the limits of attributes in requests, by their numbers.
    pub const fn with_limits(self, limits: &'static [(u16, Limit)]) -> Self {
        Self { limits, ..self }
    }

    /// Returns the attribute with this number.
    pub fn get(&self, number: u16) -> Option<&'static AttributeInfo> {
        self.attributes.iter().find(|info| info.number == number)
    }

    /// Returns the name of the attribute with this number, or else the number.
    pub fn name_of(&self, number: u16) -> String {
        match self.get(number) {
            Some(info) => info.name.to_owned(),
            None => number.to_string(),
        }
    }
}

/// An attribute of a set.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttributeInfo {
    /// Its number.
    pub number: u16,
    /// Its name in the family's spec.
    pub name: &'static str,
    /// The type of its payload.
    pub kind: Kind,
}

impl AttributeInfo {
    /// Creates an attribute.
    pub const fn new(number: u16, name: &'static str, kind: Kind) -> Self {
        Self { number, name, kind }
    }
}

/// The limits of an attribute in requests, as in the kernel's policy. A request with another value is
/// not sent, see [`Error::Invalid`](crate::Error::Invalid).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Limit {
    /// The range of an unsigned number in the host's byte order.
    Unsigned(RangeInclusive<u64>),
    /// The range of a `uint`.
    Uint(RangeInclusive<u64>),
    /// The range of an unsigned number in big-endian order.
    BigEndian(RangeInclusive<u64>),
    /// The range of a signed number in the host's byte order.
    Signed(RangeInclusive<i64>),
    /// The range of a `sint`.
    Sint(RangeInclusive<i64>),
    /// The maximum length of a string without the NUL, which must end it.
    NulString(u16),
    /// The maximum length of a string without the NUL, which may be missing.
    String(u16),
    /// The range of the number of bytes.
    Binary(RangeInclusive<u16>),
    /// The limits of the attributes in a nest.
    Nest(&'static AttributeSet),
    /// The limits of the attributes in each nest of an array.
    Array(&'static AttributeSet),
}

/// The type of an attribute's payload.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// No payload: the presence of the attribute is its value.
    Flag,
    /// An unsigned number in the host's byte order, of any length.
    Unsigned,
    /// A signed number in the host's byte order, of any length.
    Signed,
    /// An unsigned number in big-endian order, of any length.
    BigEndian,
    /// An unsigned number in little-endian order, of any length.
    LittleEndian,
    /// A number that stands for a name; the names and their numbers.
    Enum(&'static [(u64, &'static str)]),
    /// Bits that stand for names; the names and their bits.
    Flags(&'static [(u64, &'static str)]),
    /// Bits that stand for names, and a mask of the valid ones.
    Bitfield32(&'static [(u64, &'static str)]),
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// A hardware address.
    Mac,
    /// An IPv4 or an IPv6 address.
    Address,
    /// A `struct sockaddr_in` or a `struct sockaddr_in6`.
    SocketAddr,
    /// A UUID.
    Uuid,
    /// A C struct, and the function that shows it.
    Struct(fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result),
    /// Numbers of this length in bytes, without gaps.
    Numbers(usize, &'static Kind),
    /// Attributes of this set.
    Nest(&'static AttributeSet),
    /// Attributes whose numbers are indices or keys.
    Array(&'static Kind),
}

/// The operations and attributes of a family that is known only at run time.
///
/// With a schema, the errors and logs of a [`RawRequest`](crate::RawRequest) have names instead of
/// numbers. Clones share the tables, which are freed with the last clone.
///
/// ```
/// use genl::{Connection, Kind, OwnedAttribute, RawRequest, Schema};
///
/// let name = OwnedAttribute::new(2, "family-name", Kind::Text);
/// let schema = Schema::new("nlctrl", 2)
///     .with_set("ctrl-attrs", [name])
///     .with_operation(3, "getfamily", "ctrl-attrs");
/// let request = RawRequest::of(&schema, 3).attributes(|to| to.put_text(2, "a\0b"));
/// let error = Connection::open()?.request(&request).unwrap_err();
/// let expected = "getfamily: the string attribute family-name contains a NUL";
/// assert_eq!(error.to_string(), expected);
/// # Ok::<(), genl::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schema(Arc<Tables>);

#[derive(Clone, Debug)]
struct Tables {
    family: String,
    version: u8,
    header_len: usize,
    operations: Vec<OwnedOperation>,
    sets: Vec<(String, Vec<OwnedAttribute>)>,
}

/// An operation of a [`Schema`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnedOperation {
    /// Its command's number.
    pub command: u8,
    /// Its name.
    pub name: String,
    /// The name of the set of its attributes.
    pub set: String,
}

/// An attribute of a [`Schema`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnedAttribute {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// The type of its payload.
    pub kind: OwnedKind,
}

impl OwnedAttribute {
    /// Creates an attribute.
    pub fn new(number: u16, name: impl Into<String>, kind: impl Into<OwnedKind>) -> Self {
        Self {
            number,
            name: name.into(),
            kind: kind.into(),
        }
    }
}

/// The type of an attribute's payload in a [`Schema`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OwnedKind {
    /// A type that needs no names.
    Plain(Kind),
    /// A number that stands for a name; the names and their numbers.
    Enum(Vec<(u64, String)>),
    /// Bits that stand for names; the names and their bits.
    Flags(Vec<(u64, String)>),
    /// Attributes of the set with this name.
    Nest(String),
    /// Attributes whose numbers are indices or keys.
    Array(Box<OwnedKind>),
}

impl From<Kind> for OwnedKind {
    fn from(kind: Kind) -> Self {
        Self::Plain(kind)
    }
}

impl Schema {
    /// Creates a schema without operations.
    pub fn new(family: impl Into<String>, version: u8) -> Self {
        Self(Arc::new(Tables {
            family: family.into(),
            version,
            header_len: 0,
            operations: Vec::new(),
            sets: Vec::new(),
        }))
    }

    /// Sets the number of bytes of the fixed header, which a few old families have before the attributes.
    pub fn with_header(self, header_len: usize) -> Self {
        self.with(|tables| tables.header_len = header_len)
    }

    /// Adds an operation whose attributes are in the set with this name.
    pub fn with_operation(
        self,
        command: u8,
        name: impl Into<String>,
        set: impl Into<String>,
    ) -> Self {
        let (name, set) = (name.into(), set.into());
        self.with(|tables| {
            tables
                .operations
                .push(OwnedOperation { command, name, set })
        })
    }

    /// Adds a set of attributes. Nests refer to it by its name.
    pub fn with_set(
        self,
        name: impl Into<String>,
        attributes: impl IntoIterator<Item = OwnedAttribute>,
    ) -> Self {
        let set = (name.into(), attributes.into_iter().collect());
        self.with(|tables| tables.sets.push(set))
    }

    pub(crate) fn with_version(self, version: u8) -> Self {
        self.with(|tables| tables.version = version)
    }

    fn with(mut self, change: impl FnOnce(&mut Tables)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Returns the name of the family.
    pub fn family(&self) -> &str {
        &self.0.family
    }

    /// Returns the operations.
    pub fn operations(&self) -> &[OwnedOperation] {
        &self.0.operations
    }

    /// Returns the operation with this number.
    pub fn operation(&self, command: u8) -> Option<&OwnedOperation> {
        let mut operations = self.0.operations.iter();
        operations.find(|operation| operation.command == command)
    }

    /// Returns the attributes of the set with this name, none if there is no such set.
    pub fn attributes(&self, set: &str) -> &[OwnedAttribute] {
        let found = self.0.sets.iter().find(|(name, _)| name == set);
        found.map_or(&[], |(_, attributes)| attributes)
    }

    fn holds(&self, set: &str) -> Holds<'_> {
        Holds::OwnedSet(self, self.attributes(set))
    }
}

/// The family and the operation of a request.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum Target {
    /// Known at compile time.
    Static(&'static FamilyInfo, &'static OperationInfo),
    /// The command's number.
    Owned(Schema, u8),
}

impl Target {
    pub(crate) fn family(&self) -> &str {
        match self {
            Self::Static(family, _) => family.name,
            Self::Owned(schema, _) => schema.family(),
        }
    }

    /// Returns the name of the family, without a copy if it is known at compile time.
    pub(crate) fn family_name(&self) -> Cow<'static, str> {
        match self {
            Self::Static(family, _) => family.name.into(),
            Self::Owned(schema, _) => schema.family().to_owned().into(),
        }
    }

    /// Returns the id of the family if it is fixed.
    pub(crate) fn family_id(&self) -> Option<u16> {
        match self {
            Self::Static(family, _) => family.id,
            Self::Owned(..) => None,
        }
    }

    pub(crate) fn version(&self) -> u8 {
        match self {
            Self::Static(family, _) => family.version,
            Self::Owned(schema, _) => schema.0.version,
        }
    }

    pub(crate) fn command(&self) -> u8 {
        match self {
            Self::Static(_, operation) => operation.command,
            Self::Owned(_, command) => *command,
        }
    }

    pub(crate) fn header_len(&self) -> usize {
        match self {
            Self::Static(_, operation) => operation.header_len,
            Self::Owned(schema, _) => schema.0.header_len,
        }
    }

    /// Returns the meaning of the numbers of its attributes.
    pub(crate) fn holds(&self) -> Holds<'_> {
        match self {
            Self::Static(_, operation) => Holds::of_set(operation.attributes),
            Self::Owned(schema, command) => match schema.operation(*command) {
                Some(operation) => schema.holds(&operation.set),
                None => Holds::Unknown,
            },
        }
    }

    /// Returns whether both are the same operation of the same family.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Static(_, one), Self::Static(_, other)) => std::ptr::eq(*one, *other),
            (Self::Owned(one, command), Self::Owned(other, same)) => {
                command == same && one.family() == other.family()
            }
            _ => false,
        }
    }
}

/// Writes the name of the operation, or the number of an unknown one.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static(_, operation) => f.write_str(operation.name),
            Self::Owned(schema, command) => match schema.operation(*command) {
                Some(operation) => f.write_str(&operation.name),
                None => write!(f, "command {command}"),
            },
        }
    }
}

/// The name of the operation, for errors.
impl From<&Target> for Cow<'static, str> {
    #[cold]
    fn from(target: &Target) -> Self {
        match target {
            Target::Static(_, operation) => operation.name.into(),
            Target::Owned(..) => target.to_string().into(),
        }
    }
}

/// The name, for subscriptions.
impl From<&'static FamilyInfo> for Cow<'static, str> {
    fn from(family: &'static FamilyInfo) -> Self {
        family.name.into()
    }
}

/// The meaning of the attribute numbers in a message or nest.
#[derive(Clone, Copy)]
pub(crate) enum Holds<'t> {
    /// Attributes of a set.
    Set(&'static AttributeSet),
    /// Attributes of a set of a schema.
    OwnedSet(&'t Schema, &'t [OwnedAttribute]),
    /// Indices or keys of items of this type.
    Items(Type<'t>),
    /// It is unknown.
    Unknown,
}

/// The type of a value.
#[derive(Clone, Copy)]
pub(crate) enum Type<'t> {
    Static(Kind),
    Owned(&'t Schema, &'t OwnedKind),
}

impl<'t> Type<'t> {
    /// Returns the meaning of the attribute numbers in the value.
    pub(crate) fn holds(self) -> Holds<'t> {
        match self {
            Self::Static(Kind::Nest(set)) => Holds::Set(set),
            Self::Static(Kind::Array(kind)) => Holds::Items(Type::Static(*kind)),
            Self::Owned(schema, OwnedKind::Nest(set)) => schema.holds(set),
            Self::Owned(schema, OwnedKind::Array(kind)) => Holds::Items(Type::Owned(schema, kind)),
            Self::Static(_) | Self::Owned(..) => Holds::Unknown,
        }
    }
}

impl<'t> Holds<'t> {
    pub(crate) fn of_set(set: Option<&'static AttributeSet>) -> Self {
        set.map_or(Self::Unknown, Self::Set)
    }

    /// Returns the names of nested attributes with these numbers, from the outermost on, separated by
    /// dots.
    pub(crate) fn path(mut self, numbers: &[u16]) -> String {
        let names = numbers.iter().map(|&number| {
            let name = self.name_of(number);
            self = self.of(number);
            name
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// Returns the name and the type of the attribute with this number.
    pub(crate) fn attribute(self, number: u16) -> Option<(&'t str, Type<'t>)> {
        match self {
            Self::Set(set) => set
                .get(number)
                .map(|info| (info.name, Type::Static(info.kind))),
            Self::OwnedSet(schema, attributes) => attributes
                .iter()
                .find(|attribute| attribute.number == number)
                .map(|attribute| {
                    let kind = Type::Owned(schema, &attribute.kind);
                    (attribute.name.as_str(), kind)
                }),
            Self::Items(_) | Self::Unknown => None,
        }
    }

    /// Returns the name of the attribute with this number, or else the number.
    pub(crate) fn name_of(self, number: u16) -> String {
        match self.attribute(number) {
            Some((name, _)) => name.to_owned(),
            None => number.to_string(),
        }
    }

    /// Returns the meaning of the numbers in the attribute with this number.
    pub(crate) fn of(self, number: u16) -> Self {
        match self {
            Self::Items(kind) => kind.holds(),
            _ => self
                .attribute(number)
                .map_or(Self::Unknown, |(_, kind)| kind.holds()),
        }
    }
}
