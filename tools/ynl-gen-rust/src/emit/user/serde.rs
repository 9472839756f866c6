// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes serde attributes, which give serialized messages the names of the spec.

use super::super::writer::Writer;
use super::Side;
use super::fields::Field;

impl Side<'_> {
    /// Writes the attribute of a struct.
    pub(super) fn rename_all(&self, out: &mut Writer) {
        if self.options.serde {
            out.line("#[serde(rename_all = \"kebab-case\")]");
        }
    }

    /// Writes the attribute of a field with another name in the spec, a condition to skip it, or a
    /// function of `genl::serialize`.
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
            parts.push(format!(
                "serialize_with = \"{genl}::codegen::serialize::{with}\""
            ));
        }
        if !parts.is_empty() {
            out.line(format!("#[serde({})]", parts.join(", ")));
        }
    }
}

impl Field<'_> {
    /// Returns the condition to skip the field.
    pub(super) fn skip(&self) -> &'static str {
        match self.kind.split('<').next() {
            Some("bool") => "std::ops::Not::not",
            Some("MultiAttr") => "MultiAttr::is_empty",
            Some("TypeValue") => "TypeValue::is_empty",
            _ => "Option::is_none",
        }
    }

    /// Returns the function of `genl::serialize` for the field, if it needs one.
    pub(super) fn serialize_with(&self) -> Option<&'static str> {
        let description = self.attribute.kind.describe();
        description.user_serializer(self.attribute, &self.kind)
    }
}
