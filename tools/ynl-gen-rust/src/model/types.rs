// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parts of a family.

use std::collections::BTreeSet;

pub use crate::spec::Place;
pub use crate::spec::{ByteOrder, DisplayHint, DontValidate, KernelPolicy, Protocol, Scope};

/// A generic netlink family.
#[derive(Debug)]
pub struct Family {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Licence of the spec and of the generated files.
    pub licence: String,
    /// Schema of the spec.
    pub protocol: Protocol,
    /// Version.
    pub version: u32,
    /// Constants.
    pub consts: Vec<Const>,
    /// Enums and flags.
    pub enums: Vec<Enum>,
    /// Structs.
    pub structs: Vec<Struct>,
    /// Definitions in the order of the spec.
    pub definitions: Vec<Definition>,
    /// Attribute sets.
    pub sets: Vec<AttributeSet>,
    /// Operations, notifications and events, in the order of the spec.
    pub operations: Vec<Operation>,
    /// Multicast groups.
    pub groups: Vec<Group>,
    /// Whether messages to the kernel and from the kernel are numbered separately.
    pub directional: bool,
    /// Scope of policies in the kernel.
    pub kernel_policy: KernelPolicy,
    /// Type of the kernel's data for each socket.
    pub sock_priv: Option<String>,
    /// Options in the kernel, from a supplement.
    pub options: FamilyOptions,
    /// Names in C.
    pub c: FamilyC,
}

/// Options of a family in the kernel.
#[derive(Debug, Default)]
pub struct FamilyOptions {
    /// The first command whose messages the core checks strictly.
    pub resv_start_op: Option<u8>,
    /// Whether operations run one at a time.
    pub serial: bool,
    /// Whether it exists in the initial network namespace only.
    pub initial_netns_only: bool,
    /// Sets whose nests the kernel writes without `NLA_F_NESTED`.
    pub unflagged_nests: BTreeSet<SetId>,
}

/// Names in C that differ from the rule.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "named after the keys of the schema")]
pub struct FamilyC {
    pub uapi_header: Option<String>,
    pub family_name: Option<String>,
    pub version_name: Option<String>,
    pub max_by_define: bool,
    pub cmd_max_name: Option<String>,
    pub cmd_cnt_name: Option<String>,
    pub name_prefix: Option<String>,
    pub enum_name: EnumName,
    pub async_prefix: Option<String>,
    pub async_enum: EnumName,
}

/// The name of an enum in C.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EnumName {
    /// By the rule.
    #[default]
    Default,
    /// Anonymous.
    Anonymous,
    /// This name.
    Named(String),
}

/// The index of a constant in [`Family::consts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConstId(pub usize);

/// The index of an enum or of flags in [`Family::enums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub usize);

/// The index of a struct in [`Family::structs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StructId(pub usize);

/// The index of a set in [`Family::sets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetId(pub usize);

/// The index of an operation in [`Family::operations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub usize);

/// The index of a group in [`Family::groups`], which is its number in the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub usize);

/// A definition of any sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Definition {
    Const(ConstId),
    Enum(EnumId),
    Struct(StructId),
}

/// A constant.
#[derive(Debug)]
pub struct Const {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Value.
    pub value: ConstValue,
    /// Documentation.
    pub doc: String,
    /// Visibility.
    pub scope: Scope,
    /// The C header that already defines it.
    pub header: Option<String>,
    /// Prefix of the name in C, if it is not the family's.
    pub c_prefix: Option<String>,
}

/// The value of a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ConstValue {
    Number(i128),
    Text(String),
}

/// An enum, or flags.
#[derive(Debug)]
pub struct Enum {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Whether the entries are bit numbers.
    pub flags: bool,
    /// Entries.
    pub entries: Vec<Entry>,
    /// Visibility.
    pub scope: Scope,
    /// The C header that already defines it.
    pub header: Option<String>,
    /// Names in C.
    pub c: EnumC,
}

/// Names of an enum in C that differ from the rule.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "named after the keys of the schema")]
pub struct EnumC {
    pub enum_name: EnumName,
    pub name_prefix: Option<String>,
    pub enum_cnt_name: Option<String>,
    pub render_max: bool,
}

/// An entry of an enum.
#[derive(Debug)]
pub struct Entry {
    /// Name.
    pub name: String,
    /// Number; in flags, the bit number.
    pub value: i64,
    /// Documentation.
    pub doc: String,
}

impl Enum {
    /// Returns the value of an entry: its number, or the bit with this number.
    pub fn value_of(&self, entry: &Entry, as_flags: bool) -> i128 {
        if self.flags || as_flags {
            1 << entry.value
        } else {
            entry.value.into()
        }
    }

    /// Returns all bits with a name.
    pub fn mask(&self) -> u64 {
        self.entries
            .iter()
            .fold(0, |mask, entry| mask | 1 << entry.value)
    }

    /// Returns the lowest and the highest number.
    pub fn range(&self) -> (i64, i64) {
        let values = || self.entries.iter().map(|entry| entry.value);
        (
            values().min().unwrap_or_default(),
            values().max().unwrap_or_default(),
        )
    }

    /// Returns whether some numbers between the lowest and the highest have no name.
    pub fn is_sparse(&self) -> bool {
        let (low, high) = self.range();
        // A wider type, since the range may be the full range of the values.
        usize::try_from(i128::from(high) - i128::from(low) + 1) != Ok(self.entries.len())
    }
}

/// A C struct.
#[derive(Debug)]
pub struct Struct {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Members.
    pub members: Vec<Member>,
    /// Length in bytes.
    pub len: usize,
    /// The C header that already defines it.
    pub header: Option<String>,
}

/// A member of a struct.
#[derive(Debug)]
pub struct Member {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Type.
    pub kind: MemberKind,
    /// Display hint.
    pub hint: Option<DisplayHint>,
}

/// The type of a struct member.
#[derive(Debug)]
pub enum MemberKind {
    /// A number.
    Int(Int),
    /// Bytes of this length.
    Bytes(usize),
    /// Text of this length.
    Text(usize),
    /// Another struct.
    Struct(StructId),
}

/// An attribute set: a number space, or a subset of one.
#[derive(Debug)]
pub struct AttributeSet {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// The set that this set is a subset of.
    pub subset_of: Option<SetId>,
    /// Attributes, in the order of the spec.
    pub attributes: Vec<Attribute>,
    /// Names in C.
    pub c: SetC,
}

/// Names of a set in C that differ from the rule.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "named after the keys of the schema")]
pub struct SetC {
    pub name_prefix: Option<String>,
    pub enum_name: EnumName,
    pub attr_cnt_name: Option<String>,
    pub attr_max_name: Option<String>,
    pub header: Option<String>,
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Number.
    pub number: u16,
    /// Whether it may occur several times in a message.
    pub multi: bool,
    /// Type.
    pub kind: Kind,
    /// Display hint.
    pub hint: Option<DisplayHint>,
    /// Prefix of the name in C, if it differs from the prefix of the set.
    pub c_prefix: Option<String>,
}

impl Attribute {
    /// Returns the set of its nest, or of the nests in its array or `nest-type-value`.
    pub fn nested_set(&self) -> Option<SetId> {
        self.kind.nested_set()
    }

    /// Returns whether messages can contain it.
    pub fn carries(&self) -> bool {
        !self.is_unused() && !self.is_pad()
    }

    /// Returns whether a message may contain several of its numbers.
    pub fn has_several_numbers(&self) -> bool {
        self.multi || self.kind.int().is_none()
    }

    /// Returns whether its number is unused.
    pub fn is_unused(&self) -> bool {
        matches!(self.kind, Kind::Unused)
    }

    /// Returns whether it is padding.
    pub fn is_pad(&self) -> bool {
        matches!(self.kind, Kind::Pad)
    }
}

/// The type of an attribute.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An unused number.
    Unused,
    /// Padding before an aligned attribute.
    Pad,
    /// A flag without a payload.
    Flag,
    /// A number.
    Int(Int),
    /// Text.
    Text(Text),
    /// Bytes.
    Binary(Binary),
    /// A 32-bit value with a selector mask, and its flags.
    Bitfield32(Option<EnumId>),
    /// Nested attributes.
    Nest(SetId),
    /// A nest whose attributes have indices instead of numbers, and the type of its items.
    Array(Box<Kind>),
    /// An item in one or more nests, one inside the other. Each has one attribute, whose number is a
    /// value, such as an index.
    TypeValue {
        /// The names of these values, from the outermost nest to the innermost.
        levels: Vec<String>,
        /// The type of the item in the innermost nest.
        item: Box<Kind>,
    },
}

impl Kind {
    /// Returns the number that it is.
    pub fn int(&self) -> Option<&Int> {
        match self {
            Self::Int(int) => Some(int),
            _ => None,
        }
    }

    /// Returns the text that it is.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the struct that it is.
    pub fn structure(&self) -> Option<StructId> {
        match self {
            Self::Binary(Binary {
                content: Content::Struct(id),
                ..
            }) => Some(*id),
            _ => None,
        }
    }

    /// Returns the names of the values of a `nest-type-value`, or none.
    pub fn levels(&self) -> &[String] {
        match self {
            Self::TypeValue { levels, .. } => levels,
            _ => &[],
        }
    }

    /// Returns its name in specs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Pad => "pad",
            Self::Flag => "flag",
            Self::Int(int) => int.kind.name(),
            Self::Text(_) => "string",
            Self::Binary(_) => "binary",
            Self::Bitfield32(_) => "bitfield32",
            Self::Nest(_) => "nest",
            Self::Array(_) => "indexed-array",
            Self::TypeValue { .. } => "nest-type-value",
        }
    }

    /// Returns the type of the items of an array or of a `nest-type-value`.
    pub fn item(&self) -> Option<&Self> {
        match self {
            Self::Array(item) | Self::TypeValue { item, .. } => Some(item),
            _ => None,
        }
    }

    /// Returns the set of its nest, or of the nests in its array or `nest-type-value`.
    pub fn nested_set(&self) -> Option<SetId> {
        match self {
            Self::Nest(set) => Some(*set),
            _ => self.item()?.nested_set(),
        }
    }

    /// Returns the number that it is, or that its bytes or items are.
    pub fn number(&self) -> Option<&Int> {
        match self {
            Self::Int(int) => Some(int),
            Self::Binary(binary) => binary.numbers(),
            _ => self.item()?.number(),
        }
    }
}

/// A number.
#[derive(Clone, Debug)]
pub struct Int {
    /// Width and sign.
    pub kind: IntKind,
    /// Byte order, if it is not host byte order.
    pub order: Option<ByteOrder>,
    /// Meaning.
    pub meaning: Meaning,
    /// Minimum in the spec.
    pub min: Option<Limit>,
    /// Maximum in the spec.
    pub max: Option<Limit>,
    /// The flags that the number may contain.
    pub flags_mask: Option<EnumId>,
}

impl Int {
    /// Returns whether its bytes have a byte order other than host byte order.
    pub fn is_swapped(&self) -> bool {
        self.order.is_some() && self.kind.bytes() > 1
    }

    /// Returns whether it is an IPv4 address with this display hint.
    pub fn is_ipv4(&self, hint: Option<DisplayHint>) -> bool {
        let is_address = (self.kind, self.order) == (IntKind::U32, Some(ByteOrder::BigEndian));
        is_address && hint == Some(DisplayHint::Ipv4)
    }

    /// Returns whether the kernel's policies would read the number in the wrong byte order on some
    /// machines: of numbers in another byte order, policies know only big-endian `u16` and `u32`.
    pub fn is_swapped_for_policies(&self) -> bool {
        match (self.order, self.kind) {
            (None, _) | (_, IntKind::U8 | IntKind::S8) => false,
            (Some(ByteOrder::BigEndian), IntKind::U16 | IntKind::U32) => false,
            (Some(_), _) => true,
        }
    }
}

/// The width and sign of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum IntKind {
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    /// Unsigned, of 32 bits if the value fits, otherwise of 64.
    Uint,
    /// Signed, of 32 bits if the value fits, otherwise of 64.
    Sint,
}

impl IntKind {
    /// Returns its name in specs.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::S8 => "s8",
            Self::S16 => "s16",
            Self::S32 => "s32",
            Self::S64 => "s64",
            Self::Uint => "uint",
            Self::Sint => "sint",
        }
    }

    /// Returns its type in Rust.
    pub fn rust(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 | Self::Uint => "u64",
            Self::S8 => "i8",
            Self::S16 => "i16",
            Self::S32 => "i32",
            Self::S64 | Self::Sint => "i64",
        }
    }

    /// Returns whether it is signed.
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Self::S8 | Self::S16 | Self::S32 | Self::S64 | Self::Sint
        )
    }

    /// Returns its maximum length in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::U32 | Self::S32 => 4,
            Self::U64 | Self::S64 | Self::Uint | Self::Sint => 8,
        }
    }

    /// Returns its minimum and its maximum.
    pub fn range(self) -> (i128, i128) {
        let bits = self.bytes() * 8;
        if self.is_signed() {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        } else {
            (0, (1 << bits) - 1)
        }
    }
}

/// The meaning of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// A plain number.
    Number,
    /// A value of an enum.
    Enum(EnumId),
    /// A set of flags.
    Flags(EnumId),
}

/// Text.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Maximum length without the NUL.
    pub max_len: Option<Limit>,
    /// Exact length with the NUL.
    pub exact_len: Option<Limit>,
    /// Whether the NUL may be missing.
    pub unterminated_ok: bool,
}

/// Bytes.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Length limits.
    pub len: Length,
    /// Content.
    pub content: Content,
}

impl Binary {
    /// Returns the type of the numbers in the bytes.
    pub fn numbers(&self) -> Option<&Int> {
        match &self.content {
            Content::Numbers(int) => Some(int),
            _ => None,
        }
    }

    /// Returns the type of the numbers in the bytes if a Rust slice can contain them: numbers of
    /// several bytes in host byte order.
    pub fn native_numbers(&self) -> Option<IntKind> {
        let int = self.numbers()?;
        (int.kind != IntKind::U8 && int.order.is_none()).then_some(int.kind)
    }
}

/// The length limits of bytes.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Length {
    Any,
    Exact(Limit),
    Min(Limit),
    Max(Limit),
    Range(Limit, Limit),
}

/// The content of bytes.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Content {
    Bytes,
    Numbers(Int),
    Struct(StructId),
}

/// A limit, and the constant that it was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Value.
    pub value: i128,
    /// Constant.
    pub name: Option<ConstId>,
}

/// An operation, a notification or an event.
#[derive(Debug)]
pub struct Operation {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Documentation.
    pub doc: String,
    /// Command number of messages to the kernel.
    pub request: Option<u8>,
    /// Command number of messages from the kernel.
    pub reply: Option<u8>,
    /// Number in the spec, if it is explicit.
    pub explicit_value: Option<u8>,
    /// Set of its attributes.
    pub set: Option<SetId>,
    /// Struct before its attributes.
    pub fixed_header: Option<StructId>,
    /// Permission to call it.
    pub permission: Permission,
    /// The kernel option that it depends on.
    pub config: Option<String>,
    /// Validation that the kernel skips.
    pub dont_validate: Vec<DontValidate>,
    /// Role.
    pub role: Role,
}

/// The role of an entry in the list of operations.
#[derive(Debug)]
pub enum Role {
    /// A request of a program to the kernel.
    Call {
        /// Exchange about one object.
        doit: Option<Exchange>,
        /// Exchange about all objects.
        dumpit: Option<Exchange>,
    },
    /// A notification, with the attributes of an operation's reply.
    Notify {
        /// Operation.
        of: OpId,
        /// Group that receives it.
        group: Option<GroupId>,
    },
    /// An event with its own attributes.
    Event {
        /// Attributes.
        message: Message,
        /// Group that receives it.
        group: Option<GroupId>,
    },
    /// A reserved number.
    Reserved,
}

/// A request and its reply.
#[derive(Debug)]
pub struct Exchange {
    /// Attributes of the request. Without them, nothing is validated.
    pub request: Option<Message>,
    /// Attributes of the reply.
    pub reply: Option<Message>,
    /// Kernel function called before.
    pub pre: Option<String>,
    /// Kernel function called after.
    pub post: Option<String>,
}

/// The attributes of a message, as indices in the operation's set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Indices, in the order of the spec.
    pub attributes: Vec<usize>,
}

/// The permission that an operation or a group requires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// None.
    #[default]
    Anyone,
    /// CAP_NET_ADMIN in the initial user namespace.
    Admin,
    /// CAP_NET_ADMIN in the user namespace that owns the network namespace.
    NetnsAdmin,
}

/// A multicast group.
#[derive(Debug)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Place in the spec.
    pub place: Place,
    /// Permission to join.
    pub permission: Permission,
    /// Name in C, if it differs from the rule.
    pub c_define_name: Option<String>,
}

impl Operation {
    /// Returns whether the core does not validate its dump.
    ///
    /// In a family with a policy for each `do` and each `dump`, the core validates all of them.
    pub fn is_unchecked_dump(&self) -> bool {
        self.dont_validate.contains(&DontValidate::Dump)
    }
}

impl Family {
    /// Returns the attributes of all requests together, in the order of their set.
    pub fn all_requests(&self) -> Message {
        let mut attributes = BTreeSet::new();
        for operation in &self.operations {
            if let Role::Call { doit, dumpit } = &operation.role {
                let requests = [doit, dumpit].into_iter().flatten();
                let requests = requests.flat_map(|exchange| &exchange.request);
                attributes.extend(requests.flat_map(|message| &message.attributes));
            }
        }
        Message {
            attributes: attributes.into_iter().collect(),
        }
    }

    /// Returns a constant.
    pub fn constant(&self, id: ConstId) -> &Const {
        &self.consts[id.0]
    }

    /// Returns an enum or flags.
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.0]
    }

    /// Returns a struct.
    pub fn structure(&self, id: StructId) -> &Struct {
        &self.structs[id.0]
    }

    /// Returns the length of a struct in bytes.
    pub fn struct_len(&self, id: StructId) -> usize {
        self.structure(id).len
    }

    /// Returns an attribute set.
    pub fn set(&self, id: SetId) -> &AttributeSet {
        &self.sets[id.0]
    }

    /// Returns an operation.
    pub fn operation(&self, id: OpId) -> &Operation {
        &self.operations[id.0]
    }

    /// Returns a group.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0]
    }

    /// Returns the set that a subset belongs to; for other sets, the set itself.
    pub fn whole(&self, id: SetId) -> SetId {
        self.set(id).subset_of.unwrap_or(id)
    }

    /// Returns the attributes of a message.
    pub fn attributes<'a>(
        &'a self,
        operation: &Operation,
        message: &'a Message,
    ) -> impl Iterator<Item = &'a Attribute> + use<'a> {
        let set = operation.set.map(|id| self.set(id));
        let indices = message.attributes.iter();
        indices.filter_map(move |&index| set?.attributes.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_values(values: &[i64]) -> Enum {
        let entry = |&value: &i64| Entry {
            name: format!("is {value}"),
            value,
            doc: String::new(),
        };
        Enum {
            name: "wide".to_owned(),
            place: Place::START,
            doc: String::new(),
            flags: false,
            entries: values.iter().map(entry).collect(),
            scope: Scope::Uapi,
            header: None,
            c: EnumC::default(),
        }
    }

    #[test]
    fn sparse_enum_is_detected_in_the_full_range() {
        assert!(with_values(&[i64::MIN, i64::MAX]).is_sparse());
        assert!(with_values(&[i64::MIN, i64::MAX - 1]).is_sparse());
        assert!(!with_values(&[-1, 0, 1]).is_sparse());
        assert!(with_values(&[-1, 1]).is_sparse());
    }
}
