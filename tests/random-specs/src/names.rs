// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates names: ordinary ones, and names with a meaning in Rust, C or generated code.

use fastrand::Rng;
use std::collections::HashSet;

const ORDINARY: &[&str] = &[
    "address", "channel", "count", "depth", "device", "flow", "frame", "gate", "host", "ifindex",
    "key", "label", "link", "mode", "name", "packet", "path", "peer", "policer", "port", "prefix",
    "queue", "rate", "ring", "rule", "session", "speed", "state", "table", "timer", "token",
    "zone",
];

/// Keywords of Rust.
const RUST: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "where", "yield", "raw",
];

/// Keywords and macros of C.
const C: &[&str] = &[
    "auto", "bool", "case", "char", "default", "double", "float", "goto", "inline", "int", "linux",
    "long", "null", "register", "restrict", "short", "signed", "sizeof", "switch", "typedef",
    "unix", "unsigned", "void", "volatile",
];

/// Types, traits, functions, macros and modules in scope of all Rust code.
const PRELUDE: &[&str] = &[
    "alloc",
    "as-mut",
    "as-ref",
    "assert",
    "bit-u32",
    "build-assert",
    "c-str",
    "clone",
    "copy",
    "core",
    "debug",
    "default",
    "drop",
    "eq",
    "err",
    "error",
    "einval",
    "from",
    "fmt",
    "hash",
    "i32",
    "impl-flags",
    "into",
    "into-iterator",
    "iterator",
    "kernel",
    "module",
    "none",
    "ok",
    "option",
    "ord",
    "panic",
    "partial-eq",
    "pin",
    "pin-init",
    "prelude",
    "pr-info",
    "result",
    "send",
    "sized",
    "some",
    "std",
    "str",
    "string",
    "sync",
    "this-module",
    "to-owned",
    "to-string",
    "try-from",
    "try-into",
    "u8",
    "u32",
    "u64",
    "usize",
    "vec",
    "vtable",
    "zeroable",
    "kbox",
    "kvec",
    "static-assert",
];

/// Names in generated code and its libraries.
const GENERATED: &[&str] = &[
    "a",
    "add",
    "all",
    "all-bits",
    "announce",
    "array",
    "attr",
    "attr-size",
    "attr-stream",
    "attribute-info",
    "attributes",
    "attrs",
    "bad",
    "bind",
    "bitflags",
    "bits",
    "c",
    "cmd",
    "command",
    "contains",
    "count",
    "cursor",
    "decode",
    "do",
    "doit",
    "dump",
    "dumpit",
    "each",
    "empty",
    "encode",
    "encoder",
    "end",
    "event",
    "extack",
    "families",
    "family",
    "family-name",
    "family-version",
    "field",
    "flag",
    "flags",
    "flush",
    "from-attr",
    "genl",
    "genl-msg",
    "get",
    "group",
    "groups",
    "header",
    "index",
    "info",
    "insert",
    "into-iter",
    "item",
    "iter",
    "keyed",
    "kind",
    "len",
    "many",
    "mask",
    "max",
    "message",
    "min",
    "missing",
    "msg",
    "multicast-group",
    "nest",
    "nested",
    "net",
    "net-slot",
    "new",
    "nl",
    "not",
    "operation",
    "operations",
    "ops",
    "pad",
    "per-net",
    "permission",
    "policy",
    "policy-table",
    "put",
    "range",
    "refusal",
    "reply",
    "request",
    "send-to",
    "serialize",
    "set",
    "size",
    "split-op",
    "struct",
    "sub",
    "text",
    "to",
    "value",
    "with-size",
];

/// Suffixes that generated code adds to names.
const ENDINGS: &[&str] = &[
    "attr", "attrs", "const", "do", "dump", "event", "flag", "flags", "nest", "ntf", "reply",
    "request", "set", "item",
];

/// The names of one scope, which must be unique in Rust and in C.
#[derive(Debug, Default)]
pub(crate) struct Scope(HashSet<String>);

impl Scope {
    /// Returns a name that is new in the scope. `lenient` allows the characters of legacy specs.
    pub(crate) fn name(&mut self, random: &mut Rng, lenient: bool) -> String {
        loop {
            let name = name(random, lenient);
            if self.take(&name) {
                return name;
            }
        }
    }

    /// Adds a name. Returns whether it is new.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
        // The compiler rejects names without letters and digits.
        !letters.is_empty() && self.0.insert(letters)
    }
}

/// Returns any name.
pub(crate) fn name(random: &mut Rng, lenient: bool) -> String {
    let word = |random: &mut Rng| pick(random, ORDINARY).to_owned();
    let mut name = match random.u32(..100) {
        0..35 => word(random),
        35..55 => format!("{}-{}", word(random), word(random)),
        55..63 => pick(random, RUST).to_owned(),
        63..66 => pick(random, C).to_owned(),
        66..74 => pick(random, PRELUDE).to_owned(),
        74..84 => pick(random, GENERATED).to_owned(),
        84..92 => format!("{}-{}", word(random), pick(random, ENDINGS)),
        _ => letters(random, lenient),
    };
    if lenient && random.u32(..8) == 0 {
        name = name.replace('-', "_");
    }
    if lenient && random.u32(..16) == 0 {
        name = name.to_ascii_uppercase();
    }
    name
}

/// Returns a random name.
fn letters(random: &mut Rng, lenient: bool) -> String {
    let alphabet = match lenient {
        true => "abxyz0129--__AZ",
        false => "abxyz0129--",
    };
    let alphabet: Vec<char> = alphabet.chars().collect();
    let len = match random.u32(..20) {
        0 => random.usize(30..60),
        _ => random.usize(1..8),
    };
    (0..len)
        .map(|_| alphabet[random.usize(..alphabet.len())])
        .collect()
}

/// Returns a random element.
pub(crate) fn pick<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(..from.len())]
}
