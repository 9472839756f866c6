// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names that a new family can have: it names a type, modules, a crate and a program, too.

use super::{OPERATIONS, error};
use crate::cli::CliError;
use crate::naming::{PRELUDE, camel, snake, snake_words};

/// The longest name, `GENL_NAMSIZ` less the NUL.
const NAME_MAX: usize = 15;

/// Names of crates and modules that the code below uses, or the compiler does.
const OF_CRATES: [&str; 12] = [
    "alloc",
    "bindings",
    "core",
    "ffi",
    "genl",
    "kernel",
    "macros",
    "pin_init",
    "proc_macro",
    "std",
    "test",
    "uapi",
];

/// Words before `-y` or `-m` that the kernel's build knows.
const OF_KBUILD: [&str; 12] = [
    "always",
    "asflags",
    "ccflags",
    "dtb",
    "extra",
    "hostprogs",
    "ldflags",
    "lib",
    "obj",
    "rustflags",
    "subdir",
    "userprogs",
];

/// Names of families that are in xtask's kernel already.
const OF_FAMILIES: [&str; 2] = ["greet", "nlctrl"];

/// Refuses a name that not all of its uses take.
pub(super) fn check(name: &str) -> Result<(), CliError> {
    let refuse = |why: &str| Err(error(format!("the name `{name}`"), why));
    let is_word = |word: &str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(is_part)
    };
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.split('-').all(is_word) {
        return refuse("a name is of a to z, 0 to 9 and single dashes, and begins with a letter");
    }
    if name.len() > NAME_MAX {
        return refuse("a family's name has at most 15 characters");
    }
    if OF_FAMILIES.contains(&name) {
        return refuse("another family has it");
    }
    let module = snake_words(name);
    let words = [OF_CRATES.as_slice(), &OF_KBUILD].concat();
    if words.contains(&module.as_str()) || snake(name) != module || is_type(&camel(name)) {
        return refuse("it means something else in Rust or to the kernel's build; take another");
    }
    Ok(())
}

/// Whether the code to begin with means something else by a type of this name.
fn is_type(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = OPERATIONS.split(|c: char| !is_part(c));
    PRELUDE.contains(&name) || words.any(|word| word == name)
}
