// SPDX-License-Identifier: MIT OR Apache-2.0

//! Properties of nests: whether messages decode them at once or on demand, and whether they borrow.

use super::{At, Side};
use crate::model::{Attribute, Family, Nesting, SetId};

/// Maximum size of a nest in memory, as an estimate. rustc rejects larger types.
const MUCH: usize = 1 << 16;

/// Maximum depth of nests that are decoded at once. Deeper types exceed rustc's recursion limit.
const DEEP: usize = 24;

/// Properties of the nests of each set.
#[derive(Debug)]
pub(in crate::emit) struct Nests {
    nesting: Nesting,
    /// Estimated size in memory, and depth.
    sizes: Vec<(usize, usize)>,
    /// Whether it borrows.
    borrows: Vec<bool>,
}

impl Nests {
    pub(super) fn of(family: &Family) -> Self {
        let mut me = Self {
            nesting: Nesting::of(family),
            sizes: vec![(0, 0); family.sets.len()],
            borrows: vec![false; family.sets.len()],
        };
        for id in me.nesting.inner_first().collect::<Vec<_>>() {
            let attributes = &family.set(id).attributes;
            let sizes = attributes.iter().map(|one| me.field_size(family, id, one));
            let size = sizes.fold(0, usize::saturating_add);
            let held = attributes.iter().filter_map(|one| me.held(id, one));
            let depth = held.map(|inner| me.sizes[inner.0].1 + 1).max();
            me.sizes[id.0] = (size, depth.unwrap_or_default());
        }
        me
    }

    /// Returns whether `outer` decodes nests of `inner` on demand: because they are recursive or
    /// too large.
    pub(super) fn is_lazy(&self, outer: SetId, inner: SetId) -> bool {
        let (size, depth) = self.sizes[inner.0];
        self.nesting.is_recursive(outer, inner) || size > MUCH || depth >= DEEP
    }

    /// Returns the set of the nest that an attribute of `set` decodes at once.
    fn held(&self, set: SetId, attribute: &Attribute) -> Option<SetId> {
        let inner = attribute.nested_set()?;
        let is_direct = attribute.kind.item().is_none() && !attribute.multi;
        (is_direct && !self.is_lazy(set, inner)).then_some(inner)
    }

    /// Returns an estimate of a field's size in memory.
    pub(super) fn field_size(&self, family: &Family, set: SetId, attribute: &Attribute) -> usize {
        match attribute.multi {
            true => 40,
            false => attribute.kind.describe().user_size(family, self, set),
        }
    }

    /// Returns an estimate of the size of a nest of `inner` in `outer`, beyond its field.
    pub(in crate::emit) fn size_in(&self, outer: SetId, inner: SetId) -> usize {
        match self.is_lazy(outer, inner) {
            true => 0,
            false => self.sizes[inner.0].0,
        }
    }

    /// Returns whether a nest borrows.
    pub(super) fn borrows(&self, set: SetId) -> bool {
        self.borrows[set.0]
    }
}

impl Side<'_> {
    /// Finds the nests that borrow, once it is known which are decoded.
    pub(super) fn find_references(&mut self) {
        for set in self.nests.nesting.inner_first().collect::<Vec<_>>() {
            let is_decoded = self.decoded.contains(&set);
            self.nests.borrows[set.0] =
                is_decoded || self.in_use(set).any(|one| self.refers(set, one));
        }
    }

    fn refers(&self, set: SetId, attribute: &Attribute) -> bool {
        if attribute.multi || attribute.kind.item().is_some() {
            return true;
        }
        if attribute.nested_set().is_some() {
            let held = self.nests.held(set, attribute);
            return held.is_none_or(|inner| self.nests.borrows(inner));
        }
        let hint = attribute.hint;
        let value = attribute
            .kind
            .describe()
            .user_value(self, &At { set, hint });
        value.is_some_and(|value| value.kind.contains("'a"))
    }
}
