// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the book with mdBook, and checks its links.

use super::page::Page;
use crate::paths::Paths;
use crate::test::Tally;
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The table of contents.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Returns the output directory.
pub(crate) fn dir(paths: &Paths) -> PathBuf {
    paths.checkout.join("target/book")
}

pub(crate) fn build(paths: &Paths, mdbook: &Path, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.count("book::builds", make(paths, mdbook));
    tally.count("book::has_all_pages", has_all(pages));
    tally.count("book::links_work", check_book(&dir(paths)));
    tally.count("pages::links_work", check_pages(&paths.checkout, pages));
    Ok(tally)
}

fn make(paths: &Paths, mdbook: &Path) -> Result<()> {
    let log = paths.new_log("book")?;
    tool::command(mdbook)
        .arg("build")
        .arg(paths.checkout.join("docs"))
        .env("MDBOOK_OUTPUT__HTML__EDIT_URL_TEMPLATE", source_url(paths))
        .log_to(&log)?;
    let log = tool::read_log(&log);
    ensure!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    Ok(())
}

/// Returns the address of a page's source, in this checkout.
fn source_url(paths: &Paths) -> String {
    format!("file://{}/docs/{{path}}", paths.checkout.display())
}

/// Checks that the table of contents has all pages.
fn has_all(pages: &[Page]) -> Result<()> {
    let summary = pages.iter().find(|page| page.path == SUMMARY);
    let listed = &summary.context(SUMMARY)?.links;
    let missing: Vec<_> = pages
        .iter()
        .filter_map(|page| page.path.strip_prefix("docs/"))
        .filter(|path| *path != "SUMMARY.md" && !listed.iter().any(|link| link == path))
        .collect();
    ensure!(
        missing.is_empty(),
        "not in {SUMMARY}: {}",
        missing.join(", ")
    );
    Ok(())
}

/// Checks the links within the book, with their anchors.
fn check_book(book: &Path) -> Result<()> {
    let mut pages = BTreeMap::new();
    for path in tool::files(book, "html", true)? {
        // A server sends 404.html for any address, so its links are not relative to it.
        if !path.ends_with("404.html") {
            let text = fs::read_to_string(&path)?;
            pages.insert(path, text);
        }
    }
    let marks: BTreeMap<_, BTreeSet<_>> = pages
        .iter()
        .map(|(path, text)| (path.as_path(), values(text, " id=\"").collect()))
        .collect();
    let mut dead = Vec::new();
    for (path, text) in &pages {
        let links = values(text, " href=\"").chain(values(text, " src=\""));
        for link in links.filter(|link| is_local(link)) {
            let (file, mark) = link.split_once('#').unwrap_or((link, ""));
            let target = target(path, file);
            let has_mark = mark.is_empty()
                || marks
                    .get(target.as_path())
                    .is_some_and(|marks| marks.contains(mark));
            if !target.exists() || !has_mark {
                let name = path.strip_prefix(book).unwrap_or(path).display();
                dead.push(format!("{name}: {link}"));
            }
        }
    }
    ensure!(pages.len() > 10, "only {} pages", pages.len());
    none(dead)
}

/// Returns the file that a link in the page at `path` names; an empty link names the page itself.
fn target(path: &Path, link: &str) -> PathBuf {
    if link.is_empty() {
        return path.to_owned();
    }
    let mut target = path.to_owned();
    target.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                target.pop();
            }
            name => target.push(name),
        }
    }
    target
}

/// Checks the links between pages in the checkout.
fn check_pages(checkout: &Path, pages: &[Page]) -> Result<()> {
    let mut dead = Vec::new();
    for page in pages {
        let dir = checkout.join(&page.path);
        let dir = dir.parent().unwrap_or(checkout);
        for link in page.links.iter().filter(|link| is_local(link)) {
            let file = link.split('#').next().unwrap_or_default();
            if !dir.join(file).exists() {
                dead.push(format!("{}: {link}", page.path));
            }
        }
    }
    none(dead)
}

fn none(dead: Vec<String>) -> Result<()> {
    match dead.is_empty() {
        true => Ok(()),
        false => bail!("{}", dead.join("\n")),
    }
}

/// Returns the values of an attribute: the texts between `start` and the next quote.
fn values<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

fn is_local(link: &str) -> bool {
    let schemes = "http:// https:// file:// data: javascript: mailto:";
    !schemes.split(' ').any(|scheme| link.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_links_are_found() {
        let book = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            fs::write(book.path().join(name), text).expect("written");
        };
        let check = || check_book(book.path()).map_err(|error| error.to_string());
        for number in 0..11 {
            write(&format!("{number}.html"), "<h1 id=\"a\">");
        }
        fs::create_dir_all(book.path().join("sub")).expect("a directory");
        write("0.html", "<a href=\"1.html#a\"><a href=\"https://x/\">");
        write(
            "sub/a.html",
            "<a href=\"../1.html#a\"><a href=\"./a.html\">",
        );
        assert_eq!(check(), Ok(()));
        write(
            "0.html",
            "<a href=\"1.html#b\"><a href=\"#c\"><img src=\"x.svg\">",
        );
        write("sub/a.html", "<a href=\"1.html\"><a href=\"../1.html#b\">");
        let broken = "0.html: 1.html#b\n0.html: #c\n0.html: x.svg\n\
                      sub/a.html: 1.html\nsub/a.html: ../1.html#b";
        assert_eq!(check(), Err(broken.to_owned()));
    }
}
