// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks the name of a new family, which is also the name of a type, modules, a crate and a
//! program.

use super::{OPERATIONS, error};
use crate::cli::CliError;
use crate::naming::{PRELUDE, camel, snake, snake_words};

/// Maximum length: `GENL_NAMSIZ` without the NUL.
const NAME_MAX: usize = 15;

/// Names of crates and modules used by the generated code or the compiler.
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

/// Words before `-y` or `-m` with a meaning in Kbuild.
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

/// Families of the kernel that xtask boots.
const OF_FAMILIES: [&str; 2] = ["greet", "nlctrl"];

/// Rejects a name that is not valid in one of its uses.
pub(super) fn check(name: &str) -> Result<(), CliError> {
    let reject = |why: &str| Err(error(format!("the name `{name}`"), why));
    let is_word = |word: &str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !word.is_empty() && word.chars().all(is_part)
    };
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.split('-').all(is_word) {
        return reject("use a to z, 0 to 9 and single dashes, and begin with a letter");
    }
    if name.len() > NAME_MAX {
        return reject("use at most 15 characters");
    }
    if OF_FAMILIES.contains(&name) {
        return reject("another family has this name");
    }
    let module = snake_words(name);
    let words = [OF_CRATES.as_slice(), &OF_KBUILD].concat();
    if words.contains(&module.as_str()) || snake(name) != module || is_type(&camel(name)) {
        return reject("the name is reserved in Rust or Kbuild; choose another");
    }
    Ok(())
}

/// Returns whether the template uses the name for another type.
fn is_type(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = OPERATIONS.split(|c: char| !is_part(c));
    PRELUDE.contains(&name) || words.any(|word| word == name)
}
