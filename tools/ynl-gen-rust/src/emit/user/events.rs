// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the enum of events and notifications.

use super::super::EmitError;
use super::super::messages::Use;
use super::super::naming::camel;
use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::Side;
use crate::model::OpId;

/// A variant of the enum.
struct Variant {
    op: OpId,
    variant: String,
    /// The index of its message in the replies, and the type.
    reply: usize,
    message: String,
}

impl Side<'_> {
    /// Writes the enum of events and notifications, with its decoder.
    pub(super) fn events(&self, out: &mut Writer) -> Result<(), EmitError> {
        let all = self.variants();
        if all.is_empty() {
            return Ok(());
        }
        let name = &self.names.event;
        doc(out, "An event or a notification of the family.", "");
        out.line("#[derive(Clone, Copy, Debug)]");
        out.line("#[non_exhaustive]");
        if self.is_uneven(&all) {
            out.line("#[allow(clippy::large_enum_variant)] // short-lived, decoded in place");
        }
        block(out, format!("pub enum {name}<'a>"), |out| {
            for one in &all {
                let operation = self.family.operation(one.op);
                doc(out, &operation.doc, &format!("`{}`.", operation.name));
                out.line(format!("{}({}<'a>),", one.variant, one.message));
            }
        });
        out.blank();
        block(
            out,
            format!("impl<'a> DecodeEvent<'a> for {name}<'a>"),
            |out| {
                let signature =
                    "fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError>";
                block(out, signature, |out| {
                    out.line("Ok(Some(match command {");
                    for one in &all {
                        let number = self.family.operation(one.op).reply.unwrap_or_default();
                        let (variant, message) = (&one.variant, &one.message);
                        out.line(format!(
                            "{number} => Self::{variant}({message}::decode(attrs)?),"
                        ));
                    }
                    out.line("_ => return Ok(None),");
                    out.line("}))");
                });
            },
        );
        out.blank();
        Ok(())
    }

    /// Returns events and notifications in the order of the spec. If several have the same number,
    /// as in legacy families, the first one counts.
    fn variants(&self) -> Vec<Variant> {
        let mut all = Vec::new();
        for (index, reply) in self.messages.replies.iter().enumerate() {
            for used in &reply.uses {
                let op = match used {
                    Use::Event(_) => reply.op,
                    Use::Notification(op, _) => *op,
                    Use::Reply | Use::Item => continue,
                };
                all.push(Variant {
                    op,
                    variant: camel(&self.family.operation(op).name),
                    reply: index,
                    message: self.names.replies[index].clone(),
                });
            }
        }
        all.sort_by_key(|one| one.op);
        let mut numbers = Vec::new();
        all.retain(|one| {
            let number = self.family.operation(one.op).reply;
            let is_new = !numbers.contains(&number);
            numbers.push(number);
            is_new
        });
        all
    }

    /// Returns whether clippy would report the difference between the two largest messages.
    fn is_uneven(&self, all: &[Variant]) -> bool {
        /// Clippy's limit is 200. The sizes are estimates.
        const MUCH: usize = 150;
        let mut sizes: Vec<_> = all.iter().map(|one| self.size(one)).collect();
        sizes.sort_unstable();
        matches!(sizes.as_slice(), [.., next, largest] if largest - next > MUCH)
    }

    /// Returns an estimate of a message's size in memory.
    fn size(&self, variant: &Variant) -> usize {
        let reply = &self.messages.replies[variant.reply];
        let Some(set) = self.family.operation(reply.op).set else {
            return 0;
        };
        let attributes = reply.attributes(self.family);
        attributes
            .map(|one| self.nests.field_size(self.family, set, one))
            .fold(0, usize::saturating_add)
    }
}
