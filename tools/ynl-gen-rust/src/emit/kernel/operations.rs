// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the trait of the operations, the family and its tables, and the callbacks.

use super::super::messages::{Call, Half};
use super::super::naming::{Top, camel, snake};
use super::super::rust::{STEP, WIDTH, block, doc, or};
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
        let has_operations = !self.messages.calls.is_empty();
        if has_operations {
            self.operations_trait(out);
            out.line(format!("net_slot!({});", self.state));
            out.blank();
        }
        self.family_static(out);
        self.groups_static(out);
        if has_operations {
            self.table_static(out);
        }
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
            for call in &self.messages.calls {
                if call.dumpit.is_some() {
                    let name = &self.family.operation(call.op).name;
                    let text =
                        format!("Position of a dump of `{name}`, where its next part continues.");
                    doc(out, &text, "");
                    out.line(format!("type {}: Default + Send + 'static;", cursor(name)));
                    out.blank();
                }
            }
            for hook in self.hooks().iter().filter(|hook| hook.before) {
                let text = format!(
                    "The value of the hook `{}`, dropped after the reply was sent.",
                    hook.name
                );
                doc(out, &text, "");
                out.line(format!("type {}<'s> where Self: 's;", hook.value()));
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
            if snake(&operation.name) == "new" {
                out.line("#[allow(clippy::new_ret_no_self)]");
            }
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
                &format!("Starts a dump of `{name}`: returns its cursor."),
                "",
            );
            match self.is_started_by_author(call.op) {
                true => out.line(self.start_signature(call.op, dumpit, "") + ";"),
                false => block(out, self.start_signature(call.op, dumpit, "_"), |out| {
                    out.line("Ok(Default::default())");
                }),
            }
            out.blank();
            doc(
                out,
                &format!("Adds the items of `{name}` to `dump`, starting at its cursor.{more}"),
                "",
            );
            out.line(self.dump_signature(call.op, dumpit, "") + ";");
            out.blank();
        }
    }

    /// Returns whether the spec has a hook before the dump of an operation.
    pub(super) fn is_started_by_author(&self, op: OpId) -> bool {
        let mut exchanges = exchanges(self.family.operation(op));
        exchanges.any(|(exchange, dump)| dump && exchange.pre.is_some())
    }

    /// Returns the signature of the method that starts a dump. `unused` is a prefix of its parameter.
    pub(super) fn start_signature(&self, op: OpId, half: &Half, unused: &str) -> String {
        let name = &self.family.operation(op).name;
        let (method, cursor) = (start_method(name), cursor(name));
        let request = self.request_name(half);
        format!(
            "fn {method}<'a>(self: Pin<&Self>, {unused}request: &{request}<'a>) \
             -> Result<Self::{cursor}, ExtAckError<'a>>"
        )
    }

    /// Returns the signature of the method for a `do`. `unused` is a prefix of its parameters.
    pub(super) fn do_signature(&self, op: OpId, half: &Half, unused: &str) -> String {
        let name = snake(&self.family.operation(op).name);
        let request = self.request_name(half);
        let reply = match half.reply {
            Some(reply) => format!("Option<{}<'a>>", self.messages.replies[reply].name),
            None => "()".to_owned(),
        };
        let pre = match hooks_of(self.family.operation(op)).0 {
            Some(pre) => format!(", {unused}pre: &Self::{}<'_>", camel(pre)),
            None => String::new(),
        };
        format!(
            "fn {name}<'a>(self: Pin<&Self>, {unused}request: &{request}<'a>{pre}) \
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

    /// Returns the hooks before and after operations, in the order of the spec. The hook after an
    /// operation that has one before it is the drop of that hook's value.
    pub(super) fn hooks(&self) -> Vec<Hook> {
        let mut hooks: Vec<Hook> = Vec::new();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            let (pre, post) = hooks_of(operation);
            let after = post.filter(|_| pre.is_none());
            for (name, before) in [(pre, true), (after, false)] {
                let Some(name) = name else { continue };
                let of = format!("`{}`", operation.name);
                match hooks.iter_mut().find(|hook| hook.name == *name) {
                    Some(hook) => hook.of.push(of),
                    None => hooks.push(Hook {
                        name: name.to_owned(),
                        place: operation.place,
                        before,
                        of: vec![of],
                    }),
                }
            }
        }
        hooks
    }

    /// Rejects operations and hooks whose methods have the same name.
    fn check_hooks(&self) -> Result<(), EmitError> {
        let mut top = Top::default();
        for call in &self.messages.calls {
            let operation = self.family.operation(call.op);
            let (name, place) = (&operation.name, operation.place);
            if call.doit.is_some() {
                top.take(&snake(name), format!("the do of `{name}`"), place)?;
            }
            if call.dumpit.is_some() {
                let what = format!("the dump of `{name}`");
                top.take(&dump_method(name), what.clone(), place)?;
                top.take(&start_method(name), what.clone(), place)?;
                top.take(&cursor(name), what, place)?;
            }
        }
        for hook in self.hooks() {
            let what = format!("the hook `{}`", hook.name);
            top.take(&snake(&hook.name), what.clone(), hook.place)?;
            if hook.before {
                top.take(&hook.value(), what, hook.place)?;
            }
        }
        Ok(())
    }

    fn hook_methods(&self, out: &mut Writer) {
        for hook in self.hooks() {
            let of = prose::listed(&hook.of);
            let text = match hook.before {
                true => format!(
                    "Called before {of}. An error cancels the operation. The value is dropped after \
                     the reply was sent."
                ),
                false => format!("Called after {of}."),
            };
            doc(out, &text, "");
            out.line(hook.signature("") + ";");
            out.blank();
        }
    }

    fn family_static(&self, out: &mut Writer) {
        doc(out, "The family. The module registers it.", "");
        let options = self.options();
        let has_operations = !self.messages.calls.is_empty();
        let new = match (has_operations, options.is_empty()) {
            (false, _) => "const_new_events",
            (true, true) => "const_new",
            (true, false) => "const_new_with",
        };
        out.line(format!("pub static FAMILY: Family = Family::{new}("));
        out.line("kernel::module::this_module::<crate::LocalModule>(),");
        out.line("FAMILY_NAME.to_bytes_with_nul(),");
        out.line("FAMILY_VERSION as u32,");
        if has_operations {
            out.line("OPS,");
        }
        let groups = if self.family.groups.is_empty() {
            "&[]"
        } else {
            "&GROUPS"
        };
        out.line(format!("{groups},"));
        if has_operations && !options.is_empty() {
            out.line(format!("FamilyOptions::new(){options},"));
        }
        out.line(");");
        out.blank();
    }

    /// Returns the calls that set the options of the family.
    fn options(&self) -> String {
        let header = self.header();
        let header = header.map(|id| format!(".user_header::<{}>()", self.header_type(id)));
        // The core reports the family's policy only by its length.
        let global = self.messages.requests.iter().find(|one| one.is_global);
        let numbers =
            global.and_then(|one| one.attributes(self.family).map(|one| one.number).max());
        let max = numbers.map(|max| format!(".max_attr({max})"));
        let options = &self.family.options;
        let start = options.resv_start_op;
        let start = start.map(|command| format!(".resv_start_op({command})"));
        let serial = options.serial.then(|| ".serial()".to_owned());
        let initial = options.initial_netns_only;
        let initial = initial.then(|| ".initial_netns_only()".to_owned());
        let all = header.into_iter().chain(max).chain(start);
        all.chain(serial).chain(initial).collect()
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
        let mut calls: Vec<_> = self.messages.calls.iter().collect();
        calls.sort_by_key(|call| self.family.operation(call.op).request);
        self.table_macro(out, "operations!", |out| {
            block(out, format!("static OPS: {} =", self.state), |out| {
                for call in calls {
                    for (half, which) in [(&call.doit, "do"), (&call.dumpit, "dump")] {
                        if let Some(half) = half {
                            self.condition(out, call.op);
                            self.callback_line(out, call.op, half, which);
                        }
                    }
                }
            });
        });
    }

    /// Writes a callback, with its details on further lines if they do not fit.
    fn callback_line(&self, out: &mut Writer, op: OpId, half: &Half, which: &str) {
        let operation = self.family.operation(op);
        let is_dump = which == "dump";
        let method = match is_dump {
            true => dump_method(&operation.name),
            false => snake(&operation.name),
        };
        let name = self.callback(op, which);
        let (request, command) = (self.request_name(half), camel(&operation.name));
        let start = format!("{name}: {which} {method}({request}) = {command}");
        let details = self.callback_details(operation, half, is_dump);
        let line = format!("{start}{details};");
        match out.indent_width() + line.len() <= WIDTH || details.is_empty() {
            true => out.line(line),
            false => {
                out.line(format!("{start},"));
                let details = details.trim_start_matches(", ");
                out.line(format!("{STEP}{details};"));
            }
        }
    }

    fn callback_details(&self, operation: &Operation, half: &Half, is_dump: bool) -> String {
        let mut details = String::new();
        match self.policy(half.request) {
            Some(policy) => details += &format!(", policy {policy}.as_slice()"),
            None if is_dump && self.is_unchecked_dump(operation) => {
                details += ", policy Policy::ANYTHING";
            }
            None => {}
        }
        match operation.permission {
            Permission::Anyone => {}
            Permission::Admin => details += ", permission Admin",
            Permission::NetnsAdmin => details += ", permission NetnsAdmin",
        }
        if !self.is_strict(operation, is_dump) {
            details += ", strict false";
        }
        if is_dump {
            let name = &operation.name;
            details += &format!(", cursor {} from {}", cursor(name), start_method(name));
            return details;
        }
        match hooks_of(operation) {
            (Some(pre), _) => details += &format!(", pre {}", snake(pre)),
            (None, Some(post)) => details += &format!(", post {}", snake(post)),
            (None, None) => {}
        }
        details
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
}

/// Returns the name of the method for a dump.
fn dump_method(operation: &str) -> String {
    snake(&format!("{operation}-dump"))
}

/// Returns the name of the method that starts a dump.
fn start_method(operation: &str) -> String {
    snake(&format!("{operation}-start"))
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
                "fn {name}<'s, 'a>(self: Pin<&'s Self>, {unused}info: Info<'a>) \
                 -> Result<Self::{}<'s>, ExtAckError<'a>>",
                self.value()
            ),
            false => format!("fn {name}(self: Pin<&Self>, {unused}info: Info<'_>)"),
        }
    }

    /// Returns the name of the associated type for its value.
    pub(super) fn value(&self) -> String {
        camel(&self.name)
    }
}

/// Returns the hooks before and after the `do` of an operation.
fn hooks_of(operation: &Operation) -> (Option<&str>, Option<&str>) {
    match exchanges(operation).find(|(_, dump)| !dump) {
        Some((exchange, _)) => (exchange.pre.as_deref(), exchange.post.as_deref()),
        None => (None, None),
    }
}
