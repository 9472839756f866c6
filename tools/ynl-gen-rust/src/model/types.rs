// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a family consists of.

pub use crate::spec::Place;
pub use crate::spec::{ByteOrder, DisplayHint, DontValidate, KernelPolicy, Protocol, Scope};

/// A generic netlink family.
#[derive(Debug)]
pub struct Family {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// The licence of the spec, and of what is made from it.
    pub licence: String,
    /// How much of YNL the spec may use.
    pub protocol: Protocol,
    /// Its version.
    pub version: u32,
    /// Constants.
    pub consts: Vec<Const>,
    /// Enums and flags.
    pub enums: Vec<Enum>,
    /// Structs.
    pub structs: Vec<Struct>,
    /// All definitions in the order of the spec.
    pub definitions: Vec<Definition>,
    /// Attribute sets.
    pub sets: Vec<AttributeSet>,
    /// Operations, notifications and events, in the order of the spec.
    pub operations: Vec<Operation>,
    /// Multicast groups.
    pub groups: Vec<Group>,
    /// Whether messages to the kernel and from it are numbered apart.
    pub directional: bool,
    /// Where the kernel keeps policies.
    pub kernel_policy: KernelPolicy,
    /// The type of what the kernel keeps for each socket.
    pub sock_priv: Option<String>,
    /// Names in C.
    pub c: FamilyC,
}

/// Names that a spec gives to things in C, where they differ from the rule.
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

/// What an enum is called in C.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EnumName {
    /// After the rule.
    #[default]
    Default,
    /// Nothing.
    Anonymous,
    /// This.
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

/// The index of a group in [`Family::groups`], and its number within the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub usize);

/// A definition, of whatever kind.
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
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its value.
    pub value: ConstValue,
    /// Its documentation.
    pub doc: String,
    /// Who sees it.
    pub scope: Scope,
    /// The C header that defines it already.
    pub header: Option<String>,
    /// What its name in C begins with, if not the family's name.
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
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// Whether the entries are the numbers of bits.
    pub flags: bool,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Who sees it.
    pub scope: Scope,
    /// The C header that defines it already.
    pub header: Option<String>,
    /// Names in C.
    pub c: EnumC,
}

/// Names of an enum in C, where they differ from the rule.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "named after the keys of the schema")]
pub struct EnumC {
    pub enum_name: EnumName,
    pub name_prefix: Option<String>,
    pub enum_cnt_name: Option<String>,
    pub render_max: bool,
}

/// One name of an enum.
#[derive(Debug)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The number; in flags, the number of the bit.
    pub value: i64,
    /// Its documentation.
    pub doc: String,
}

impl Enum {
    /// The value of an entry: its number, or as a flag the bit with this number.
    pub fn value_of(&self, entry: &Entry, as_flags: bool) -> i128 {
        if self.flags || as_flags {
            1 << entry.value
        } else {
            entry.value.into()
        }
    }

    /// All bits that have a name.
    pub fn mask(&self) -> u64 {
        self.entries
            .iter()
            .fold(0, |mask, entry| mask | 1 << entry.value)
    }

    /// The least and the greatest number.
    pub fn range(&self) -> (i64, i64) {
        let values = || self.entries.iter().map(|entry| entry.value);
        (
            values().min().unwrap_or_default(),
            values().max().unwrap_or_default(),
        )
    }

    /// Whether there are numbers without a name between the least and the greatest.
    pub fn is_sparse(&self) -> bool {
        let (low, high) = self.range();
        // Wider than the values, whose range may be all that there are.
        usize::try_from(i128::from(high) - i128::from(low) + 1) != Ok(self.entries.len())
    }
}

/// A C struct.
#[derive(Debug)]
pub struct Struct {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// The members.
    pub members: Vec<Member>,
    /// The bytes that it takes.
    pub len: usize,
    /// The C header that defines it already.
    pub header: Option<String>,
}

/// A member of a struct.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// What it holds.
    pub kind: MemberKind,
    /// How it is shown.
    pub hint: Option<DisplayHint>,
}

/// What a member of a struct holds.
#[derive(Debug)]
pub enum MemberKind {
    /// A number.
    Int(Int),
    /// As many bytes.
    Bytes(usize),
    /// As many bytes, of text.
    Text(usize),
    /// Another struct.
    Struct(StructId),
}

/// A number space of attributes, or a part of one.
#[derive(Debug)]
pub struct AttributeSet {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// The set whose numbers it shares.
    pub subset_of: Option<SetId>,
    /// The attributes, in the order of the spec.
    pub attributes: Vec<Attribute>,
    /// Names in C.
    pub c: SetC,
}

/// Names of a set in C, where they differ from the rule.
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
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// Its number.
    pub number: u16,
    /// Whether a message may carry several.
    pub multi: bool,
    /// What it holds.
    pub kind: Kind,
    /// How it is shown.
    pub hint: Option<DisplayHint>,
    /// What its name in C begins with, if not as the set says.
    pub c_prefix: Option<String>,
}

impl Attribute {
    /// The set of its nest, or of the nests in its array or below its levels.
    pub fn nested_set(&self) -> Option<SetId> {
        match &self.kind {
            Kind::Nest(set)
            | Kind::Array(Item::Nest(set))
            | Kind::TypeValue {
                item: Item::Nest(set),
                ..
            } => Some(*set),
            _ => None,
        }
    }

    /// Whether it can carry something in a message.
    pub fn carries(&self) -> bool {
        !matches!(self.kind, Kind::Unused | Kind::Pad)
    }
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing: the number is not in use.
    Unused,
    /// Nothing: it aligns the next one.
    Pad,
    /// Nothing: that it is there says all.
    Flag,
    /// A number.
    Int(Int),
    /// Text.
    Text(Text),
    /// Bytes.
    Binary(Binary),
    /// Bits, and which of them count; the names of the bits.
    Bitfield32(Option<EnumId>),
    /// Attributes.
    Nest(SetId),
    /// Attributes whose numbers are indices.
    Array(Item),
    /// Something below so many levels of nests whose numbers are values.
    TypeValue {
        /// The names of the values.
        levels: Vec<String>,
        /// What is below them.
        item: Item,
    },
}

/// What an attribute holds that has an index or a value instead of a number.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Item {
    Nest(SetId),
    Int(Int),
    Binary(Binary),
    Text,
}

/// A number.
#[derive(Clone, Debug)]
pub struct Int {
    /// Its width and sign.
    pub kind: IntKind,
    /// The order of its bytes, if it is not the machine's.
    pub order: Option<ByteOrder>,
    /// What it stands for.
    pub meaning: Meaning,
    /// The least value that the spec states.
    pub min: Option<Limit>,
    /// The greatest value that the spec states.
    pub max: Option<Limit>,
    /// The flags of which it may consist.
    pub flags_mask: Option<EnumId>,
}

impl Int {
    /// Whether the kernel's policies see another number than the one that is meant, on some machine:
    /// the type of a policy says how wide a number is, and only for some that it is big-endian.
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
    /// Unsigned, of 32 bits if they suffice and otherwise of 64.
    Uint,
    /// Signed, of 32 bits if they suffice and otherwise of 64.
    Sint,
}

impl IntKind {
    /// Its name in specs.
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

    /// Its type in Rust.
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

    /// Whether it has a sign.
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            Self::S8 | Self::S16 | Self::S32 | Self::S64 | Self::Sint
        )
    }

    /// The most bytes that it takes.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::U32 | Self::S32 => 4,
            Self::U64 | Self::S64 | Self::Uint | Self::Sint => 8,
        }
    }

    /// The least and the greatest number that it can hold.
    pub fn range(self) -> (i128, i128) {
        let bits = self.bytes() * 8;
        if self.is_signed() {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        } else {
            (0, (1 << bits) - 1)
        }
    }
}

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Itself.
    Number,
    /// One name of an enum.
    Enum(EnumId),
    /// A set of flags.
    Flags(EnumId),
}

/// Text.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// Its greatest length, without a NUL.
    pub max_len: Option<Limit>,
    /// Its length, with a NUL.
    pub exact_len: Option<Limit>,
    /// Whether a NUL need not end it.
    pub unterminated_ok: bool,
}

/// Bytes.
#[derive(Clone, Debug)]
pub struct Binary {
    /// What is known of their number.
    pub len: Length,
    /// What they are.
    pub content: Content,
}

/// What is known of the number of bytes.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Length {
    Any,
    Exact(Limit),
    Min(Limit),
    Max(Limit),
    Range(Limit, Limit),
}

/// What bytes are.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Content {
    Bytes,
    Numbers(Int),
    Struct(StructId),
}

/// A number that limits another, and the constant that it was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The number.
    pub value: i128,
    /// The constant.
    pub name: Option<ConstId>,
}

/// An operation, a notification or an event.
#[derive(Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Its documentation.
    pub doc: String,
    /// The number of messages to the kernel.
    pub request: Option<u8>,
    /// The number of messages from the kernel.
    pub reply: Option<u8>,
    /// Whether the spec gives the number.
    pub explicit_value: Option<u8>,
    /// The set of its attributes.
    pub set: Option<SetId>,
    /// The struct before its attributes.
    pub fixed_header: Option<StructId>,
    /// Who may call it.
    pub permission: Permission,
    /// The kernel's configuration option without which it is not there.
    pub config: Option<String>,
    /// What the kernel does not check.
    pub dont_validate: Vec<DontValidate>,
    /// What it is.
    pub role: Role,
}

/// What stands in a family's list of operations.
#[derive(Debug)]
pub enum Role {
    /// Something that the kernel does when it is asked to.
    Call {
        /// For one.
        doit: Option<Exchange>,
        /// For all.
        dumpit: Option<Exchange>,
    },
    /// What an operation would reply, without having been asked.
    Notify {
        /// The operation.
        of: OpId,
        /// Where it is sent.
        group: Option<GroupId>,
    },
    /// Something that the kernel tells.
    Event {
        /// What it tells.
        message: Message,
        /// Where it is sent.
        group: Option<GroupId>,
    },
    /// A number that is kept free.
    Reserved,
}

/// A request and what answers it.
#[derive(Debug)]
pub struct Exchange {
    /// What may be in the request; nothing is checked if the spec says nothing.
    pub request: Option<Message>,
    /// What may be in the reply.
    pub reply: Option<Message>,
    /// What the kernel calls before.
    pub pre: Option<String>,
    /// What the kernel calls after.
    pub post: Option<String>,
}

/// The attributes of a message, as indices in the operation's set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The indices, in the order of the spec.
    pub attributes: Vec<usize>,
}

/// Who may do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// Anyone.
    #[default]
    Anyone,
    /// Who has CAP_NET_ADMIN in the initial user namespace.
    Admin,
    /// Who has CAP_NET_ADMIN in the user namespace that owns the network namespace.
    NetnsAdmin,
}

/// A multicast group.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it stands in the spec.
    pub place: Place,
    /// Who may join it.
    pub permission: Permission,
    /// The name of its define in C, if it is not after the rule.
    pub c_define_name: Option<String>,
}

impl Family {
    /// A constant.
    pub fn constant(&self, id: ConstId) -> &Const {
        &self.consts[id.0]
    }

    /// An enum or flags.
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.0]
    }

    /// A struct.
    pub fn structure(&self, id: StructId) -> &Struct {
        &self.structs[id.0]
    }

    /// The bytes that a struct takes.
    pub fn struct_len(&self, id: StructId) -> usize {
        self.structure(id).len
    }

    /// A set of attributes.
    pub fn set(&self, id: SetId) -> &AttributeSet {
        &self.sets[id.0]
    }

    /// An operation.
    pub fn operation(&self, id: OpId) -> &Operation {
        &self.operations[id.0]
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0]
    }

    /// The set that a subset is a part of; any other set itself.
    pub fn whole(&self, id: SetId) -> SetId {
        self.set(id).subset_of.unwrap_or(id)
    }

    /// The attributes of a message.
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
    fn gaps_are_found_in_the_widest_range() {
        assert!(with_values(&[i64::MIN, i64::MAX]).is_sparse());
        assert!(with_values(&[i64::MIN, i64::MAX - 1]).is_sparse());
        assert!(!with_values(&[-1, 0, 1]).is_sparse());
        assert!(with_values(&[-1, 1]).is_sparse());
    }
}
