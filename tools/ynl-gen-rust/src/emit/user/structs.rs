// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes C structs.

use super::super::EmitError;
use super::super::naming::snake;
use super::super::rust::{block, doc};
use super::super::writer::Writer;
use super::definitions::from_attr;
use super::fields::order;
use super::{Side, debug};
use crate::model::{DisplayHint, Family, Int, Meaning, Member, MemberKind, StructId, Widening};

/// Maximum length of arrays that implement `Default`.
const DEFAULT_MAX: usize = 32;

/// A struct member in Rust.
struct Written {
    name: String,
    kind: String,
    read: String,
    write: String,
    /// Whether its type implements `Default`.
    has_default: bool,
    /// The function of `genl::serialize` and of `genl::debug` for it, if it needs one.
    helper: Option<&'static str>,
}

impl Side<'_> {
    /// Writes a struct.
    pub(super) fn structure(&self, out: &mut Writer, id: StructId) -> Result<(), EmitError> {
        let structure = self.family.structure(id);
        let name = &self.names.structs[id.0];
        let mut members = Vec::new();
        for member in &structure.members {
            members.push((member, self.member(member)?));
        }
        let has_default = members.iter().all(|(_, written)| written.has_default);
        let otherwise = format!("The struct `{}`.", structure.name);
        doc(out, &structure.doc, &otherwise);
        let default = if has_default { ", Default" } else { "" };
        let serialize = if self.options.serde {
            ", Serialize"
        } else {
            ""
        };
        let is_shown = members.iter().all(|(_, written)| written.helper.is_none());
        let debug = if is_shown { ", Debug" } else { "" };
        out.line(format!(
            "#[derive(Clone, Copy{debug}{default}, PartialEq, Eq, Hash{serialize})]"
        ));
        self.rename_all(out);
        block(out, format!("pub struct {name}"), |out| {
            for (member, written) in &members {
                doc(out, &member.doc, &format!("`{}`.", member.name));
                self.serde_field(out, &written.name, &member.name, None, written.helper);
                out.line(format!("pub {}: {},", written.name, written.kind));
            }
        });
        out.blank();
        if !has_default {
            block(out, format!("impl Default for {name}"), |out| {
                doc(out, "Returns the struct with all bytes 0.", "");
                block(out, "fn default() -> Self", |out| {
                    out.line("Self::read(&mut Reader::new(&[]))");
                });
            });
            out.blank();
        }
        if !is_shown {
            self.show_members(out, name, &members);
        }
        block(out, format!("impl Struct for {name}"), |out| {
            out.line(format!(
                "const LEN: usize = {};",
                self.family.struct_len(id)
            ));
            out.blank();
            block(out, "fn read(from: &mut Reader<'_>) -> Self", |out| {
                block(out, "Self", |out| {
                    for (_, written) in &members {
                        out.line(format!("{}: {},", written.name, written.read));
                    }
                });
            });
            out.blank();
            block(out, "fn write(&self, to: &mut Vec<u8>)", |out| {
                for (_, written) in &members {
                    out.line(&written.write);
                }
            });
        });
        out.blank();
        if is_item(self.family, id) {
            from_attr(out, name, "attr.structure()");
        }
        Ok(())
    }

    /// Writes `Debug` for a struct with bytes, which may be a key.
    fn show_members(&self, out: &mut Writer, name: &str, members: &[(&Member, Written)]) {
        let genl = self.options.genl;
        debug(out, name, |out| {
            out.line(format!("f.debug_struct(\"{name}\")"));
            for (_, written) in members {
                let field = &written.name;
                let label = field.trim_start_matches("r#");
                out.line(match written.helper {
                    Some(helper) => {
                        format!(".field(\"{label}\", &{genl}::codegen::{helper}(&self.{field}))")
                    }
                    None => format!(".field(\"{label}\", &self.{field})"),
                });
            }
            out.line(".finish()");
        });
    }

    fn member(&self, member: &Member) -> Result<Written, EmitError> {
        let name = snake(&member.name);
        let (kind, read, write, has_default) = match &member.kind {
            // Only big-endian 32-bit numbers have this hint.
            MemberKind::Int(_) if member.hint == Some(DisplayHint::Ipv4) => {
                address(&name, "Ipv4Addr")
            }
            MemberKind::Int(int) => return self.member_int(member, name, int),
            MemberKind::Bytes(len) | MemberKind::Text(len) => match (member.hint, len) {
                (Some(DisplayHint::Ipv6), 16) => address(&name, "Ipv6Addr"),
                (Some(DisplayHint::Ipv4), 4) => address(&name, "Ipv4Addr"),
                (Some(DisplayHint::Mac), 6) => address(&name, "MacAddr"),
                _ => (
                    format!("[u8; {len}]"),
                    "from.take()".to_owned(),
                    format!("to.extend_from_slice(&self.{name});"),
                    *len <= DEFAULT_MAX,
                ),
            },
            MemberKind::Struct(id) => {
                let kind = self.names.structs[id.0].clone();
                let read = format!("{kind}::read(from)");
                (kind, read, format!("self.{name}.write(to);"), true)
            }
        };
        let helper = match (&member.kind, member.hint) {
            _ if !kind.starts_with('[') => None,
            (MemberKind::Text(_), _) => Some("text_member"),
            (_, Some(DisplayHint::Mac)) => Some("mac_member"),
            _ => Some("member"),
        };
        Ok(Written {
            name,
            kind,
            read,
            write,
            has_default,
            helper,
        })
    }

    fn member_int(&self, member: &Member, name: String, int: &Int) -> Result<Written, EmitError> {
        if self.widening(int) != Some(Widening::Same) {
            return Err(self.unsupported(
                member,
                "an enum in numbers of different types",
                "the type of the other attributes and members with this enum",
            ));
        }
        let order = order(int).unwrap_or("ne");
        let read = format!("{}::from_{order}_bytes(from.take())", int.kind.rust());
        let write = |value: String| format!("to.extend_from_slice(&{value}.to_{order}_bytes());");
        let (kind, read, value, has_default) = match int.meaning {
            Meaning::Number => (
                int.kind.rust().to_owned(),
                read,
                format!("self.{name}"),
                true,
            ),
            Meaning::Enum(id) => (
                self.names.enums[&id].clone(),
                format!("{read}.into()"),
                format!("{}::from(self.{name})", int.kind.rust()),
                false,
            ),
            Meaning::Flags(id) => (
                self.names.flags[&id].clone(),
                format!("{}::from_bits_retain({read})", self.names.flags[&id]),
                format!("self.{name}.bits()"),
                true,
            ),
        };
        Ok(Written {
            write: write(value),
            name,
            kind,
            read,
            has_default,
            helper: None,
        })
    }
}

/// Returns whether a message can contain several of a struct.
fn is_item(family: &Family, id: StructId) -> bool {
    let mut all = family.sets.iter().flat_map(|set| &set.attributes);
    all.any(|one| one.multi && one.kind.structure() == Some(id))
}

/// Returns a member that is an address.
fn address(name: &str, kind: &str) -> (String, String, String, bool) {
    let len = match kind {
        "MacAddr" => 6,
        "Ipv4Addr" => 4,
        _ => 16,
    };
    (
        kind.to_owned(),
        format!("{kind}::from(from.take::<{len}>())"),
        format!("to.extend_from_slice(&self.{name}.octets());"),
        kind == "MacAddr",
    )
}
