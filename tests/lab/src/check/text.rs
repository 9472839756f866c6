// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the files say, and what they must not.

use super::Context;
use super::files;
use anyhow::Result;

pub(crate) fn licences(context: &Context<'_>) -> Result<()> {
    const SOURCES: [&str; 11] = [
        ".c",
        ".config",
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

    // Specs with mistakes, of which a missing licence is one.
    const MISTAKES: &str = "policy/ynl-gen-rust/tests/bad/";

    let lacks = context
        .files
        .all()
        .filter(|file| file.ends_with(&SOURCES) && !file.path.starts_with(MISTAKES))
        .filter(|file| {
            let mut first = file.text.lines().take(FIRST_LINES);
            !first.any(|line| line.contains("SPDX-License-Identifier: "))
        })
        .map(|file| file.path.clone());
    files::none(lacks.collect())
}

/// The user's own settings say where packages come from. Cargo.lock names one by its format.
pub(crate) fn registries(context: &Context<'_>) -> Result<()> {
    // In two parts, since this is one of the files.
    let hosts = [
        ("crates", ".io"),
        ("deb", ".debian.org"),
        ("archive.ubuntu", ".com"),
        ("rust-lang", ".org"),
        ("pypi", ".org"),
        ("npm", "js.org"),
        ("golang", ".org"),
    ]
    .map(|(name, domain)| format!("{name}{domain}"));
    let names_one = |line: &str| hosts.iter().any(|host| line.contains(host));
    let places = context
        .files
        .all()
        .filter(|file| !file.path.ends_with("Cargo.lock"))
        .flat_map(|file| file.find(names_one));
    files::none(places.collect())
}

pub(crate) fn machine_paths(context: &Context<'_>) -> Result<()> {
    let homes = ["root", "home", "Users", "work"].map(|folder| format!("/{folder}/"));
    let names_one = |line: &str| {
        homes.iter().any(|home| {
            line.match_indices(home.as_str()).any(|(start, _)| {
                let before = line[..start].chars().next_back();
                !before
                    .is_some_and(|c| c.is_alphanumeric() || ['.', '/', '-', '_', '}'].contains(&c))
            })
        })
    };
    let places = context.files.all().flat_map(|file| file.find(names_one));
    files::none(places.collect())
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
