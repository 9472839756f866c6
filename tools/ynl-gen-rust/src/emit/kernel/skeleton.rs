// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes a first implementation: an empty state, and operations that return an error.

use super::super::rust::block;
use super::super::writer::Writer;
use super::super::{EmitError, rustfmt, tables_module_name};
use super::operations::cursor;
use super::{Side, has_word};
use crate::model::Family;

/// Imports from `crate::genl`, in the order of rustfmt.
const GENL: [&str; 5] = ["Dump", "ExtAckError", "Info", "PerNet", "WeakNet"];

/// Writes the implementation for the output of `--kernel`. `origin` is the name of the spec.
///
/// # Errors
///
/// The kernel side does not support a feature of the spec, or rustfmt fails.
pub fn skeleton(family: &Family, origin: &str) -> Result<String, EmitError> {
    let side = Side::new(family)?;
    let mut body = Writer::default();
    side.state_type(&mut body);
    side.empty_operations(&mut body);
    let body = body.finish();

    let mut out = Writer::default();
    out.line("// SPDX-License-Identifier: GPL-2.0");
    out.blank();
    out.line(format!(
        "//! The operations of the family `{}`.",
        family.name
    ));
    out.line("//!");
    out.line(format!(
        "//! Created from {origin} by `ynl-gen-rust --skeleton`, once. Edit it."
    ));
    out.blank();
    side.imports_of_skeleton(&mut out, &body);
    rustfmt(out.finish() + &body, "2021")
}

impl Side<'_> {
    fn state_type(&self, out: &mut Writer) {
        if self.messages.calls.is_empty() {
            return;
        }
        let state = &self.state;
        out.line("/// The family's state in a network namespace: empty so far.");
        out.line(format!("pub struct {state};"));
        out.blank();
        block(out, format!("impl PerNet for {state}"), |out| {
            block(
                out,
                "fn new(_net: WeakNet) -> impl PinInit<Self, Error>",
                |out| out.line("Ok(Self)"),
            );
        });
        out.blank();
    }

    fn empty_operations(&self, out: &mut Writer) {
        if self.messages.calls.is_empty() {
            return;
        }
        block(out, format!("impl Operations for {}", self.state), |out| {
            let dumps = self
                .messages
                .calls
                .iter()
                .filter(|call| call.dumpit.is_some());
            for call in dumps {
                let cursor = cursor(&self.family.operation(call.op).name);
                out.line(format!("type {cursor} = u32;"));
                out.blank();
            }
            for hook in self.hooks().iter().filter(|hook| hook.before) {
                out.line(format!("type {}<'s> = ();", hook.value()));
                out.blank();
            }
            for call in &self.messages.calls {
                if let Some(doit) = &call.doit {
                    rejecting(out, &self.do_signature(call.op, doit, "_"));
                }
                if let Some(dumpit) = &call.dumpit {
                    if self.is_started_by_author(call.op) {
                        let start = self.start_signature(call.op, dumpit, "_");
                        method(out, &start, "Ok(0)");
                    }
                    rejecting(out, &self.dump_signature(call.op, dumpit, "_"));
                }
            }
            for hook in self.hooks() {
                let nothing = if hook.before { "Ok(())" } else { "" };
                method(out, &hook.signature("_"), nothing);
            }
        });
    }

    fn imports_of_skeleton(&self, out: &mut Writer, body: &str) {
        if self.messages.calls.is_empty() {
            return;
        }
        let genl: Vec<_> = GENL
            .into_iter()
            .filter(|name| has_word(body, name))
            .collect();
        let messages = &self.messages;
        let mut types = vec!["Operations".to_owned()];
        types.extend(messages.requests.iter().map(|request| request.name()));
        types.extend(messages.replies.iter().map(|reply| reply.name.clone()));
        types.retain(|name| has_word(body, name));
        types.sort();

        block(out, "use crate::", |out| {
            names(out, "genl", &genl);
            out.line(",");
            let protocol = tables_module_name(self.family);
            names(out, &protocol, &types);
            out.line(",");
        });
        out.line(";");
        out.line("use kernel::prelude::*;");
        out.blank();
    }
}

/// Writes `module::{...}`.
fn names(out: &mut Writer, module: &str, names: &[impl AsRef<str>]) {
    block(out, format!("{module}::"), |out| {
        for (index, name) in names.iter().enumerate() {
            let end = if index + 1 == names.len() { " //" } else { "" };
            out.line(format!("{},{end}", name.as_ref()));
        }
    });
}

/// Writes a method that returns an error.
fn rejecting(out: &mut Writer, signature: &str) {
    method(out, signature, "Err(EOPNOTSUPP.into())");
}

fn method(out: &mut Writer, signature: &str, body: &str) {
    block(out, signature, |out| out.line(body));
    out.blank();
}
