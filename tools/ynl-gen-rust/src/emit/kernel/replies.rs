// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes types of messages from the kernel, and of their nests, with setters for attributes.

use super::super::messages::{ReplyType, Use};
use super::super::naming::{camel, snake};
use super::super::rust::{STEP, doc};
use super::super::writer::Writer;
use super::super::{EmitError, unsupported_type};
use super::fields::{At, fields};
use super::{NO_ATTR, Side};
use crate::model::{Attribute, GroupId, Int, IntKind, Kind, Limit, OpId, Place, SetId, Usage};
use std::collections::{BTreeSet, HashMap};

/// Methods of all types, in addition to the setters.
const TAKEN: [&str; 9] = [
    "new",
    "new_to",
    "with_size",
    "item",
    "send",
    "end",
    "has_listeners",
    "deref",
    "deref_mut",
];

impl Side<'_> {
    /// Writes the types.
    pub(super) fn replies(&self, out: &mut Writer) -> Result<(), EmitError> {
        for reply in &self.messages.replies {
            self.reply(out, reply)?;
        }
        for &set in &self.reach.replies {
            self.nest(out, set)?;
        }
        for (set, attribute) in self.arrays() {
            self.array(out, set, attribute)?;
        }
        Ok(())
    }

    /// Returns the arrays in messages from the kernel, each once, with their sets.
    fn arrays(&self) -> Vec<(SetId, &Attribute)> {
        let nested = self.reach.replies.iter();
        let nested = nested.flat_map(|&set| self.in_use(set).map(move |one| (set, one)));
        let direct = self.messages.replies.iter().flat_map(|reply| {
            let set = self.family.operation(reply.op).set;
            let attributes = reply.attributes(self.family);
            attributes.filter_map(move |one| Some((set?, one)))
        });
        let is_array = |(_, one): &(SetId, &Attribute)| matches!(one.kind, Kind::Array(_));
        let mut seen = BTreeSet::new();
        let all = nested.chain(direct).filter(is_array);
        all.filter(|(set, one)| seen.insert(self.array_type(*set, one)))
            .collect()
    }

    /// Returns the names of the writers of arrays, with a description and a place for errors.
    pub(super) fn names_of_arrays(&self) -> impl Iterator<Item = (String, String, Place)> {
        self.arrays().into_iter().map(|(set, array)| {
            let what = format!("the array `{}`", array.name);
            (self.array_type(set, array), what, array.place)
        })
    }

    /// Returns the type of a nest in a message from the kernel.
    pub(in crate::emit) fn nest_type(&self, set: SetId) -> String {
        self.free(format!("{}Nest", camel(&self.stem(set))))
    }

    fn reply(&self, out: &mut Writer, reply: &ReplyType) -> Result<(), EmitError> {
        let name = &reply.name;
        let set = self.family.operation(reply.op).set;
        let attributes: Vec<_> = reply.attributes(self.family).collect();
        self.check_setters(reply, &attributes)?;
        let fields = match set {
            Some(set) => fields(self, set, &attributes, false, &TAKEN)?,
            None => Vec::new(),
        };
        let numbers = match set {
            Some(set) if !fields.is_empty() => self.numbers(set),
            _ => NO_ATTR.to_owned(),
        };
        let size = self.sizes.message(self, set, &attributes);
        let constructors = reply.uses.iter();
        let constructors: Result<Vec<_>, _> = constructors
            .map(|&used| self.constructor(reply, used, size.is_none()))
            .collect();
        let size = size.map_or("any".to_owned(), |size| size.to_string());
        self.table_macro(out, "message!", |out| {
            doc(out, &format!("{}.", self.title(reply)), "");
            out.line(format!("pub struct {name}({numbers}), {size} bytes:"));
            out.indented(STEP, |out| out.lines(constructors.iter().flatten()));
            At::table(out, "", &fields);
        });
        constructors.map(|_| ())
    }

    /// Rejects setters with the name of a constructor of a notification.
    fn check_setters(&self, reply: &ReplyType, attributes: &[&Attribute]) -> Result<(), EmitError> {
        let notifications = reply.uses.iter().filter_map(|used| match used {
            Use::Notification(op, _) => Some(&self.family.operation(*op).name),
            _ => None,
        });
        let starts = notifications.flat_map(|name| {
            let ends = ["", "-to", "-with-size", "-has-listeners"];
            ends.map(|end| snake(&format!("{name}{end}")))
        });
        let starts: Vec<_> = starts.collect();
        let is_taken = |one: &&&Attribute| one.carries() && starts.contains(&snake(&one.name));
        match attributes.iter().find(is_taken) {
            None => Ok(()),
            Some(one) => Err(self.unsupported(
                *one,
                "an attribute with the name of its message's notification",
                "another name",
            )),
        }
    }

    fn title(&self, reply: &ReplyType) -> String {
        let name = &self.family.operation(reply.op).name;
        match reply.uses.first() {
            Some(Use::Event(_)) => format!("The event `{name}`"),
            Some(Use::Item) => format!("An item of the dump of `{name}`"),
            _ if reply.uses.contains(&Use::Item) => {
                format!("The reply to `{name}`, and an item of its dump")
            }
            _ => format!("The reply to `{name}`"),
        }
    }

    /// Returns the line of a constructor: its methods, the command, and the group of an event.
    fn constructor(
        &self,
        reply: &ReplyType,
        used: Use,
        is_sized: bool,
    ) -> Result<String, EmitError> {
        let own = self.answer(reply.op);
        let sized = |name: &str| match is_sized {
            true => format!(", {name}"),
            false => String::new(),
        };
        Ok(match used {
            Use::Reply => format!("reply (new{}) = {own};", sized("with_size")),
            Use::Item => format!("item (item) = {own};"),
            Use::Notification(op, group) => self.event(op, group, Some(op), is_sized)?,
            Use::Event(group) => self.event(reply.op, group, None, is_sized)?,
        })
    }

    fn event(
        &self,
        op: OpId,
        group: Option<GroupId>,
        notification: Option<OpId>,
        is_sized: bool,
    ) -> Result<String, EmitError> {
        let method = |end: &str| match notification {
            Some(op) => snake(&format!("{}{end}", self.family.operation(op).name)),
            None if end.is_empty() => "new".to_owned(),
            None if end == "-to" => "new_to".to_owned(),
            None => snake(end.trim_start_matches('-')),
        };
        let command = self.answer(op);
        let to = method("-to");
        let Some(group) = group else {
            return Ok(format!("event ({to}) = {command};"));
        };
        let (new, has_listeners) = (method(""), method("-has-listeners"));
        let sized = match is_sized {
            true => format!(", {}", method("-with-size")),
            false => String::new(),
        };
        let group = camel(&self.family.group(group).name);
        Ok(format!(
            "event ({new}, {to}, {has_listeners}{sized}) = {command} => Group::{group};"
        ))
    }

    fn nest(&self, out: &mut Writer, set: SetId) -> Result<(), EmitError> {
        let attributes: Vec<_> = self.in_use(set).collect();
        let fields = fields(self, set, &attributes, false, &TAKEN)?;
        let numbers = match fields.is_empty() {
            true => NO_ATTR.to_owned(),
            false => self.numbers(set),
        };
        self.table_macro(out, "nest!", |out| {
            let name = &self.family.set(set).name;
            doc(out, &format!("Writer of a nest of the set `{name}`."), "");
            let start = format!("pub struct {}({numbers})", self.nest_type(set));
            At::table(out, &start, &fields);
        });
        Ok(())
    }

    /// Returns the padding attribute before a 64-bit number, as an expression.
    pub(in crate::emit) fn padding(&self, set: SetId, int: &Int) -> Option<String> {
        if !matches!(int.kind, IntKind::U64 | IntKind::S64) || int.order.is_some() {
            return None;
        }
        let pad = self.pads.get(&self.family.whole(set))?;
        match pad.is_unused() {
            // Not in the enum of the numbers.
            true => Some(pad.number.to_string()),
            false => Some(format!("({})", self.number(set, pad))),
        }
    }

    /// Returns the type that writes an array. A subset shares it with the whole set, unless the
    /// items differ.
    pub(in crate::emit) fn array_type(&self, set: SetId, attribute: &Attribute) -> String {
        let id = self.family.whole(set);
        let whole = self.family.set(id);
        let mut all = whole.attributes.iter();
        let is_same = id == set
            || all.any(|one| {
                one.number == attribute.number && one.nested_set() == attribute.nested_set()
            });
        let set = if is_same { id } else { set };
        self.free(camel(&format!(
            "{}-{}-array",
            self.stem(set),
            attribute.name
        )))
    }

    fn array(&self, out: &mut Writer, set: SetId, attribute: &Attribute) -> Result<(), EmitError> {
        let name = self.array_type(set, attribute);
        let at = At {
            set,
            attribute,
            is_read: false,
        };
        let item = attribute.kind.item();
        let kind = item.and_then(|item| item.describe().kernel_type(self, &at));
        let kind = kind.ok_or_else(|| unsupported_type(attribute, Usage::KernelReply))?;
        self.table_macro(out, "array!", |out| {
            let text = format!("Writer of the array `{}`.", attribute.name);
            doc(out, &text, "");
            out.line(format!("pub struct {name}({kind});"));
        });
        Ok(())
    }
}

/// The maximum sizes of nests.
#[derive(Debug, Default)]
pub(super) struct Sizes(HashMap<SetId, Option<usize>>);

impl Sizes {
    pub(super) fn of(side: &Side<'_>) -> Self {
        let mut me = Self::default();
        for &set in &side.reach.replies {
            me.visit(side, set);
        }
        me
    }

    /// Returns the maximum size of a message's attributes, if they have one.
    fn message(&self, side: &Side<'_>, set: Option<SetId>, of: &[&Attribute]) -> Option<usize> {
        let Some(set) = set else {
            return Some(0);
        };
        of.iter().map(|one| self.attribute(side, set, one)).sum()
    }

    /// Returns the maximum size of an attribute with its header and padding, if it has one within the
    /// limit of any attribute.
    fn attribute(&self, side: &Side<'_>, set: SetId, attribute: &Attribute) -> Option<usize> {
        const HEADER: usize = 4;

        if !attribute.carries() {
            return Some(0);
        }
        if attribute.multi {
            return None;
        }
        let payload = match &attribute.kind {
            Kind::Nest(set) => self.0.get(set).copied().flatten()?,
            kind => kind.describe().kernel_max()?,
        };
        let int = attribute.kind.int();
        let pad = int.and_then(|int| side.padding(set, int));
        let whole = (payload + HEADER).next_multiple_of(HEADER);
        // The padding attribute is empty.
        let whole = whole + pad.map_or(0, |_| HEADER);
        (whole <= usize::from(u16::MAX)).then_some(whole)
    }

    /// Computes the sizes of the nests in a nest first. A recursive nest has no maximum size.
    fn visit(&mut self, side: &Side<'_>, set: SetId) {
        if self.0.contains_key(&set) {
            return;
        }
        self.0.insert(set, None);
        let attributes: Vec<_> = side.family.set(set).attributes.iter().collect();
        for inner in attributes.iter().filter_map(|one| one.nested_set()) {
            self.visit(side, inner);
        }
        let size = self.message(side, Some(set), &attributes);
        self.0.insert(set, size);
    }
}

/// Returns a limit as a number of bytes.
pub(in crate::emit) fn bytes(limit: Limit) -> Option<usize> {
    usize::try_from(limit.value).ok()
}
