// SPDX-License-Identifier: MIT OR Apache-2.0

//! Resolves names.

use crate::naming::camel;
use crate::spec::{Place, Problem, Word, is_hidden, list};
use std::collections::HashMap;

/// Maximum number of names in an error.
const LISTED: usize = 16;

/// Names of one sort, with their targets.
#[derive(Debug)]
pub(super) struct Names<T> {
    what: &'static str,
    ids: HashMap<String, T>,
    order: Vec<String>,
    /// The index in `order` of each name, by its spelling in generated code.
    spellings: HashMap<Spelling, usize>,
}

/// A name in the case of functions or of types.
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
    /// Creates an empty table. Errors call its entries `what`.
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            ids: HashMap::new(),
            order: Vec::new(),
            spellings: HashMap::new(),
        }
    }

    /// Adds a name. It must be unique in generated code, too, where `-` and `_` are the same, and
    /// types and variants have neither.
    pub(super) fn add(&mut self, name: &str, place: Place, id: T) -> Result<(), Problem> {
        let spellings = Spelling::of(name);
        let same = spellings.iter().filter_map(|one| self.spellings.get(one));
        if let Some(other) = same.min().map(|&index| &self.order[index]) {
            let problem = if other == name {
                format!("the {} `{name}` is defined twice", self.what)
            } else {
                format!(
                    "the {} `{name}` has the same name in Rust as `{other}`",
                    self.what
                )
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

    /// Returns the target of a name, if it is defined.
    pub(super) fn get(&self, name: &str) -> Option<T> {
        self.ids.get(name).copied()
    }

    /// Returns the target of a name.
    ///
    /// # Errors
    ///
    /// The name is not defined.
    pub(super) fn find(&self, name: &Word) -> Result<T, Problem> {
        self.get(name).ok_or_else(|| {
            let problem = format!("the {} `{}` is not defined", self.what, name.value);
            Problem::at(name.place, problem).expected(self.known())
        })
    }

    /// Formats the names for an error.
    fn known(&self) -> String {
        let first = list(self.order.iter().take(LISTED).map(String::as_str));
        match self.order.len().checked_sub(LISTED) {
            None | Some(0) => first,
            Some(more) => format!("{first}, or one of {more} more"),
        }
    }
}

/// Checks that a name can be an identifier.
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
    let problem = format!("invalid name `{name}`");
    Err(Problem::at(place, problem).expected(if lenient {
        "letters, digits, `-` and `_`"
    } else {
        "lower-case letters, digits and `-`"
    }))
}

/// Returns documentation without surrounding white space, and with the codes of invisible
/// characters in place of these.
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

/// Returns the text of an optional key.
pub(super) fn text(word: Option<&Word>) -> Option<String> {
    word.map(|word| word.value.clone())
}
