// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds operations, notifications, events and multicast groups.

use super::attributes::Sets;
use super::definitions::Definitions;
use super::lookup::{Names, check_name, doc, text};
use super::types::*;
use crate::spec::{self, At, Flag, Place, Problem, Word};
use std::collections::{HashMap, HashSet};

/// Maximum length of a name: `GENL_NAMSIZ` without the NUL.
pub(super) const NAME_MAX: usize = 15;

/// Builds the multicast groups of a spec.
pub(super) fn groups(
    document: &spec::Document,
    lenient: bool,
) -> Result<(Vec<Group>, Names<GroupId>), Problem> {
    let mut names = Names::new("multicast group");
    let mut groups = Vec::new();
    let list = document.mcast_groups.iter().flat_map(|groups| &groups.list);
    for (index, group) in list.enumerate() {
        check_name(&group.name, group.name.place, true)?;
        check_name(&group.name, group.name.place, lenient)?;
        check_len(&group.name)?;
        names.add(&group.name, group.name.place, GroupId(index))?;
        groups.push(Group {
            name: group.name.value.clone(),
            place: group.name.place,
            permission: permission(&group.flags)?,
            c_define_name: text(group.c_define_name.as_ref()),
        });
    }
    Ok((groups, names))
}

/// Rejects a name that exceeds the kernel's limit.
pub(super) fn check_len(name: &Word) -> Result<(), Problem> {
    if name.len() <= NAME_MAX {
        return Ok(());
    }
    let problem = format!("the name `{}` has {} bytes", name.value, name.len());
    Err(Problem::at(name.place, problem).expected(format!("at most {NAME_MAX}")))
}

/// Returns the permission that flags require.
fn permission(flags: &[At<Flag>]) -> Result<Permission, Problem> {
    match flags {
        [] => Ok(Permission::Anyone),
        [one] => Ok(match one.value {
            Flag::AdminPerm => Permission::Admin,
            Flag::UnsAdminPerm => Permission::NetnsAdmin,
        }),
        [_, second, ..] => Err(Problem::at(second.place, "these flags exclude each other")
            .expected("`admin-perm` or `uns-admin-perm`")),
    }
}

/// Builds the operations of a spec.
pub(super) fn build(
    document: &spec::Document,
    definitions: &Definitions,
    sets: &Sets,
    groups: &Names<GroupId>,
    lenient: bool,
) -> Result<Vec<Operation>, Problem> {
    let list = &document.operations.list;
    let mut names = Names::new("operation");
    for (index, operation) in list.iter().enumerate() {
        check_name(&operation.name, operation.name.place, lenient)?;
        names.add(&operation.name, operation.name.place, OpId(index))?;
    }
    let builder = Builder {
        lenient,
        document,
        definitions,
        sets,
        groups,
        names,
    };
    let numbers = match builder.is_directional() {
        true => builder.number_directional()?,
        false => builder.number_unified()?,
    };
    let operations: Result<Vec<_>, _> = list
        .iter()
        .zip(numbers)
        .map(|(operation, numbers)| builder.operation(operation, numbers))
        .collect();
    operations
}

/// The numbers of an operation's messages to the kernel and from the kernel.
type Numbers = (Option<u8>, Option<u8>);

struct Builder<'a> {
    lenient: bool,
    document: &'a spec::Document,
    definitions: &'a Definitions,
    sets: &'a Sets,
    groups: &'a Names<GroupId>,
    names: Names<OpId>,
}

impl Builder<'_> {
    fn is_directional(&self) -> bool {
        let model = self.document.operations.enum_model.as_ref();
        model.is_some_and(|model| model.value == spec::EnumModel::Directional)
    }

    fn number_unified(&self) -> Result<Vec<Numbers>, Problem> {
        let mut next = 1;
        let (mut space, mut events) = (Space::default(), Space::default());
        let mut numbers = Vec::new();
        for operation in &self.document.operations.list {
            let value = operation.value.value.as_ref();
            if let Some(value) = value.filter(|_| operation.is_numbered_apart) {
                let number = events.take(&operation.name, value.value, value.place)?;
                numbers.push((None, Some(number)));
                continue;
            }
            let place = given(value, &mut next, operation.name.place);
            let number = space.take(&operation.name, next, place)?;
            numbers.push((Some(number), Some(number)));
            next += 1;
        }
        Ok(numbers)
    }

    fn number_directional(&self) -> Result<Vec<Numbers>, Problem> {
        let (mut request, mut reply) = (1, 1);
        let (mut requests, mut replies) = (Space::default(), Space::new(self.lenient));
        let mut numbers = Vec::new();
        for operation in &self.document.operations.list {
            let name = &operation.name;
            let call = operation.doit.as_ref().or(operation.dumpit.as_ref());
            if operation.notify.is_some() || operation.event.is_some() {
                let place = given(operation.value.value.as_ref(), &mut reply, name.place);
                numbers.push((None, Some(replies.take(name, reply, place)?)));
                reply += 1;
                continue;
            }
            let Some(call) = call else {
                let problem = format!("`{}` has no message", name.value);
                return Err(
                    Problem::at(name.place, problem).expected("`do`, `dump`, `notify` or `event`")
                );
            };
            let value = |message: &Option<At<spec::Message>>| {
                message
                    .as_ref()
                    .and_then(|message| message.value.value.clone())
            };
            let place = given(value(&call.request).as_ref(), &mut request, name.place);
            let asked = requests.take(name, request, place)?;
            request += 1;
            let answered = match &call.reply {
                Some(_) => {
                    let place = given(value(&call.reply).as_ref(), &mut reply, name.place);
                    let answered = replies.take(name, reply, place)?;
                    reply += 1;
                    Some(answered)
                }
                None => None,
            };
            numbers.push((Some(asked), answered));
        }
        Ok(numbers)
    }

    fn operation(
        &self,
        written: &spec::Operation,
        (request, reply): Numbers,
    ) -> Result<Operation, Problem> {
        let set = self.set(written)?;
        let header = written.fixed_header.as_ref();
        let header = header.or(self.document.operations.fixed_header.as_ref());
        Ok(Operation {
            name: written.name.value.clone(),
            place: written.name.place,
            doc: doc(Some(&written.doc)),
            request,
            reply,
            explicit_value: written.value.as_ref().and(request.or(reply)),
            set,
            fixed_header: match header {
                Some(name) => Some(self.definitions.find_struct(name)?),
                None => None,
            },
            permission: permission(&written.flags)?,
            config: text(written.config_cond.as_ref()),
            dont_validate: written.dont_validate.iter().map(|one| one.value).collect(),
            role: self.role(written, set)?,
        })
    }

    fn set(&self, written: &spec::Operation) -> Result<Option<SetId>, Problem> {
        if let Some(name) = &written.attribute_set {
            return self.sets.names.find(name).map(Some);
        }
        if let Some(of) = &written.notify {
            let of = &self.document.operations.list[self.names.find(of)?.0];
            return match &of.attribute_set {
                Some(name) => self.sets.names.find(name).map(Some),
                None => Ok(None),
            };
        }
        let empty = |message: &At<spec::Message>| message.attributes.is_empty();
        let exchanges = [&written.doit, &written.dumpit].into_iter().flatten();
        let mut messages = exchanges
            .flat_map(|exchange| [&exchange.request, &exchange.reply])
            .flatten()
            .chain(&written.event);
        match messages.all(empty) {
            true => Ok(None),
            false => {
                let problem = format!(
                    "the operation `{}` lacks `attribute-set`",
                    written.name.value
                );
                Err(Problem::at(written.name.place, problem).expected("the set of its attributes"))
            }
        }
    }

    fn role(&self, written: &spec::Operation, set: Option<SetId>) -> Result<Role, Problem> {
        let call = written.doit.is_some() || written.dumpit.is_some();
        match (call, &written.notify, &written.event) {
            (true, None, None) => {
                self.no_group(written)?;
                self.call(written, set)
            }
            (false, Some(of), None) => self.notify(written, of),
            (false, None, Some(message)) => Ok(Role::Event {
                message: self.message(written, set, message)?,
                group: self.group(written)?,
            }),
            (false, None, None) => {
                self.no_group(written)?;
                Ok(Role::Reserved)
            }
            _ => {
                let problem = format!("`{}` has several roles", written.name.value);
                Err(Problem::at(written.name.place, problem)
                    .expected("`do` and `dump`, or `notify`, or `event`"))
            }
        }
    }

    fn call(&self, written: &spec::Operation, set: Option<SetId>) -> Result<Role, Problem> {
        let exchange = |written_exchange: &Option<At<spec::Exchange>>| match written_exchange {
            Some(exchange) => self.exchange(written, set, exchange).map(Some),
            None => Ok(None),
        };
        Ok(Role::Call {
            doit: exchange(&written.doit)?,
            dumpit: exchange(&written.dumpit)?,
        })
    }

    fn exchange(
        &self,
        written: &spec::Operation,
        set: Option<SetId>,
        exchange: &spec::Exchange,
    ) -> Result<Exchange, Problem> {
        let message = |message: &Option<At<spec::Message>>| match message {
            Some(message) => self.message(written, set, message).map(Some),
            None => Ok(None),
        };
        Ok(Exchange {
            request: message(&exchange.request)?,
            reply: message(&exchange.reply)?,
            pre: text(exchange.pre.as_ref()),
            post: text(exchange.post.as_ref()),
        })
    }

    fn message(
        &self,
        written: &spec::Operation,
        set: Option<SetId>,
        message: &At<spec::Message>,
    ) -> Result<Message, Problem> {
        if let Some(value) = message
            .value
            .value
            .as_ref()
            .filter(|_| !self.is_directional())
        {
            return Err(Problem::at(value.place, "`value` must be at the operation")
                .expected("`value` at the operation, or `enum-model: directional`"));
        }
        let Some(set) = set else {
            return Ok(Message::default());
        };
        let names = &self.sets.attributes[set.0];
        let mut attributes = Vec::new();
        let mut seen = HashSet::new();
        for name in &message.attributes {
            let index = names.find(name)?;
            if !seen.insert(index) {
                let problem = format!(
                    "a message of `{}` lists `{}` twice",
                    written.name.value, name.value
                );
                return Err(Problem::at(name.place, problem));
            }
            let attribute = &self.sets.sets[set.0].attributes[index];
            if attribute.is_unused() {
                let problem = format!("the attribute `{}` is unused", name.value);
                return Err(Problem::at(name.place, problem));
            }
            attributes.push(index);
        }
        Ok(Message { attributes })
    }

    fn notify(&self, written: &spec::Operation, of: &Word) -> Result<Role, Problem> {
        let id = self.names.find(of)?;
        let operation = &self.document.operations.list[id.0];
        let replies = [&operation.doit, &operation.dumpit].into_iter().flatten();
        if !replies.into_iter().any(|exchange| exchange.reply.is_some()) {
            let problem = format!("the operation `{}` has no reply", of.value);
            return Err(Problem::at(of.place, problem).expected("an operation with a reply"));
        }
        Ok(Role::Notify {
            of: id,
            group: self.group(written)?,
        })
    }

    fn group(&self, written: &spec::Operation) -> Result<Option<GroupId>, Problem> {
        match &written.mcgrp {
            Some(name) => self.groups.find(name).map(Some),
            None => Ok(None),
        }
    }

    fn no_group(&self, written: &spec::Operation) -> Result<(), Problem> {
        match &written.mcgrp {
            None => Ok(()),
            Some(group) => Err(Problem::at(
                group.place,
                "only notifications and events have `mcgrp`",
            )
            .expected("`notify` or `event`")),
        }
    }
}

/// Sets `next` to the number in the spec, if it has one. Returns the place for errors.
fn given(value: Option<&At<i64>>, next: &mut i64, name: Place) -> Place {
    match value {
        Some(value) => {
            *next = value.value;
            value.place
        }
        None => name,
    }
}

/// A number space of commands.
#[derive(Default)]
struct Space<'a> {
    taken: HashMap<u8, &'a str>,
    /// Whether numbers may repeat, as in the replies of legacy families.
    shared: bool,
}

impl<'a> Space<'a> {
    fn new(shared: bool) -> Self {
        Self {
            taken: HashMap::new(),
            shared,
        }
    }

    fn take(&mut self, name: &'a Word, number: i64, place: Place) -> Result<u8, Problem> {
        let Ok(number) = u8::try_from(number) else {
            let problem = format!("invalid command number {number} of `{}`", name.value);
            return Err(Problem::at(place, problem).expected("0 to 255"));
        };
        match self.taken.insert(number, name).filter(|_| !self.shared) {
            None => Ok(number),
            Some(other) => {
                let problem = format!("`{}` and `{other}` have the number {number}", name.value);
                Err(Problem::at(place, problem))
            }
        }
    }
}
