// SPDX-License-Identifier: MIT OR Apache-2.0

//! The nesting of attribute sets.

use super::types::*;

/// The attribute sets of a family, by their nests.
#[derive(Debug)]
pub struct Nesting {
    order: Vec<SetId>,
    components: Vec<usize>,
}

impl Nesting {
    /// Computes the strongly connected components by Kosaraju's algorithm.
    pub fn of(family: &Family) -> Self {
        let mut nested = vec![Vec::new(); family.sets.len()];
        let mut nesting = nested.clone();
        for (outer, set) in family.sets.iter().enumerate() {
            for inner in set.attributes.iter().filter_map(Attribute::nested_set) {
                nested[outer].push(inner.0);
                nesting[inner.0].push(outer);
            }
        }
        let mut seen = vec![false; nested.len()];
        let mut order = Vec::new();
        for set in 0..nested.len() {
            finish(set, &nested, &mut seen, &mut order);
        }
        let mut components = vec![0; nested.len()];
        let mut seen = vec![false; nested.len()];
        for &first in order.iter().rev() {
            let mut component = Vec::new();
            finish(first, &nesting, &mut seen, &mut component);
            component
                .into_iter()
                .for_each(|set| components[set] = first);
        }
        Self {
            order: order.into_iter().map(SetId).collect(),
            components,
        }
    }

    /// Returns all sets, each after the sets that it nests. Sets that nest each other have any
    /// order.
    pub fn inner_first(&self) -> impl Iterator<Item = SetId> {
        self.order.iter().copied()
    }

    /// Returns the number of a group of sets that nest each other at some depth.
    pub fn component(&self, set: SetId) -> usize {
        self.components[set.0]
    }

    /// Returns whether `inner`, a nest in `outer`, can contain `outer` again at any depth.
    pub fn is_recursive(&self, outer: SetId, inner: SetId) -> bool {
        self.components[outer.0] == self.components[inner.0]
    }
}

/// Adds the unseen nodes that are reachable from `start` to `order`, each after its successors.
fn finish(start: usize, edges: &[Vec<usize>], seen: &mut [bool], order: &mut Vec<usize>) {
    let mut path = Vec::new();
    if !std::mem::replace(&mut seen[start], true) {
        path.push((start, 0));
    }
    while let Some((set, next)) = path.last_mut() {
        match edges[*set].get(*next) {
            Some(&inner) => {
                *next += 1;
                if !std::mem::replace(&mut seen[inner], true) {
                    path.push((inner, 0));
                }
            }
            None => {
                order.push(*set);
                path.pop();
            }
        }
    }
}
