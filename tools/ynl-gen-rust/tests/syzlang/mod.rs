// SPDX-License-Identifier: MIT OR Apache-2.0

//! A parser for the subset of syzlang in generated descriptions.

use std::collections::{BTreeMap, BTreeSet};

/// The sort of an option.
#[derive(Clone, Copy, Debug)]
enum Takes {
    Type,
    Number,
    /// A count: a number or a range.
    Count,
    /// The minimum and the maximum.
    Limits,
    List,
    Direction,
    Text,
    /// The target of a `len`.
    Whole,
}
use Takes::{Count, Direction, Limits, List, Number, Text, Whole};

/// Types of syzlang and of syzkaller's netlink descriptions: the sorts of their options, and the
/// number of mandatory ones.
const KNOWN: [(&str, usize, &[Takes]); 23] = [
    ("array", 1, &[Takes::Type, Count]),
    ("const", 1, &[Number, Takes::Type]),
    ("flags", 1, &[List, Takes::Type]),
    ("int8", 0, &[Limits]),
    ("int16", 0, &[Limits]),
    ("int16be", 0, &[Limits]),
    ("int32", 0, &[Limits]),
    ("int32be", 0, &[Limits]),
    ("int64", 0, &[Limits]),
    ("int64be", 0, &[Limits]),
    ("ptr", 2, &[Direction, Takes::Type]),
    ("string", 0, &[Text]),
    ("void", 0, &[]),
    ("nlattr", 2, &[Number, Takes::Type]),
    ("nlnest", 2, &[Number, Takes::Type]),
    ("nl_generic_attr", 0, &[]),
    ("sock_nl_generic", 0, &[]),
    ("send_flags", 0, &[]),
    ("msghdr_netlink", 1, &[Takes::Type]),
    ("len", 2, &[Whole, Takes::Type]),
    ("netlink_seq", 0, &[]),
    ("netlink_port_id", 0, &[]),
    ("genlmsghdr_t", 1, &[Number]),
];

fn known(name: &str) -> Option<(usize, &'static [Takes])> {
    let mut known = KNOWN.iter().filter(|(known, ..)| *known == name);
    known.next().map(|(_, least, takes)| (*least, *takes))
}

/// Attributes after a type with several parts.
const ATTRIBUTES: [&str; 3] = ["varlen", "packed", "packed, align[4]"];

type Wrong = String;

/// A type with its options, or an option that is a number, a range or text.
#[derive(Clone, Debug, PartialEq)]
enum Type {
    Named(String, Vec<Type>),
    Number(i128),
    Range(String, String),
    Quoted,
}

/// A definition.
#[derive(Debug, Default)]
struct Definition {
    parameters: Vec<String>,
    parts: Vec<(String, Type)>,
    is_list: bool,
}

/// A parsed description.
#[derive(Debug, Default)]
pub(crate) struct File {
    definitions: BTreeMap<String, Definition>,
    calls: BTreeMap<String, Definition>,
}

impl File {
    pub(crate) fn read(text: &str) -> Result<Self, Wrong> {
        let mut file = Self::default();
        let mut lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        while let Some(line) = lines.next() {
            file.line(line, &mut lines)
                .map_err(|wrong| format!("{wrong} in {line:?}"))?;
        }
        Ok(file)
    }

    /// Returns the number of calls.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Returns the attribute numbers in a union, or nothing if it is missing.
    pub(crate) fn attributes(&self, union: &str) -> Vec<String> {
        let definition = self.definitions.get(union);
        let parts = definition.iter().flat_map(|definition| &definition.parts);
        parts
            .filter_map(|(_, kind)| match kind {
                Type::Named(_, options) => match options.first() {
                    Some(Type::Number(number)) => Some(number.to_string()),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    fn line<'a>(
        &mut self,
        line: &'a str,
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Wrong> {
        if let Some(resource) = line.strip_prefix("resource ") {
            let (name, of) = head_of(resource)?;
            let of = of.first().ok_or("a resource without a type")?;
            return self.define(name, vec![], vec![("of".to_owned(), whole(of)?)]);
        }
        if let Some((name, values)) = line.split_once(" = ") {
            return self.list(name, values);
        }
        let template = line.strip_prefix("type ");
        let definition = template.unwrap_or(line);
        if let Some(open @ ('{' | '[')) = definition.chars().last() {
            let (name, parameters) = head_of(definition[..definition.len() - 1].trim_end())?;
            return self.define(name, parameters, block(open, rest)?);
        }
        match template {
            Some(alias) => {
                let end = alias.find("] ").ok_or("no template")? + 1;
                let (name, parameters) = head_of(&alias[..end])?;
                let is = ("is".to_owned(), whole(alias[end..].trim_start())?);
                self.define(name, parameters, vec![is])
            }
            None => self.call(line),
        }
    }

    fn define(
        &mut self,
        name: String,
        parameters: Vec<String>,
        parts: Vec<(String, Type)>,
    ) -> Result<(), Wrong> {
        let fields: BTreeSet<_> = parts.iter().map(|(field, _)| field).collect();
        if fields.len() != parts.len() || parts.is_empty() {
            return Err(format!("{name} has no parts, or duplicate names"));
        }
        let definition = Definition {
            parameters,
            parts,
            is_list: false,
        };
        self.add(name, definition)
    }

    fn list(&mut self, name: &str, values: &str) -> Result<(), Wrong> {
        let number = |value: &str| match value.strip_prefix("0x") {
            Some(digits) => i128::from_str_radix(digits, 16),
            None => value.parse(),
        };
        let values: Result<Vec<i128>, _> = values.split(", ").map(number).collect();
        let values = values.map_err(|_| format!("{name} has an invalid number"))?;
        let different: BTreeSet<_> = values.iter().collect();
        if different.len() != values.len() {
            return Err(format!("{name} has a duplicate value"));
        }
        let definition = Definition {
            is_list: true,
            ..Definition::default()
        };
        self.add(identifier(name)?, definition)
    }

    fn add(&mut self, name: String, definition: Definition) -> Result<(), Wrong> {
        let is_known = known(&name).is_some();
        match self.definitions.insert(name.clone(), definition) {
            None if !is_known => Ok(()),
            _ => Err(format!("{name} is there twice")),
        }
    }

    /// Reads `name$variant(argument type, ...) type`.
    fn call(&mut self, line: &str) -> Result<(), Wrong> {
        let (name, rest) = line.split_once('(').ok_or("no call")?;
        let (arguments, result) = rest.rsplit_once(')').ok_or("no end of a call")?;
        let (call, variant) = name.split_once('$').ok_or("no variant")?;
        identifier(call)?;
        identifier(variant)?;
        let mut parts = Vec::new();
        for argument in split(arguments)? {
            let (name, kind) = argument.split_once(' ').ok_or("an argument without type")?;
            parts.push((identifier(name)?, whole(kind)?));
        }
        if !result.is_empty() {
            parts.push(("result".to_owned(), whole(result.trim_start())?));
        }
        let definition = Definition {
            parts,
            ..Definition::default()
        };
        match self.calls.insert(name.to_owned(), definition) {
            None => Ok(()),
            Some(_) => Err(format!("{name} is there twice")),
        }
    }

    /// Checks that each name is defined and used, and that the options of each type are valid.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        let mut used = BTreeSet::new();
        for (name, definition) in self.definitions.iter().chain(&self.calls) {
            let mut check = Check {
                file: self,
                parameters: &definition.parameters,
                used: &mut used,
            };
            for (_, kind) in &definition.parts {
                check
                    .a_type(kind)
                    .map_err(|wrong| format!("{wrong} in {name}"))?;
            }
        }
        for name in self.definitions.keys() {
            if !used.contains(name) {
                return Err(format!("{name} is not used"));
            }
            self.check_depth(name, &mut Vec::new())?;
        }
        Ok(())
    }

    /// Checks that a type is not recursive.
    fn check_depth<'a>(&'a self, name: &'a str, within: &mut Vec<&'a str>) -> Result<(), Wrong> {
        if within.contains(&name) {
            return Err(format!("{name} is recursive"));
        }
        let Some(definition) = self.definitions.get(name) else {
            return Ok(());
        };
        within.push(name);
        for (_, kind) in &definition.parts {
            for inner in kind.names() {
                self.check_depth(inner, within)?;
            }
        }
        within.pop();
        Ok(())
    }
}

/// Checks one definition.
struct Check<'a> {
    file: &'a File,
    parameters: &'a [String],
    used: &'a mut BTreeSet<String>,
}

impl Check<'_> {
    fn a_type(&mut self, kind: &Type) -> Result<(), Wrong> {
        let Type::Named(name, options) = kind else {
            return Err(format!("{kind:?} is not a type"));
        };
        if self.parameters.contains(name) {
            return Ok(());
        }
        self.used.insert(name.clone());
        if let Some((least, takes)) = known(name) {
            if !(least..=takes.len()).contains(&options.len()) {
                return Err(format!("{name} has {} options", options.len()));
            }
            let mut pairs = takes.iter().zip(options);
            return pairs.try_for_each(|(takes, option)| self.option(name, *takes, option));
        }
        match self.file.definitions.get(name) {
            Some(one) if !one.is_list && one.parameters.len() == options.len() => options
                .iter()
                .try_for_each(|option| self.own_option(option)),
            _ => Err(format!("{name} is not a type, or has other options")),
        }
    }

    fn option(&mut self, of: &str, takes: Takes, option: &Type) -> Result<(), Wrong> {
        let fits = match (takes, option) {
            (Takes::Type, _) => return self.a_type(option),
            (Number | Count, Type::Named(name, _)) => self.parameters.contains(name),
            (Number, Type::Number(number)) => *number >= 0,
            (Count, Type::Number(number)) => *number > 0,
            (Count, Type::Range(least, most)) => self.is_range(least, most, 0, i64::MAX.into()),
            (Limits, Type::Range(least, most)) => {
                let bits: u32 = of
                    .trim_matches(|c: char| !c.is_ascii_digit())
                    .parse()
                    .unwrap_or(0);
                self.is_range(least, most, -(1 << (bits - 1)), (1 << bits) - 1)
            }
            (List, Type::Named(name, none)) => none.is_empty() && self.is_list(name),
            (Direction, Type::Named(name, _)) => name == "in",
            (Text, Type::Quoted) => true,
            (Whole, Type::Named(name, _)) => name == "parent",
            _ => false,
        };
        match fits {
            true => Ok(()),
            false => Err(format!("{option:?} is not an option of {of}")),
        }
    }

    /// Checks an option of a template in this description: a number, a range, a list or a type.
    fn own_option(&mut self, option: &Type) -> Result<(), Wrong> {
        match option {
            Type::Number(_) => Ok(()),
            Type::Range(least, most) if self.is_range(least, most, 0, i64::MAX.into()) => Ok(()),
            Type::Named(name, _) if self.is_list(name) => Ok(()),
            other => self.a_type(other),
        }
    }

    fn is_list(&mut self, name: &str) -> bool {
        self.used.insert(name.to_owned());
        let own = self.file.definitions.get(name);
        name == "send_flags"
            || self.parameters.iter().any(|parameter| parameter == name)
            || own.is_some_and(|one| one.is_list)
    }

    fn is_range(&self, least: &str, most: &str, low: i128, high: i128) -> bool {
        // syzkaller does not replace a parameter at the end of a range.
        match (least.parse(), most.parse()) {
            (Ok(least), Ok(most)) => low <= least && least < most && most <= high,
            _ => false,
        }
    }
}

impl Type {
    /// Returns all names in a type.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Named(name, options) => {
                let inner = options.iter().flat_map(Self::names);
                [name.as_str()].into_iter().chain(inner).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Returns the parts of a type up to its end, one in each line.
fn block<'a>(
    open: char,
    lines: &mut impl Iterator<Item = &'a str>,
) -> Result<Vec<(String, Type)>, Wrong> {
    let close = if open == '{' { '}' } else { ']' };
    let mut parts = Vec::new();
    for line in lines {
        let Some(part) = line.strip_prefix('\t') else {
            let rest = line.strip_prefix(close).ok_or("no end of a type")?;
            let is_attribute = |name: &&str| rest == format!(" [{name}]");
            return match rest.is_empty() || ATTRIBUTES.iter().any(is_attribute) {
                true => Ok(parts),
                false => Err(format!("{rest:?} after a type")),
            };
        };
        let (name, kind) = part.split_once('\t').ok_or("a part without type")?;
        parts.push((identifier(name)?, whole(kind.trim_start_matches('\t'))?));
    }
    Err("the end is missing".to_owned())
}

/// Returns the name and the parameters of a definition.
fn head_of(head: &str) -> Result<(String, Vec<String>), Wrong> {
    match head.split_once('[') {
        None => Ok((identifier(head)?, Vec::new())),
        Some((name, rest)) => {
            let parameters = rest.strip_suffix(']').ok_or("no end of parameters")?;
            let parameters: Result<_, _> = parameters.split(", ").map(identifier).collect();
            Ok((identifier(name)?, parameters?))
        }
    }
}

fn identifier(name: &str) -> Result<String, Wrong> {
    let is_right = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match is_right {
        true => Ok(name.to_owned()),
        false => Err(format!("{name:?} is not a name")),
    }
}

/// Splits text at commas outside of brackets and quotes.
fn split(list: &str) -> Result<Vec<&str>, Wrong> {
    let (mut depth, mut in_text, mut start) = (0, false, 0);
    let mut parts = Vec::new();
    for (place, c) in list.char_indices() {
        match c {
            '"' => in_text = !in_text,
            _ if in_text => {}
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..place]);
                start = place + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return Err("an unmatched bracket".to_owned());
        }
    }
    if depth != 0 || in_text {
        return Err("missing bracket or quote".to_owned());
    }
    parts.push(&list[start..]);
    Ok(parts.into_iter().map(str::trim_start).collect())
}

/// Parses a type.
fn whole(text: &str) -> Result<Type, Wrong> {
    if let Ok(number) = text.parse() {
        return Ok(Type::Number(number));
    }
    if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        return Ok(Type::Quoted);
    }
    match text.split_once('[') {
        Some((name, rest)) => {
            let options = rest.strip_suffix(']').ok_or("a bracket is missing")?;
            let options: Result<_, _> = split(options)?.into_iter().map(whole).collect();
            Ok(Type::Named(identifier(name)?, options?))
        }
        None => match text.split_once(':') {
            Some((least, most)) => Ok(Type::Range(least.to_owned(), most.to_owned())),
            None => Ok(Type::Named(identifier(text)?, Vec::new())),
        },
    }
}
