// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names, and what they stand for.

use crate::naming::camel;
use crate::spec::{Place, Problem, Word, is_hidden, list};
use std::collections::HashMap;

/// The most names that an error lists.
const LISTED: usize = 16;

/// The names of one kind of thing.
#[derive(Debug)]
pub(super) struct Names<T> {
    what: &'static str,
    ids: HashMap<String, T>,
    order: Vec<String>,
    /// The index in `order` of each name as generated code spells it.
    spellings: HashMap<Spelling, usize>,
}

/// A name as a function or as a type.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Spelling {
    Snake(String),
    Camel(String),
}

impl Spelling {
    fn of(name: &str) -> [Self; 2] {
        [
            Self::Snake(name.replace('-', "_")),
            Self::Camel(camel(name)),
        ]
    }
}

impl<T: Copy> Names<T> {
    /// No names yet of what people call `what`.
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            ids: HashMap::new(),
            order: Vec::new(),
            spellings: HashMap::new(),
        }
    }

    /// Adds a name. It must differ from the others in generated code, too: `-` and `_` are the same
    /// there, and types and variants have neither.
    pub(super) fn add(&mut self, name: &str, place: Place, id: T) -> Result<(), Problem> {
        let spellings = Spelling::of(name);
        let same = spellings.iter().filter_map(|one| self.spellings.get(one));
        if let Some(other) = same.min().map(|&index| &self.order[index]) {
            let problem = if other == name {
                format!("the {} `{name}` is there twice", self.what)
            } else {
                format!("the {} `{name}` has the name of `{other}`", self.what)
            };
            return Err(Problem::at(place, problem));
        }
        let index = self.order.len();
        self.spellings
            .extend(spellings.map(|spelling| (spelling, index)));
        self.ids.insert(name.to_owned(), id);
        self.order.push(name.to_owned());
        Ok(())
    }

    /// What a name stands for, if anything.
    pub(super) fn get(&self, name: &str) -> Option<T> {
        self.ids.get(name).copied()
    }

    /// What a name stands for.
    pub(super) fn find(&self, name: &Word) -> Result<T, Problem> {
        self.get(name).ok_or_else(|| {
            let problem = format!("the {} `{}` is not defined", self.what, name.value);
            Problem::at(name.place, problem).expected(self.known())
        })
    }

    /// The names, for people.
    fn known(&self) -> String {
        let first = list(self.order.iter().take(LISTED).map(String::as_str));
        match self.order.len().checked_sub(LISTED) {
            None | Some(0) => first,
            Some(more) => format!("{first}, or one of {more} more"),
        }
    }
}

/// Checks that a name is one that can be made into identifiers.
pub(super) fn check_name(name: &str, place: Place, lenient: bool) -> Result<(), Problem> {
    let allowed = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'-' => true,
        b'A'..=b'Z' | b'_' => lenient,
        _ => false,
    };
    let says_something = name.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if says_something && name.bytes().all(allowed) {
        return Ok(());
    }
    let problem = format!("`{name}` cannot be a name");
    Err(Problem::at(place, problem).expected(if lenient {
        "letters, digits, `-` and `_`"
    } else {
        "lower-case letters, digits and `-`"
    }))
}

/// Documentation without the white space around it, and with the code of each character that is
/// hidden in its place.
pub(super) fn doc(text: Option<&str>) -> String {
    let mut doc = String::new();
    for c in text.unwrap_or_default().trim().chars() {
        match is_hidden(c) {
            true => doc += &format!("U+{:04X}", u32::from(c)),
            false => doc.push(c),
        }
    }
    doc
}

/// The text of a key that may be missing.
pub(super) fn text(word: Option<&Word>) -> Option<String> {
    word.map(|word| word.value.clone())
}
