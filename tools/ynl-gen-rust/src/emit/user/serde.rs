// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attributes for serde, so that what is serialised has the names of the spec.

use super::super::writer::Writer;
use super::Side;
use super::fields::Field;
use crate::model::{Binary, Content, DisplayHint, Item, Kind};

impl Side<'_> {
    /// Writes what stands before a struct.
    pub(super) fn rename_all(&self, out: &mut Writer) {
        if self.options.serde {
            out.line("#[serde(rename_all = \"kebab-case\")]");
        }
    }

    /// Writes what stands before a field with a name in Rust and one in the spec: when it is left
    /// out, and the function of `genl::serialize` that serialises it.
    pub(super) fn serde_field(
        &self,
        out: &mut Writer,
        rust: &str,
        spec: &str,
        skip: Option<&str>,
        with: Option<&str>,
    ) {
        if !self.options.serde {
            return;
        }
        let mut parts = Vec::new();
        if rust.trim_start_matches("r#").replace('_', "-") != spec {
            parts.push(format!("rename = \"{spec}\""));
        }
        if let Some(skip) = skip {
            parts.push(format!("skip_serializing_if = \"{skip}\""));
        }
        if let Some(with) = with {
            let genl = self.options.genl;
            parts.push(format!("serialize_with = \"{genl}::serialize::{with}\""));
        }
        if !parts.is_empty() {
            out.line(format!("#[serde({})]", parts.join(", ")));
        }
    }
}

impl Field<'_> {
    /// When it is left out.
    pub(super) fn skip(&self) -> &'static str {
        match self.kind.split('<').next() {
            Some("bool") => "std::ops::Not::not",
            Some("MultiAttr") => "MultiAttr::is_empty",
            Some("TypeValue") => "TypeValue::is_empty",
            _ => "Option::is_none",
        }
    }

    /// The function of `genl::serialize` that serialises it, if it is no method of its own.
    pub(super) fn serialize_with(&self) -> Option<&'static str> {
        match &self.attribute.kind {
            Kind::Binary(binary) if is_bytes(binary, &self.kind) => {
                Some(match self.attribute.hint {
                    _ if self.attribute.multi => "many_bytes",
                    Some(DisplayHint::Mac | DisplayHint::Fddi) => "mac",
                    Some(DisplayHint::Uuid) => "uuid",
                    Some(DisplayHint::Hex) => "spaced",
                    _ => "bytes",
                })
            }
            Kind::Array(Item::Nest(_)) => Some("indexed"),
            Kind::Array(Item::Binary(_)) => Some("array_of_bytes"),
            _ => None,
        }
    }
}

/// Whether bytes are bytes in Rust too.
fn is_bytes(binary: &Binary, kind: &str) -> bool {
    matches!(binary.content, Content::Bytes) && kind.contains("[u8]")
}
