// SPDX-License-Identifier: MIT OR Apache-2.0

//! `nest-type-value`: an item in nests with one attribute each, whose number is a value.

use super::AttributeType;
use crate::emit::doc::codes;
use crate::emit::kernel;
use crate::emit::naming::{snake, unless_taken};
use crate::emit::syzkaller;
use crate::emit::user::{self, FieldCode, FieldPlace, Nests};
use crate::emit::wireshark::{Entries, of, quoted};
use crate::model::{DisplayHint, Family, Kind, Meaning, SetId};

/// A `nest-type-value`.
pub(super) struct TypeValue<'a> {
    pub(super) levels: &'a [String],
    pub(super) item: &'a Kind,
}

impl AttributeType for TypeValue<'_> {
    fn page(&self, family: &Family) -> String {
        let levels = codes(self.levels.iter().map(String::as_str));
        format!(
            "nest by {levels} of {}",
            self.item.describe().page_item(family)
        )
    }

    fn dissector(&self, family: &Family, hint: Option<DisplayHint>) -> Entries {
        let levels: Vec<_> = self.levels.iter().map(|level| quoted(level)).collect();
        let mut entries = of("levels", &self.item.describe().dissector(family, hint));
        entries.push(("levels", format!("{{ {} }}", levels.join(", "))));
        entries
    }

    fn syzlang(
        &self,
        description: &mut syzkaller::Description<'_>,
        number: u16,
        within: Option<SetId>,
    ) -> String {
        let item = self.item.describe().syzlang(description, 0, within);
        let above = self.levels.len().saturating_sub(1);
        let (open, close) = ("nlnest[0, array[".repeat(above), "]]".repeat(above));
        format!("nlnest[{number}, array[{open}{item}{close}]]")
    }

    fn kernel_type(&self, side: &kernel::Side<'_>, at: &kernel::At<'_>) -> Option<String> {
        let key = |level: &String| unless_taken(snake(level), &["write", "value"]);
        let keys: Vec<_> = self.levels.iter().map(key).collect();
        match (self.item, keys.as_slice()) {
            _ if at.is_read => None,
            (Kind::Nest(set), keys) => {
                let nest = side.nest_type(*set);
                Some(format!("levels({}; {nest})", keys.join(", ")))
            }
            (Kind::Int(int), [key]) if int.meaning == Meaning::Number && !int.is_swapped() => {
                Some(format!("level({key}; {})", int.kind.name()))
            }
            _ => None,
        }
    }

    fn user_kind(&self, side: &user::Side<'_>, _hint: Option<DisplayHint>) -> String {
        let item = self.item.describe().user_kind(side, None);
        self.levels
            .iter()
            .fold(item, |kind, _| format!("Kind::Array(&{kind})"))
    }

    fn user_field(&self, side: &user::Side<'_>, to: &FieldPlace<'_>) -> Option<FieldCode> {
        let at = user::At {
            set: to.set,
            hint: None,
        };
        let value = self.item.describe().user_value(side, &at)?;
        // Names of other variables in the code below.
        let key = |level: &String| unless_taken(snake(level), &["to", "value"]);
        let keys: Vec<_> = self.levels.iter().map(key).collect();
        let mut write = value.write(keys.last().map_or(to.number, String::as_str));
        let outer = keys.iter().rev().skip(1).map(String::as_str);
        for key in outer.chain([to.number]) {
            let body = write.trim_end_matches(';');
            write = format!("to.nest({key}, |to| {body});");
        }
        let kind = format!("TypeValue<'a, {}, {}>", self.levels.len(), value.kind);
        let (keys, name) = (keys.join(", "), to.name);
        Some(to.collection(
            kind,
            format!("for ([{keys}], value) in self.{name} {{ {write} }}"),
        ))
    }

    fn user_size(&self, _family: &Family, _nests: &Nests, _set: SetId) -> usize {
        40
    }
}
