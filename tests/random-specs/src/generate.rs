// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates random specs. Most are valid; the compiler rejects the others.

mod attributes;
mod definitions;
mod operations;

use crate::docs;
use crate::names::{Scope, pick};
use attributes::Listed;
use definitions::{Constant, Enumeration};
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// The output that a spec is generated for, which determines the frequency of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Rust for programs, and C.
    User,
    /// Rust for the kernel.
    Kernel,
}

/// Generates one spec.
pub fn generate(seed: u64, side: For) -> Value {
    let mut random = Rng::with_seed(seed);
    let protocol = match (side, random.u32(..10)) {
        (For::Kernel, _) | (_, 0..5) => "genetlink",
        (_, 5) => "genetlink-c",
        _ => "genetlink-legacy",
    };
    let generator = Generator {
        random,
        side,
        protocol,
        constants: Vec::new(),
        enumerations: Vec::new(),
        structs: Vec::new(),
        set_names: Vec::new(),
        sets: Vec::new(),
        groups: Vec::new(),
    };
    generator.spec()
}

struct Generator {
    random: Rng,
    side: For,
    protocol: &'static str,
    constants: Vec<Constant>,
    enumerations: Vec<Enumeration>,
    structs: Vec<String>,
    set_names: Vec<String>,
    /// Attributes of each set.
    sets: Vec<Vec<Listed>>,
    groups: Vec<String>,
}

impl Generator {
    fn spec(mut self) -> Value {
        let mut spec = Map::new();
        let name = self.short_name(&mut Scope::default());
        spec.insert("name".into(), name.into());
        spec.insert("doc".into(), docs::doc(&mut self.random).into());
        if self.protocol != "genetlink" || self.chance(4) {
            spec.insert("protocol".into(), self.protocol.into());
        }
        if self.is_old() {
            self.names_in_c(&mut spec);
        }
        let definitions = self.definitions();
        if !definitions.is_empty() || self.chance(2) {
            spec.insert("definitions".into(), definitions.into());
        }
        spec.insert("attribute-sets".into(), self.attribute_sets().into());
        let groups = self.groups();
        if !groups.is_empty() || self.chance(4) {
            spec.insert("mcast-groups".into(), json!({ "list": groups }));
        }
        spec.insert("operations".into(), self.operations());
        Value::Object(spec)
    }

    /// Returns whether names may use the characters of legacy specs.
    fn is_old(&self) -> bool {
        self.protocol != "genetlink"
    }

    fn is_legacy(&self) -> bool {
        self.protocol == "genetlink-legacy"
    }

    /// Returns true once in `n` times on average.
    fn chance(&mut self, n: u32) -> bool {
        self.random.u32(..n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        pick(&mut self.random, from)
    }

    /// Returns a name that is new in a scope.
    fn name(&mut self, scope: &mut Scope) -> String {
        let lenient = self.is_old();
        scope.name(&mut self.random, lenient)
    }

    /// Returns a name that the kernel allows for a family or group.
    fn short_name(&mut self, scope: &mut Scope) -> String {
        loop {
            let name = self.name(scope);
            if name.len() < 16 {
                return name;
            }
        }
    }

    /// Adds documentation to most things.
    fn document(&mut self, of: &mut Map<String, Value>) {
        if !self.chance(3) {
            of.insert("doc".into(), docs::doc(&mut self.random).into());
        }
    }

    /// Names in C headers that are older than their spec.
    fn names_in_c(&mut self, spec: &mut Map<String, Value>) {
        for key in ["c-family-name", "c-version-name"] {
            if self.chance(5) {
                let name = format!("old-{}", key.trim_start_matches("c-"));
                spec.insert(key.into(), name.into());
            }
        }
        for key in ["cmd-max-name", "cmd-cnt-name"] {
            if self.chance(5) {
                spec.insert(key.into(), format!("old-{key}").into());
            }
        }
        if self.chance(3) {
            spec.insert("max-by-define".into(), self.random.bool().into());
        }
        if self.chance(5) {
            let header = self.pick(&["linux/old.h", "linux/a/b-c.h", "old.h"]);
            spec.insert("uapi-header".into(), header.into());
        }
        if self.is_legacy() {
            if self.chance(2) {
                spec.insert("version".into(), self.random.u32(1..=255).into());
            }
            if self.chance(4) {
                let policy = self.pick(&["split", "per-op", "global"]);
                spec.insert("kernel-policy".into(), policy.into());
            }
        }
    }

    fn groups(&mut self) -> Vec<Value> {
        let mut scope = Scope::default();
        let mut list = Vec::new();
        for _ in 0..self.random.usize(..4) {
            let name = self.short_name(&mut scope);
            let mut group = Map::new();
            group.insert("name".into(), name.clone().into());
            if self.chance(4) {
                group.insert("flags".into(), json!(["uns-admin-perm"]));
            }
            if self.is_old() && self.chance(4) {
                let name = format!("old-{}-group", list.len());
                group.insert("c-define-name".into(), name.into());
            }
            self.groups.push(name);
            list.push(group.into());
        }
        list
    }
}

/// Returns a number as JSON, whose numbers are limited to 64 bits.
fn number(value: i128) -> Value {
    match (u64::try_from(value), i64::try_from(value)) {
        (Ok(value), _) => value.into(),
        (_, Ok(value)) => value.into(),
        _ => Value::Null,
    }
}
