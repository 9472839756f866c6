// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the trait of the operations, the family and its tables, and the callbacks.

use super::super::messages::{Call, Half};
use super::super::naming::{Top, camel, snake};
use super::super::rust::{block, doc, or};
use super::super::writer::Writer;
use super::super::{EmitError, prose};
use super::Side;
use crate::model::{
    DontValidate, Exchange, KernelPolicy, OpId, Operation, Permission, Place, Role,
};
use std::collections::BTreeSet;

impl Side<'_> {
    /// Writes the trait, the family and its tables.
    pub(super) fn operations(&self, out: &mut Writer) -> Result<(), EmitError> {
        self.check_hooks()?;
        self.operations_trait(out);
        out.line(format!("net_slot!({});", self.state));
        out.blank();
        self.family_static(out);
        self.groups_static(out);
        self.table_static(out);
        Ok(())
    }

    fn operations_trait(&self, out: &mut Writer) {
        doc(
            out,
            "The operations of the family, which its author implements.\n\nThe implementing type \
             holds the family's state. Each network namespace has its own value. Requests run in \
             parallel.",
            "",
        );
        block(out, "pub trait Operations: PerNet", |out| {
            for call in self
                .messages
                .calls
                .iter()
                .filter(|call| call.dumpit.is_some())
            {
                let name = &self.family.operation(call.op).name;
                let text =
                    format!("Position of a dump of `{name}`, where its next call continues.");
                doc(out, &text, "");
                let cursor = cursor(name);
                out.line(format!("type {cursor}: Copy + Default + Send + 'static;"));
                out.blank();
            }
            for call in &self.messages.calls {
                self.methods(out, call);
            }
            self.hook_methods(out);
        });
        out.blank();
    }

    fn methods(&self, out: &mut Writer, call: &Call) {
        let operation = self.family.operation(call.op);
        if let Some(doit) = &call.doit {
            let text = or(&operation.doc, &format!("Executes `{}`.", operation.name));
            let returns = match doit.reply {
                Some(_) => "\n\nReturns the reply to send, or `None` to send no reply.",
                None => "",
            };
            doc(out, &format!("{text}{returns}"), "");
            out.line(self.do_signature(call.op, doit, "") + ";");
            out.blank();
        }
        if let Some(dumpit) = &call.dumpit {
            let name = &operation.name;
            let more = match &call.doit {
                Some(_) => String::new(),
                None => format!("\n\n{}", operation.doc),
            };
            doc(
                out,
                &format!("Adds the items of `{name}` to `dump`, starting at its cursor.{more}"),
                "",
            );
            out.line(self.dump_signature(call.op, dumpit, "") + ";");
            out.blank();
        }
    }

    /// Returns the signature of the method for a `do`. `unused` is a prefix of its parameters.
    pub(super) fn do_signature(&self, op: OpId, half: &Half, unused: &str) -> String {
        let name = snake(&self.family.operation(op).name);
        let request = self.request_name(half);
        let reply = match half.reply {
            Some(reply) => format!("Option<{}<'a>>", self.messages.replies[reply].name),
            None => "()".to_owned(),
        };
        format!(
            "fn {name}<'a>(self: Pin<&Self>, {unused}request: &{request}<'a>) \
             -> Result<{reply}, ExtAckError<'a>>"
        )
    }

    /// Returns the signature of the method for a dump. `unused` is a prefix of its parameters.
    pub(super) fn dump_signature(&self, op: OpId, half: &Half, unused: &str) -> String {
        let name = &self.family.operation(op).name;
        let (method, cursor) = (dump_method(name), cursor(name));
        let request = self.request_name(half);
        format!(
            "fn {method}<'a>(self: Pin<&Self>, {unused}request: &{request}<'a>, \
             {unused}dump: &mut Dump<'a, Self::{cursor}>) -> Result<(), ExtAckError<'a>>"
        )
    }

    pub(super) fn request_name(&self, half: &Half) -> String {
        self.messages.requests[half.request].name()
    }

    /// Returns the hooks before and after operations, in the order of the spec.
    pub(super) fn hooks(&self) -> Vec<Hook> {
        let mut hooks: Vec<Hook> = Vec::new();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            for (exchange, dump) in exchanges(operation) {
                for (name, before) in [(&exchange.pre, true), (&exchange.post, false)] {
                    let Some(name) = name else { continue };
                    let of = match dump {
                        true => format!("a dump of `{}`", operation.name),
                        false => format!("`{}`", operation.name),
                    };
                    match hooks.iter_mut().find(|hook| hook.name == *name) {
                        Some(hook) => hook.of.push(of),
                        None => hooks.push(Hook {
                            name: name.clone(),
                            place: operation.place,
                            before,
                            of: vec![of],
                        }),
                    }
                }
            }
        }
        hooks
    }

    /// Refuses operations and hooks whose methods have the same name.
    fn check_hooks(&self) -> Result<(), EmitError> {
        let mut top = Top::default();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            let (name, place) = (&operation.name, operation.place);
            if call.doit.is_some() {
                top.take(&snake(name), format!("the do of `{name}`"), place)?;
            }
            if call.dumpit.is_some() {
                top.take(&dump_method(name), format!("the dump of `{name}`"), place)?;
            }
        }
        for hook in self.hooks() {
            let what = format!("the hook `{}`", hook.name);
            top.take(&snake(&hook.name), what, hook.place)?;
        }
        Ok(())
    }

    fn hook_methods(&self, out: &mut Writer) {
        for hook in self.hooks() {
            let of = prose::listed(&hook.of);
            let text = match hook.before {
                true => format!("Called before {of}. An error from it cancels the operation."),
                false => format!("Called after {of}."),
            };
            doc(out, &text, "");
            out.line(hook.signature("") + ";");
            out.blank();
        }
    }

    fn family_static(&self, out: &mut Writer) {
        doc(out, "The family. The module registers it.", "");
        out.line("pub static FAMILY: Family = Family::const_new(");
        out.line("kernel::module::this_module::<crate::LocalModule>(),");
        out.line("FAMILY_NAME.to_bytes_with_nul(),");
        out.line("FAMILY_VERSION as u32,");
        out.line("OPS,");
        let groups = if self.family.groups.is_empty() {
            "&[]"
        } else {
            "&GROUPS"
        };
        out.line(format!("{groups},"));
        out.line(");");
        out.blank();
    }

    fn groups_static(&self, out: &mut Writer) {
        let groups = &self.family.groups;
        if groups.is_empty() {
            return;
        }
        out.line(format!(
            "static GROUPS: [MulticastGroup; {}] = [",
            groups.len()
        ));
        for group in groups {
            let permission = match group.permission {
                Permission::Anyone => String::new(),
                other => format!(".with_permission({})", permission(other)),
            };
            out.line(format!(
                "MulticastGroup::const_new(c\"{}\"){permission},",
                group.name
            ));
        }
        out.line("];");
        out.blank();
    }

    fn table_static(&self, out: &mut Writer) {
        out.line(format!("static OPS: &[SplitOp<{}>] = &[", self.state));
        let mut calls: Vec<_> = self.messages.calls.iter().collect();
        calls.sort_by_key(|call| self.family.operation(call.op).request);
        for call in calls {
            for (half, which) in [(&call.doit, "do"), (&call.dumpit, "dump")] {
                if half.is_some() {
                    self.condition(out, call.op);
                    out.line(format!(
                        "SplitOp::new_{which}::<{}>(),",
                        self.callback(call.op, which)
                    ));
                }
            }
        }
        out.line("];");
        out.blank();
    }

    /// Writes the kernel option that an operation depends on.
    pub(super) fn condition(&self, out: &mut Writer, op: OpId) {
        self.condition_of_any(out, &[op]);
    }

    /// Writes the kernel options of which at least one is needed for these operations.
    pub(super) fn condition_of_any(&self, out: &mut Writer, ops: &[OpId]) {
        let config = |&op: &OpId| self.family.operation(op).config.as_deref();
        let Some(configs) = ops.iter().map(config).collect::<Option<BTreeSet<_>>>() else {
            return;
        };
        let names = configs.into_iter().map(|config| {
            let config = config.to_ascii_uppercase().replace('-', "_");
            format!("CONFIG_{config}")
        });
        match &names.collect::<Vec<_>>()[..] {
            [] => {}
            [one] => out.line(format!("#[cfg({one})]")),
            several => out.line(format!("#[cfg(any({}))]", several.join(", "))),
        }
    }

    /// Returns the type of an operation's callback.
    pub(super) fn callback(&self, op: OpId, which: &str) -> String {
        camel(&format!("{}-{which}", self.family.operation(op).name))
    }

    /// Writes the callbacks.
    pub(super) fn callbacks(&self, out: &mut Writer) {
        for call in &self.messages.calls {
            if let Some(doit) = &call.doit {
                self.doit(out, call.op, doit);
            }
            if let Some(dumpit) = &call.dumpit {
                self.dumpit(out, call.op, dumpit);
            }
        }
    }

    fn doit(&self, out: &mut Writer, op: OpId, half: &Half) {
        let operation = self.family.operation(op);
        let name = self.callback(op, "do");
        self.callback_struct(out, op, &name, "do");
        block(out, format!("impl Doit for {name}"), |out| {
            out.line(format!("type State = {};", self.state));
            out.blank();
            self.callback_consts(out, operation, half, "do");
            let signature = format!(
                "fn doit<'a>(state: Pin<&{}>, info: Info<'a>) -> Result<(), ExtAckError<'a>>",
                self.state
            );
            // Inlined into its only caller, so that both share one frame of the small kernel stack.
            out.line("#[inline]");
            block(out, signature, |out| {
                let method = snake(&operation.name);
                let request = self.request_name(half);
                let call = format!("state.{method}(&{request} {{ info }})");
                let (pre, post) = hooks_of(operation, |role| match role {
                    Role::Call { doit, .. } => doit.as_ref(),
                    _ => None,
                });
                if let Some(pre) = &pre {
                    out.line(format!("state.{pre}(info)?;"));
                }
                let answered = match (&post, half.reply) {
                    (Some(post), _) => {
                        out.line(format!("let result = {call};"));
                        out.line(format!("state.{post}(info);"));
                        "result".to_owned()
                    }
                    (None, _) => call,
                };
                match half.reply {
                    None => out.line(answered),
                    Some(_) => block(out, format!("match {answered}?"), |out| {
                        out.line("Some(reply) => Ok(reply.send()?),");
                        out.line("None => Ok(()),");
                    }),
                }
            });
        });
        out.blank();
    }

    fn dumpit(&self, out: &mut Writer, op: OpId, half: &Half) {
        let operation = self.family.operation(op);
        let name = self.callback(op, "dump");
        self.callback_struct(out, op, &name, "dump");
        block(out, format!("impl Dumpit for {name}"), |out| {
            let cursor = cursor(&operation.name);
            let state = &self.state;
            out.line(format!("type State = {state};"));
            out.line(format!("type Cursor = <{state} as Operations>::{cursor};"));
            out.blank();
            self.callback_consts(out, operation, half, "dump");
            let (pre, post) = hooks_of(operation, |role| match role {
                Role::Call { dumpit, .. } => dumpit.as_ref(),
                _ => None,
            });
            if let Some(pre) = pre {
                let signature = format!(
                    "fn start<'a>(state: Pin<&{state}>, info: Info<'a>) -> Result<(), ExtAckError<'a>>"
                );
                block(out, signature, |out| out.line(format!("state.{pre}(info)")));
                out.blank();
            }
            if let Some(post) = post {
                let signature = format!("fn done(state: Pin<&{state}>, info: Info<'_>)");
                block(out, signature, |out| {
                    out.line(format!("state.{post}(info)"))
                });
                out.blank();
            }
            out.line("fn dumpit<'a>(");
            out.line(format!("state: Pin<&{state}>,"));
            out.line("dump: &mut Dump<'a, Self::Cursor>,");
            block(out, ") -> Result<(), ExtAckError<'a>>", |out| {
                let method = dump_method(&operation.name);
                let request = self.request_name(half);
                out.line("let info = dump.info();");
                out.line(format!("state.{method}(&{request} {{ info }}, dump)"));
            });
        });
        out.blank();
    }

    fn callback_struct(&self, out: &mut Writer, op: OpId, name: &str, which: &str) {
        doc(
            out,
            &format!("The {which} of `{}`.", self.family.operation(op).name),
            "",
        );
        self.condition(out, op);
        out.line(format!("struct {name};"));
        out.blank();
        self.condition(out, op);
    }

    /// Returns whether the core validates the requests of an operation strictly.
    fn is_strict(&self, operation: &Operation, is_dump: bool) -> bool {
        let relaxed = &operation.dont_validate;
        match is_dump {
            false => !relaxed.contains(&DontValidate::Strict),
            true => {
                !relaxed.contains(&DontValidate::DumpStrict) && !self.is_unchecked_dump(operation)
            }
        }
    }

    /// Returns whether the core does not validate the dump of an operation. In a family with a policy
    /// for each `do` and each `dump`, the core validates all of them.
    fn is_unchecked_dump(&self, operation: &Operation) -> bool {
        self.family.kernel_policy != KernelPolicy::Split && operation.is_unchecked_dump()
    }

    fn callback_consts(&self, out: &mut Writer, operation: &Operation, half: &Half, which: &str) {
        let command = camel(&operation.name);
        out.line(format!("const COMMAND: u8 = Cmd::{command} as u8;"));
        if operation.permission != Permission::Anyone {
            let permission = permission(operation.permission);
            out.line(format!("const PERMISSION: Permission = {permission};"));
        }
        let is_dump = which == "dump";
        if !self.is_strict(operation, is_dump) {
            out.line("const STRICT: bool = false;");
        }
        let policy = match self.policy(half.request) {
            Some(policy) => format!("{policy}.as_slice()"),
            None if is_dump && self.is_unchecked_dump(operation) => "Policy::ANYTHING".to_owned(),
            None => "&[]".to_owned(),
        };
        out.line(format!("const POLICY: &'static [Policy] = {policy};"));
        out.blank();
    }
}

/// Returns the name of the method for a dump.
fn dump_method(operation: &str) -> String {
    snake(&format!("{operation}-dump"))
}

/// Returns the name of the associated type for an operation's cursor.
pub(super) fn cursor(operation: &str) -> String {
    camel(&format!("{operation}-cursor"))
}

fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Anyone => "Permission::Anyone",
        Permission::Admin => "Permission::Admin",
        Permission::NetnsAdmin => "Permission::NetnsAdmin",
    }
}

/// Returns the exchanges of an operation, with a flag for dumps.
fn exchanges(operation: &Operation) -> impl Iterator<Item = (&Exchange, bool)> {
    let (doit, dumpit) = match &operation.role {
        Role::Call { doit, dumpit } => (doit.as_ref(), dumpit.as_ref()),
        _ => (None, None),
    };
    let doit = doit.map(|exchange| (exchange, false));
    let dumpit = dumpit.map(|exchange| (exchange, true));
    doit.into_iter().chain(dumpit)
}

/// A hook before or after operations.
pub(super) struct Hook {
    name: String,
    /// Place of its first operation.
    place: Place,
    pub(super) before: bool,
    /// Names of its operations.
    of: Vec<String>,
}

impl Hook {
    /// Returns the signature of its method. `unused` is a prefix of its parameter.
    pub(super) fn signature(&self, unused: &str) -> String {
        let name = snake(&self.name);
        match self.before {
            true => format!(
                "fn {name}<'a>(self: Pin<&Self>, {unused}info: Info<'a>) -> Result<(), ExtAckError<'a>>"
            ),
            false => format!("fn {name}(self: Pin<&Self>, {unused}info: Info<'_>)"),
        }
    }
}

/// Returns the methods of the hooks before and after an operation.
fn hooks_of<'a>(
    operation: &'a Operation,
    half: impl FnOnce(&'a Role) -> Option<&'a Exchange>,
) -> (Option<String>, Option<String>) {
    let exchange = half(&operation.role);
    let name = |hook: &Option<String>| hook.as_deref().map(snake);
    match exchange {
        Some(exchange) => (name(&exchange.pre), name(&exchange.post)),
        None => (None, None),
    }
}
