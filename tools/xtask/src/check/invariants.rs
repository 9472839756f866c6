// SPDX-License-Identifier: MIT OR Apache-2.0

//! The invariants of `docs/explanation/architecture.md` that a search can check.

use super::Context;
use anyhow::Result;

/// Matches the code of a line up to a comment. A `//` in a string hides the rest of its line.
const CODE: &str = r"^(?!\s*(?:/\*|\* |\*/))(?:(?!//).)*";

pub(crate) fn unsafe_code(context: &Context<'_>) -> Result<()> {
    let kernel_side = [
        "kmodule/*.rs",
        "tests/families/shelf/kmodule/*.rs",
        ":!kmodule/genl.rs",
        ":!kmodule/genl/",
    ];
    no_code(context, r"\bunsafe\b", &kernel_side)?;
    // On the user side the compiler denies unsafe code without this attribute.
    let user_side = ["*.rs", ":!kmodule/", ":!userspace/genl/src/"];
    no_code(context, r"allow\(unsafe_code\)", &user_side)
}

pub(crate) fn genl(context: &Context<'_>) -> Result<()> {
    let genl = ["kmodule/genl.rs", "kmodule/genl/", "userspace/genl/src/"];
    let search = ["-niE", "greet|hello|peer", "--"];
    context.find_none(&[search.as_slice(), &genl].concat())
}

pub(crate) fn greet(context: &Context<'_>) -> Result<()> {
    let kernel_side = ["kmodule/greet.rs", "kmodule/greet/"];
    let words = "bindings|genlmsg|nla_|nlmsg|sk_buff|skb";
    no_code(context, words, &kernel_side)?;
    let user_side = ["userspace/greet/src/", "userspace/greetctl/src/"];
    let words = r"AF_NETLINK|neli|nlmsghdr|(?<![.\w])(?:recv|send|socket)\(";
    no_code(context, words, &user_side)
}

/// Only the code that registers or unregisters the module or a family may log.
pub(crate) fn logging(context: &Context<'_>) -> Result<()> {
    let words = r"dbg!|(?:dev|pr)_(?:alert|dbg|debug|err|info|notice|warn)|printk";
    let files = [
        "kmodule/",
        "tests/families/shelf/kmodule/",
        ":!kmodule/greet_main.rs",
        ":!kmodule/genl/family.rs",
    ];
    no_code(context, words, &files)
}

pub(crate) fn licences(context: &Context<'_>) -> Result<()> {
    let sources =
        "*.c *.config *.diff *.h *.lua *.py *.rs *.sh *.yaml *Cargo.toml *Kbuild *Makefile";
    let search = ["--files-without-match", "SPDX-License-Identifier: ", "--"];
    context.find_none(
        &search
            .into_iter()
            .chain(sources.split(' '))
            .collect::<Vec<_>>(),
    )
}

/// Fails if code in these files matches the words.
fn no_code(context: &Context<'_>, words: &str, files: &[&str]) -> Result<()> {
    let pattern = format!("{CODE}(?:{words})");
    context.find_none(&[["-nP", &pattern, "--"].as_slice(), files].concat())
}
