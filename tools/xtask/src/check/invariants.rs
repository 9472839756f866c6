// SPDX-License-Identifier: MIT OR Apache-2.0

//! The invariants of `docs/explanation/architecture.md`, as far as a search can tell.

use super::Context;
use super::files::{self, code, has_word};
use anyhow::Result;

const KERNEL_SIDE: [&str; 2] = ["kmodule/", "tests/families/shelf/kmodule/"];
const KERNEL_GENL: [&str; 2] = ["kmodule/genl.rs", "kmodule/genl/"];
const USER_GENL: [&str; 1] = ["userspace/genl/src/"];

pub(crate) fn unsafe_is_in_genl(context: &Context<'_>) -> Result<()> {
    let kernel_genl: Vec<_> = paths(context, &KERNEL_GENL);
    let kernel_side = context
        .files
        .under(&KERNEL_SIDE)
        .filter(|file| !kernel_genl.contains(&file.path.as_str()))
        .flat_map(|file| file.find(|line| has_word(code(line), "unsafe")));
    // On the user's side the compiler denies it unless a place asks for it.
    let user_genl = paths(context, &USER_GENL);
    let user_side = context
        .files
        .all()
        .filter(|file| file.path.ends_with(".rs") && !file.path.starts_with("kmodule/"))
        .filter(|file| !user_genl.contains(&file.path.as_str()))
        .flat_map(|file| {
            file.find(|line| code(line).contains("allow(unsafe_code)") && !is_quoted(line))
        });
    files::none(kernel_side.chain(user_side).collect())
}

pub(crate) fn genl_knows_no_greetings(context: &Context<'_>) -> Result<()> {
    const WORDS: [&str; 3] = ["greet", "hello", "peer"];

    let names_one = |line: &str| {
        let line = line.to_lowercase();
        WORDS.iter().any(|word| line.contains(word))
    };
    let genl = [KERNEL_GENL.as_slice(), &USER_GENL].concat();
    let places = context
        .files
        .under(&genl)
        .flat_map(|file| file.find(names_one));
    files::none(places.collect())
}

pub(crate) fn greet_has_no_mechanics(context: &Context<'_>) -> Result<()> {
    const KERNEL: [&str; 6] = ["bindings", "genlmsg", "nla_", "nlmsg", "sk_buff", "skb"];
    const USER: [&str; 6] = ["libc", "neli", "nlmsghdr", "recv(", "send(", "socket("];

    let kernel = context
        .files
        .under(&["kmodule/greet.rs", "kmodule/greet/"])
        .flat_map(|file| file.find(|line| has_one(code(line), &KERNEL)));
    let user = context
        .files
        .under(&["userspace/greet/src/", "userspace/greetctl/src/"])
        .flat_map(|file| file.find(|line| has_one(code(line), &USER)));
    files::none(kernel.chain(user).collect())
}

/// Where the module or the family comes and goes, something may be said.
pub(crate) fn nothing_is_logged(context: &Context<'_>) -> Result<()> {
    const COMES_AND_GOES: [&str; 2] = ["kmodule/greet_main.rs", "kmodule/genl/family.rs"];
    const LOGS: [&str; 8] = [
        "dbg!", "dev_", "pr_alert", "pr_debug", "pr_err", "pr_info", "pr_warn", "printk",
    ];

    let places = context
        .files
        .under(&KERNEL_SIDE)
        .filter(|file| !COMES_AND_GOES.contains(&file.path.as_str()))
        .flat_map(|file| file.find(|line| has_one(code(line), &LOGS)));
    files::none(places.collect())
}

fn paths<'a>(context: &'a Context<'_>, places: &'a [&str]) -> Vec<&'a str> {
    let files = context.files.under(places);
    files.map(|file| file.path.as_str()).collect()
}

/// As in this file, which names what it looks for.
fn is_quoted(line: &str) -> bool {
    line.contains('"')
}

fn has_one(line: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| line.contains(part))
}
