// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes types of messages from the kernel, and of their nests, with setters for attributes.

use super::super::messages::{Messages, ReplyType, Use};
use super::super::naming::{camel, check_methods, snake, unless_taken};
use super::super::rust::{block, doc, method_doc};
use super::super::writer::Writer;
use super::super::{EmitError, unsupported_type};
use super::Side;
use crate::model::Usage::KernelReply;
use crate::model::{Attribute, Family, GroupId, Int, IntKind, Limit, Place, SetId};
use std::collections::{BTreeSet, HashMap};

/// Methods of all types, in addition to the setters.
const TAKEN: [&str; 8] = [
    "new",
    "with_size",
    "item",
    "send",
    "end",
    "msg",
    "nest",
    "has_listeners",
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
        let is_array = |(_, one): &(SetId, &Attribute)| one.kind.item().is_some();
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
        self.free(format!("{}Nest", camel(&self.family.set(set).name)))
    }

    fn reply(&self, out: &mut Writer, reply: &ReplyType) -> Result<(), EmitError> {
        let name = &reply.name;
        let operation = self.family.operation(reply.op);
        let attributes: Vec<_> = reply
            .attributes(self.family)
            .filter(|one| one.carries())
            .collect();
        let mut setters = Vec::new();
        self.check_setters(reply, &attributes)?;
        if let Some(set) = operation.set {
            for attribute in &attributes {
                setters.push((*attribute, self.setter(set, attribute, "self.msg")?));
            }
        }
        let errors = match setters.is_empty() {
            true => "",
            false => {
                "\n\nAdding an attribute fails with `EMSGSIZE` if the message has no room for it."
            }
        };
        doc(out, &format!("{}.{errors}", self.title(reply)), "");
        block(out, format!("pub struct {name}<'a>"), |out| {
            out.line("msg: GenlMsg<'a>,")
        });
        out.blank();
        let mut constructors = Writer::default();
        for &used in &reply.uses {
            let limited = self.sum(operation.set, &attributes).is_some();
            self.constructor(&mut constructors, reply, used, limited)?;
        }
        block(out, format!("impl<'a> {name}<'a>"), |out| {
            self.size(out, operation.set, &attributes, reply);
            out.lines(constructors.finish().lines());
            for (attribute, setter) in &setters {
                write_setter(out, attribute, setter);
            }
            let text = format!("{}\n\n# Errors\n\nSee `GenlMsg::send`.", sends(reply));
            doc(out, &text, "");
            out.line("pub fn send(self) -> Result { self.msg.send() }");
        });
        out.blank();
        Ok(())
    }

    /// Refuses setters with the same name, or with the name of a constructor of a notification.
    fn check_setters(&self, reply: &ReplyType, attributes: &[&Attribute]) -> Result<(), EmitError> {
        check_methods(attributes.iter().copied(), method)?;
        let notifications = reply.uses.iter().filter_map(|used| match used {
            Use::Notification(op, _) => Some(&self.family.operation(*op).name),
            _ => None,
        });
        let starts = notifications.flat_map(|name| {
            let ends = ["", "-with-size", "-has-listeners"];
            ends.map(|end| snake(&format!("{name}{end}")))
        });
        let starts: Vec<_> = starts.collect();
        let is_taken = |one: &&&Attribute| starts.contains(&method(one));
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

    /// Writes the maximum size of the attributes, if it is known and needed.
    fn size(
        &self,
        out: &mut Writer,
        set: Option<SetId>,
        attributes: &[&Attribute],
        reply: &ReplyType,
    ) {
        if is_started_by_size(reply)
            && let Some(sum) = self.sum(set, attributes)
        {
            size_constant(out, "a message", &sum);
        }
    }

    /// Returns the maximum size of attributes as an expression, if they have one.
    fn sum(&self, set: Option<SetId>, attributes: &[&Attribute]) -> Option<String> {
        let Some(set) = set else {
            return Some("0".to_owned());
        };
        let attributes = attributes.iter();
        let sizes: Option<Vec<_>> = attributes
            .map(|attribute| self.attribute_size(set, attribute))
            .collect();
        sizes.map(added)
    }

    /// Returns the maximum size of an attribute as an expression, if it has one.
    fn attribute_size(&self, set: SetId, attribute: &Attribute) -> Option<String> {
        self.sizes.limit(attribute)?;
        attribute.kind.describe().kernel_size(self, set)
    }

    /// Writes a constructor of a message. For attributes without a maximum size, it also writes one
    /// with a size parameter.
    fn constructor(
        &self,
        out: &mut Writer,
        reply: &ReplyType,
        used: Use,
        limited: bool,
    ) -> Result<(), EmitError> {
        let command = |op| format!("Cmd::{} as u8", camel(&self.family.operation(op).name));
        let own = command(reply.op);
        match used {
            Use::Reply => {
                let start = Start {
                    text: "Creates the reply to the request of `info`",
                    method: "new",
                    parameters: "info: Info<'a>",
                    arguments: "info",
                    message: &format!("new_reply(&info, &FAMILY, {own}"),
                };
                start.write(out, limited);
            }
            Use::Item => {
                doc(
                    out,
                    "Creates an item of a dump.\n\n# Errors\n\n`EMSGSIZE` if the dump's buffer is full.",
                    "",
                );
                let signature = "pub fn item<C: Copy>(dump: &'a mut Dump<'_, C>) -> Result<Self>";
                block(out, signature, |out| {
                    out.line(format!("let msg = dump.item(&FAMILY, {own})?;"));
                    out.line("Ok(Self { msg })");
                });
            }
            Use::Notification(op, group) => {
                let name = &self.family.operation(op).name;
                let method = snake(name);
                self.event(
                    out,
                    op,
                    group,
                    &method,
                    &format!("Creates the notification `{name}`"),
                    limited,
                )?;
            }
            Use::Event(group) => {
                self.event(out, reply.op, group, "new", "Creates the event", limited)?;
            }
        }
        out.blank();
        Ok(())
    }

    fn event(
        &self,
        out: &mut Writer,
        op: crate::model::OpId,
        group: Option<GroupId>,
        method: &str,
        creates: &str,
        limited: bool,
    ) -> Result<(), EmitError> {
        let operation = self.family.operation(op);
        let command = camel(&operation.name);
        // Without a group in the spec, the caller chooses it.
        let (parameter, group) = match group {
            Some(group) => {
                let name = camel(&self.family.group(group).name);
                ("", format!("Group::{name}"))
            }
            None if self.family.groups.is_empty() => {
                return Err(self.unsupported(
                    operation,
                    "a message to no multicast group",
                    "a group in `mcast-groups`",
                ));
            }
            None => (", group: Group", "group".to_owned()),
        };
        let start = Start {
            text: &format!("{creates} for the listeners in `net`"),
            method,
            parameters: &format!("net: &'a Net{parameter}"),
            arguments: if parameter.is_empty() {
                "net"
            } else {
                "net, group"
            },
            message: &format!("new_event(net, &FAMILY, Cmd::{command} as u8, {group} as u32"),
        };
        start.write(out, limited);
        out.blank();
        let method = match method {
            "new" => "has_listeners".to_owned(),
            _ => snake(&format!("{}-has-listeners", operation.name)),
        };
        doc(out, "Returns whether the group has listeners in `net`.", "");
        let signature = format!("pub fn {method}(net: &Net{parameter}) -> bool");
        block(out, signature, |out| {
            out.line(format!("FAMILY.has_listeners(net, {group} as u32)"));
        });
        Ok(())
    }

    fn nest(&self, out: &mut Writer, set: SetId) -> Result<(), EmitError> {
        let name = self.nest_type(set);
        let mut setters = Vec::new();
        check_methods(self.in_use(set), method)?;
        for attribute in self.in_use(set) {
            setters.push((attribute, self.setter(set, attribute, "self.nest")?));
        }
        doc(
            out,
            &format!(
                "Writer of a nest of the set `{}`.",
                self.family.set(set).name
            ),
            "",
        );
        block(out, format!("pub struct {name}<'m>"), |out| {
            out.line("nest: Nest<'m>,")
        });
        out.blank();
        block(out, format!("impl {name}<'_>"), |out| {
            if self.sizes.needed.contains(&set) {
                let attributes: Vec<_> = self.in_use(set).collect();
                if let Some(sum) = self.sum(Some(set), &attributes) {
                    size_constant(out, "a nest", &sum);
                }
            }
            for (attribute, setter) in &setters {
                write_setter(out, attribute, setter);
            }
            end(out);
        });
        out.blank();
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
            false => Some(self.number(set, pad)),
        }
    }

    /// Returns the method that writes an attribute into `into`.
    fn setter(&self, set: SetId, attribute: &Attribute, into: &str) -> Result<Setter, EmitError> {
        let target = Target {
            set,
            attribute,
            number: &self.number(set, attribute),
            into,
            is_item: false,
        };
        let setter = attribute.kind.describe().kernel_setter(self, &target);
        setter.ok_or_else(|| unsupported_type(attribute, KernelReply))
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
        let set = if is_same { whole } else { self.family.set(set) };
        self.free(camel(&format!("{}-{}-array", set.name, attribute.name)))
    }

    fn array(&self, out: &mut Writer, set: SetId, attribute: &Attribute) -> Result<(), EmitError> {
        let name = self.array_type(set, attribute);
        let target = Target {
            set,
            attribute,
            number: "index",
            into: "self.nest",
            is_item: true,
        };
        let item = attribute.kind.item();
        let setter = item.and_then(|item| item.describe().kernel_setter(self, &target));
        let Some(setter) = setter else {
            return Err(unsupported_type(attribute, KernelReply));
        };
        let Setter {
            parameters,
            returns,
            body,
        } = setter;
        let signature = format!("pub fn item(&mut self{parameters}) -> Result{returns}");
        doc(
            out,
            &format!("Writer of the array `{}`.", attribute.name),
            "",
        );
        block(out, format!("pub struct {name}<'m>"), |out| {
            out.line("nest: Nest<'m>,");
            out.line("next: u16,");
        });
        out.blank();
        block(out, format!("impl {name}<'_>"), |out| {
            doc(out, "Adds an item.", "");
            block(out, signature, |out| {
                out.line("let index = self.next;");
                out.line("self.next = index.checked_add(1).ok_or(EMSGSIZE)?;");
                out.lines(body.lines());
            });
            out.blank();
            end(out);
        });
        out.blank();
        Ok(())
    }
}

/// The maximum sizes of nests, and the nests whose size is in the output.
#[derive(Debug, Default)]
pub(in crate::emit) struct Sizes {
    limits: HashMap<SetId, Option<usize>>,
    needed: BTreeSet<SetId>,
}

impl Sizes {
    pub(super) fn of(family: &Family, messages: &Messages) -> Self {
        let mut me = Self::default();
        for reply in &messages.replies {
            let attributes: Vec<_> = reply.attributes(family).collect();
            // All attributes are visited, so that the size of each nest is known.
            let limits = attributes.iter().map(|one| me.visit(family, one));
            let limits: Vec<_> = limits.collect();
            if is_started_by_size(reply) && !limits.contains(&None) {
                for attribute in attributes {
                    me.need(family, attribute);
                }
            }
        }
        me
    }

    /// Returns the maximum size of a nest, if it has one.
    pub(in crate::emit) fn nest(&self, set: SetId) -> Option<usize> {
        self.limits.get(&set).copied().flatten()
    }

    /// Returns the maximum size of an attribute, if it has one within the limit of any attribute.
    fn limit(&self, attribute: &Attribute) -> Option<usize> {
        if attribute.multi {
            return None;
        }
        let payload = attribute.kind.describe().kernel_max(self);
        // With the NUL of a string.
        let whole = (payload? + 1 + HEADER).next_multiple_of(HEADER);
        (whole <= usize::from(u16::MAX)).then_some(whole)
    }

    /// Computes the sizes of the nests in an attribute first. A recursive nest has no maximum size.
    fn visit(&mut self, family: &Family, attribute: &Attribute) -> Option<usize> {
        if let Some(set) = attribute
            .nested_set()
            .filter(|set| !self.limits.contains_key(set))
        {
            self.limits.insert(set, None);
            let attributes = family.set(set).attributes.iter();
            let limits: Vec<_> = attributes.map(|one| self.visit(family, one)).collect();
            self.limits.insert(set, limits.into_iter().sum());
        }
        self.limit(attribute)
    }

    fn need(&mut self, family: &Family, attribute: &Attribute) {
        if let Some(set) = attribute
            .nested_set()
            .filter(|&set| self.needed.insert(set))
        {
            for attribute in &family.set(set).attributes {
                self.need(family, attribute);
            }
        }
    }
}

/// Returns whether a message is created with a size.
fn is_started_by_size(reply: &ReplyType) -> bool {
    reply.uses.iter().any(|used| *used != Use::Item)
}

fn size_constant(out: &mut Writer, of: &str, sum: &str) {
    let text = format!("Maximum size of the attributes of {of}, in bytes.");
    doc(out, &text, "");
    out.line(format!("const SIZE: usize = {sum};"));
    out.blank();
}

/// Returns a limit as a number of bytes.
pub(in crate::emit) fn bytes(limit: Limit) -> Option<usize> {
    usize::try_from(limit.value).ok()
}

/// Length and alignment of an attribute's header.
pub(in crate::emit) const HEADER: usize = 4;

/// The size of the empty attribute before a 64-bit number, as a term.
pub(in crate::emit) const PADDING: &str = " + attr_size(0)";

/// Returns a sum as an expression. Three or more equal neighbours become a product. Long sums are
/// sorted for that, and grouped, because rustfmt and rustc are slow otherwise.
fn added(mut terms: Vec<String>) -> String {
    const LONG: usize = 64;

    if terms.len() > LONG {
        terms.sort_unstable();
    }
    let same = |a: &String, b: &String| a == b;
    let rows = terms.chunk_by(same).map(|row| match (row.len(), &row[0]) {
        (0..3, _) => row.join(" + "),
        (times, one) if one.ends_with(PADDING) => format!("{times} * ({one})"),
        (times, one) => format!("{times} * {one}"),
    });
    let rows: Vec<_> = rows.collect();
    match rows.as_slice() {
        [] => "0".to_owned(),
        rows if rows.len() <= LONG => rows.join(" + "),
        rows => {
            let groups = rows
                .chunks(LONG)
                .map(|group| format!("({})", group.join(" + ")));
            groups.collect::<Vec<_>>().join(" + ")
        }
    }
}

/// The errors of the methods that create a message.
const NO_MEMORY: &str = "\n\n# Errors\n\n`ENOMEM` if memory is exhausted.";

/// A method that creates a message.
struct Start<'a> {
    text: &'a str,
    method: &'a str,
    parameters: &'a str,
    arguments: &'a str,
    /// The call that creates the message, without its size.
    message: &'a str,
}

impl Start<'_> {
    fn write(&self, out: &mut Writer, limited: bool) {
        let Self {
            text,
            method,
            parameters,
            arguments,
            message,
        } = self;
        let made = |out: &mut Writer, size: &str| {
            out.line(format!("let msg = GenlMsg::{message}, {size})?;"));
            out.line("Ok(Self { msg })");
        };
        doc(out, &format!("{text}.{NO_MEMORY}"), "");
        let signature = format!("pub fn {method}({parameters}) -> Result<Self>");
        if limited {
            block(out, signature, |out| made(out, "Self::SIZE"));
            return;
        }
        let sized = match *method {
            "new" => "with_size".to_owned(),
            other => format!("{}_with_size", other.trim_start_matches("r#")),
        };
        block(out, signature, |out| {
            out.line(format!("Self::{sized}({arguments}, GENLMSG_DEFAULT_SIZE)"));
        });
        out.blank();
        let text = format!(
            "{text}, with room for `size` bytes of attributes. Use it for attributes that exceed the \
             default size, since the spec does not limit them.{NO_MEMORY}"
        );
        doc(out, &text, "");
        let signature = format!("pub fn {sized}({parameters}, size: usize) -> Result<Self>");
        block(out, signature, |out| made(out, "size"));
    }
}

/// The destination of a setter.
pub(in crate::emit) struct Target<'a> {
    /// Set of the attribute.
    pub(in crate::emit) set: SetId,
    pub(in crate::emit) attribute: &'a Attribute,
    /// Number as an expression.
    pub(in crate::emit) number: &'a str,
    /// Message or nest as an expression.
    pub(in crate::emit) into: &'a str,
    /// Whether it is an item of an array.
    pub(in crate::emit) is_item: bool,
}

impl Target<'_> {
    /// Returns a setter that passes a value of type `kind` to a method.
    pub(in crate::emit) fn put(&self, method: &str, kind: &str) -> Setter {
        let Self { number, into, .. } = self;
        Setter {
            parameters: format!(", value: {kind}"),
            body: format!("{into}.put_{method}({number}, value)"),
            ..Setter::default()
        }
    }
}

/// A method that writes an attribute.
#[derive(Default)]
pub(in crate::emit) struct Setter {
    pub(in crate::emit) parameters: String,
    /// The type in its `Result`.
    pub(in crate::emit) returns: String,
    pub(in crate::emit) body: String,
}

fn write_setter(out: &mut Writer, attribute: &Attribute, setter: &Setter) {
    let text = method_doc(attribute.kind.describe().kernel_verb(), attribute);
    let text = match attribute.multi {
        true => format!("{text}\n\nMay be called several times."),
        false => text,
    };
    doc(out, &text, "");
    let name = method(attribute);
    let Setter {
        parameters,
        returns,
        body,
    } = setter;
    block(
        out,
        format!("pub fn {name}(&mut self{parameters}) -> Result{returns}"),
        |out| {
            out.lines(body.lines());
        },
    );
    out.blank();
}

/// Returns the name of the method that writes an attribute.
fn method(attribute: &Attribute) -> String {
    unless_taken(snake(&attribute.name), &TAKEN)
}

fn end(out: &mut Writer) {
    doc(
        out,
        "Ends the writing. A drop without it removes the attribute.",
        "",
    );
    out.line("pub fn end(self) -> Result { self.nest.end() }");
}

fn sends(reply: &ReplyType) -> &'static str {
    match reply.uses.as_slice() {
        [Use::Reply] => "Sends the reply to the sender of the request.",
        [Use::Item] => "Adds the item to the dump.",
        [Use::Event(_)] => "Sends the event.",
        _ => "Sends the message to the destination that its constructor chose.",
    }
}
