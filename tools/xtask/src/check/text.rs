// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the files say, and what they must not.

use super::Context;
use super::files;
use anyhow::Result;

pub(crate) fn licences(context: &Context<'_>) -> Result<()> {
    const SOURCES: [&str; 12] = [
        ".c",
        ".config",
        ".diff",
        ".h",
        ".lua",
        ".py",
        ".rs",
        ".sh",
        ".yaml",
        "Cargo.toml",
        "Kbuild",
        "Makefile",
    ];
    const FIRST_LINES: usize = 3;

    let lacks = context
        .files
        .all()
        .filter(|file| file.ends_with(&SOURCES))
        .filter(|file| {
            let mut first = file.text.lines().take(FIRST_LINES);
            !first.any(|line| line.contains("SPDX-License-Identifier: "))
        })
        .map(|file| file.path.clone());
    files::none(lacks.collect())
}

pub(crate) fn objects(context: &Context<'_>) -> Result<()> {
    const BUILT: [&str; 5] = [".o", ".ko", ".cmd", ".mod", "Module.symvers"];

    let found = crate::tool::output(
        crate::tool::command("find")
            .args([
                "Kbuild",
                "kmodule",
                "policy",
                "tests/compile-fail",
                "tests/families",
                "-type",
                "f",
            ])
            .current_dir(context.checkout()),
    )?;
    let built = found
        .lines()
        .filter(|path| BUILT.iter().any(|end| path.ends_with(end)))
        .map(str::to_owned);
    files::none(built.collect())
}
