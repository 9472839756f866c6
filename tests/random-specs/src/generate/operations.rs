// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates operations, notifications and events.

use super::{For, Generator};
use crate::docs;
use crate::names::Scope;
use serde_json::{Map, Value, json};

impl Generator {
    pub(super) fn operations(&mut self) -> Value {
        let mut operations = Map::new();
        let mut directional = false;
        if self.is_legacy() {
            if self.chance(3) {
                directional = true;
                operations.insert("enum-model".into(), "directional".into());
            }
            if self.chance(4) && !self.structs.is_empty() {
                operations.insert("fixed-header".into(), self.any_struct());
            }
        }
        if self.chance(6) {
            operations.insert("name-prefix".into(), "other-cmd-".into());
        }
        if self.chance(6) {
            operations.insert("async-prefix".into(), "other-ntf-".into());
        }
        if self.chance(6) {
            operations.insert("enum-name".into(), "other-commands".into());
        }
        if self.chance(6) {
            operations.insert("async-enum".into(), "other-messages".into());
        }
        let mut scope = Scope::default();
        let count = self.random.usize(1..8);
        let mut list = Vec::new();
        // Operations with a reply.
        let mut replying = Vec::new();
        let mut next = 1;
        for _ in 0..count {
            let mut operation = Map::new();
            let name = self.name(&mut scope);
            operation.insert("name".into(), name.clone().into());
            operation.insert("doc".into(), docs::doc(&mut self.random).into());
            if !directional && self.chance(10) {
                next += self.pick(&[1, 5, 20]);
                operation.insert("value".into(), next.into());
            }
            next += 1;
            match self.random.u32(..12) {
                0..8 => {
                    if self.call(&mut operation) {
                        replying.push(name);
                    }
                }
                8 | 9 if !replying.is_empty() && self.can_announce() => {
                    let of = self.random.usize(..replying.len());
                    operation.insert("notify".into(), replying[of].clone().into());
                    self.group(&mut operation);
                }
                11 if !directional => {}
                _ if self.can_announce() => {
                    let set = self.own_set(&mut operation);
                    operation.insert("event".into(), self.message(set));
                    self.group(&mut operation);
                }
                _ => {
                    if self.call(&mut operation) {
                        replying.push(name);
                    }
                }
            }
            list.push(operation.into());
        }
        operations.insert("list".into(), Value::Array(list));
        operations.into()
    }

    /// Returns whether the family may have events: the kernel side rejects events without a group.
    fn can_announce(&self) -> bool {
        self.side == For::User || !self.groups.is_empty()
    }

    fn any_struct(&mut self) -> Value {
        let one = self.random.usize(..self.structs.len());
        self.structs[one].clone().into()
    }

    fn group(&mut self, operation: &mut Map<String, Value>) {
        if !self.groups.is_empty() && !self.chance(4) {
            let group = self.random.usize(..self.groups.len());
            operation.insert("mcgrp".into(), self.groups[group].clone().into());
        }
    }

    fn own_set(&mut self, operation: &mut Map<String, Value>) -> Option<usize> {
        if self.chance(10) {
            return None;
        }
        let set = self.random.usize(..self.sets.len());
        operation.insert("attribute-set".into(), self.set_names[set].clone().into());
        Some(set)
    }

    /// Adds a do, a dump or both. Returns whether the operation has a reply.
    fn call(&mut self, operation: &mut Map<String, Value>) -> bool {
        let set = self.own_set(operation);
        if self.chance(4) {
            let flag = self.pick(&["admin-perm", "uns-admin-perm"]);
            operation.insert("flags".into(), json!([flag]));
        }
        if self.chance(8) {
            let condition = self.pick(&["any", "some-thing", "type", "2nd"]);
            operation.insert("config-cond".into(), condition.into());
        }
        if self.side == For::User && self.chance(8) {
            let one = self.pick(&["strict", "dump", "dump-strict"]);
            operation.insert("dont-validate".into(), json!([one]));
        }
        if self.is_legacy() && self.chance(8) && !self.structs.is_empty() {
            operation.insert("fixed-header".into(), self.any_struct());
        }
        let mut replies = false;
        let which = self.random.u32(..4);
        if which != 0 {
            let exchange = self.exchange(set);
            replies |= exchange.get("reply").is_some();
            operation.insert("do".into(), exchange);
        }
        if which == 0 || which == 3 {
            let exchange = self.exchange(set);
            replies |= exchange.get("reply").is_some();
            operation.insert("dump".into(), exchange);
        }
        replies
    }

    fn exchange(&mut self, set: Option<usize>) -> Value {
        let mut exchange = Map::new();
        if !self.chance(6) {
            exchange.insert("request".into(), self.message(set));
        }
        if !self.chance(4) {
            exchange.insert("reply".into(), self.message(set));
        }
        if self.chance(8) {
            let hook = self.pick(&["lock", "type", "greet-pre-doit", "new", "drop"]);
            exchange.insert("pre".into(), hook.into());
        }
        if self.chance(8) {
            let hook = self.pick(&["unlock", "move", "greet-post-doit", "clone"]);
            exchange.insert("post".into(), hook.into());
        }
        exchange.into()
    }

    fn message(&mut self, set: Option<usize>) -> Value {
        let mut names = Vec::new();
        if let Some(set) = set {
            let all = self.sets[set].clone();
            let most = self.chance(3);
            for attribute in all.into_iter().filter(|attribute| attribute.in_use) {
                if most || self.random.bool() {
                    names.push(attribute.name);
                }
            }
            if self.chance(6) {
                self.random.shuffle(&mut names);
            }
        }
        match names.is_empty() && self.random.bool() {
            true => json!({}),
            false => json!({ "attributes": names }),
        }
    }
}
