// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types of messages in Rust, the same on both sides.

use super::naming::{camel, type_name};
use crate::model::{
    Attribute, Exchange, Family, GroupId, KernelPolicy, Message, OpId, Operation, Role,
};

/// The messages of a family.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Types of requests.
    pub(super) requests: Vec<RequestType>,
    /// Types of replies, dump items, notifications and events.
    pub(super) replies: Vec<ReplyType>,
    /// Operations, with their types.
    pub(super) calls: Vec<Call>,
    /// Scope of the policies.
    policy: KernelPolicy,
}

/// A type of request.
#[derive(Debug)]
pub(super) struct RequestType {
    /// Name of the operation, with `-dump` if its dump has its own type.
    pub(super) stem: String,
    pub(super) op: OpId,
    pub(super) message: Message,
    /// Whether it is the request of a `do`, a `dump` or both.
    pub(super) doit: bool,
    pub(super) dumpit: bool,
    /// Whether all operations of the family share it.
    pub(super) is_global: bool,
}

/// A type of message from the kernel.
#[derive(Debug)]
pub(super) struct ReplyType {
    pub(super) name: String,
    pub(super) op: OpId,
    pub(super) message: Message,
    pub(super) uses: Vec<Use>,
}

/// The use of a message from the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Reply,
    Item,
    Notification(OpId, Option<GroupId>),
    Event(Option<GroupId>),
}

/// An operation, with the indices of the types of its messages.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) op: OpId,
    pub(super) doit: Option<Half>,
    pub(super) dumpit: Option<Half>,
}

/// The types of a `do` or of a `dump`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half {
    pub(super) request: usize,
    pub(super) reply: Option<usize>,
}

impl Messages {
    /// Finds the types that a family needs. A `do` and a `dump` share a type if their attributes
    /// are the same.
    pub(super) fn of(family: &Family) -> Self {
        Self::with_policy(family, KernelPolicy::Split)
    }

    /// Finds the types that a family needs in the kernel, where all requests with the same policy
    /// have the same type.
    pub(super) fn in_kernel(family: &Family) -> Self {
        Self::with_policy(family, family.kernel_policy)
    }

    fn with_policy(family: &Family, policy: KernelPolicy) -> Self {
        let mut me = Self {
            policy,
            ..Self::default()
        };
        if policy == KernelPolicy::Global {
            me.requests.extend(global_request(family));
        }
        for (index, operation) in family.operations.iter().enumerate() {
            let op = OpId(index);
            match &operation.role {
                Role::Call { doit, dumpit } => {
                    me.call(op, operation, doit.as_ref(), dumpit.as_ref());
                }
                Role::Event { message, group } => me.replies.push(ReplyType {
                    name: type_name(&family.name, &operation.name),
                    op,
                    message: message.clone(),
                    uses: vec![Use::Event(*group)],
                }),
                Role::Notify { .. } | Role::Reserved => {}
            }
        }
        me.notifications(family);
        me
    }

    fn call(
        &mut self,
        op: OpId,
        operation: &Operation,
        doit: Option<&Exchange>,
        dumpit: Option<&Exchange>,
    ) {
        let name = &operation.name;
        let first_request = self.requests.len();
        let first_reply = self.replies.len();
        let asked = |exchange: &Exchange| exchange.request.clone().unwrap_or_default();
        let mut half = |exchange: &Exchange, used: Use| {
            // The core does not validate such a dump, and gives it no attributes.
            let own = self.policy == KernelPolicy::Split
                || (used == Use::Item && operation.is_unchecked_dump());
            let message = match (self.policy, doit) {
                (KernelPolicy::PerOp, Some(doit)) if !own => asked(doit),
                _ => asked(exchange),
            };
            Half {
                request: match self.policy {
                    KernelPolicy::Global if !own => self.used(0, used),
                    _ => self.request(op, name, first_request, message, used),
                },
                reply: self.reply(op, name, first_reply, exchange, used),
            }
        };
        let doit = doit.map(|exchange| half(exchange, Use::Reply));
        let dumpit = dumpit.map(|exchange| half(exchange, Use::Item));
        self.calls.push(Call { op, doit, dumpit });
    }

    /// Returns the type of a request: an existing type of this operation, from `first` on, or a new
    /// one.
    fn request(
        &mut self,
        op: OpId,
        name: &str,
        first: usize,
        message: Message,
        used: Use,
    ) -> usize {
        let same = |one: &RequestType| one.message == message;
        let index = match self.requests[first..].iter().position(same) {
            Some(index) => first + index,
            None => {
                let is_global = self.policy == KernelPolicy::Global;
                let dump = if self.requests.len() > first || is_global {
                    "-dump"
                } else {
                    ""
                };
                self.requests.push(RequestType {
                    stem: format!("{name}{dump}"),
                    op,
                    message,
                    doit: false,
                    dumpit: false,
                    is_global: false,
                });
                self.requests.len() - 1
            }
        };
        self.used(index, used)
    }

    /// Records a use of a type of request, and returns its index.
    fn used(&mut self, index: usize, used: Use) -> usize {
        match used {
            Use::Item => self.requests[index].dumpit = true,
            _ => self.requests[index].doit = true,
        }
        index
    }

    /// Returns the type of a reply: an existing type of this operation, from `first` on, or a new
    /// one.
    fn reply(
        &mut self,
        op: OpId,
        name: &str,
        first: usize,
        exchange: &Exchange,
        used: Use,
    ) -> Option<usize> {
        let message = exchange.reply.clone()?;
        let same = |one: &ReplyType| one.message == message;
        let index = match self.replies[first..].iter().position(same) {
            Some(index) => first + index,
            None => {
                let dump = if self.replies.len() > first {
                    "Dump"
                } else {
                    ""
                };
                self.replies.push(ReplyType {
                    name: format!("{}{dump}Reply", camel(name)),
                    op,
                    message,
                    uses: Vec::new(),
                });
                self.replies.len() - 1
            }
        };
        self.replies[index].uses.push(used);
        Some(index)
    }

    fn notifications(&mut self, family: &Family) {
        for (index, operation) in family.operations.iter().enumerate() {
            let Role::Notify { of, group } = operation.role else {
                continue;
            };
            // The first reply belongs to the `do`, if the operation has one.
            if let Some(reply) = self.replies.iter_mut().find(|reply| reply.op == of) {
                reply.uses.push(Use::Notification(OpId(index), group));
            }
        }
    }
}

/// Returns the type of all requests of a family whose operations share a policy.
fn global_request(family: &Family) -> Option<RequestType> {
    let is_call = |one: &Operation| matches!(one.role, Role::Call { .. });
    let mut calls = family.operations.iter();
    let first = calls.position(|one| is_call(one) && one.set.is_some())?;
    Some(RequestType {
        stem: family.name.clone(),
        op: OpId(first),
        message: family.all_requests(),
        doit: false,
        dumpit: false,
        is_global: true,
    })
}

impl RequestType {
    /// Returns its name in Rust.
    pub(super) fn name(&self) -> String {
        format!("{}Request", camel(&self.stem))
    }

    /// Describes it for people.
    pub(super) fn title(&self, family: &Family) -> String {
        let name = &family.operation(self.op).name;
        if self.is_global {
            return "any request".to_owned();
        }
        match (self.doit, self.dumpit) {
            (false, true) => format!("the `{name}` dump request"),
            _ => format!("the `{name}` request"),
        }
    }

    /// Returns the attributes that the request may contain.
    pub(super) fn attributes<'a>(
        &'a self,
        family: &'a Family,
    ) -> impl Iterator<Item = &'a Attribute> {
        family.attributes(family.operation(self.op), &self.message)
    }
}

impl ReplyType {
    /// Returns the attributes that the message may contain.
    pub(super) fn attributes<'a>(
        &'a self,
        family: &'a Family,
    ) -> impl Iterator<Item = &'a Attribute> {
        family.attributes(family.operation(self.op), &self.message)
    }
}
