// SPDX-License-Identifier: MIT OR Apache-2.0

//! The book that mdBook makes, and where its links lead.

use super::page::{self, Page};
use crate::paths::Paths;
use crate::test::Tally;
use crate::tool;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The page that lists the others.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Where the book is.
pub(crate) fn folder(paths: &Paths) -> PathBuf {
    paths.checkout.join("target/book")
}

pub(crate) fn build(paths: &Paths, mdbook: &Path, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.count("book::is_built", make(paths, mdbook));
    tally.count("book::has_all_pages", has_all(pages));
    tally.count("book::links_lead_somewhere", follow_book(&folder(paths)));
    tally.count(
        "pages::links_lead_somewhere",
        follow_pages(&paths.checkout, pages),
    );
    Ok(tally)
}

fn make(paths: &Paths, mdbook: &Path) -> Result<()> {
    let log = paths.log("book");
    tool::fresh_log(&log)?;
    let mut command = tool::command(mdbook);
    command.arg("build").arg(paths.checkout.join("docs"));
    command.env("MDBOOK_OUTPUT__HTML__EDIT_URL_TEMPLATE", source_url(paths));
    tool::logged(&mut command, &log)?;
    let log = tool::read(&log);
    ensure!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    Ok(())
}

/// Returns the address of a page's source: in this checkout, so that it is the version of the book.
fn source_url(paths: &Paths) -> String {
    format!("file://{}/docs/{{path}}", paths.checkout.display())
}

/// A page that is in no list is found by nobody.
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

/// Follows the links of the book within it, marks in pages included.
fn follow_book(book: &Path) -> Result<()> {
    let mut pages = BTreeMap::new();
    for path in page::files(book, "html", true)? {
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

/// Follows the links between pages where they are, as those who read the checkout do.
fn follow_pages(checkout: &Path, pages: &[Page]) -> Result<()> {
    let mut dead = Vec::new();
    for page in pages {
        let folder = checkout.join(&page.path);
        let folder = folder.parent().unwrap_or(checkout);
        for link in page.links.iter().filter(|link| is_local(link)) {
            let file = link.split('#').next().unwrap_or_default();
            if !folder.join(file).exists() {
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

/// What stands between `start` and the next quote, each time.
fn values<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

fn is_local(link: &str) -> bool {
    ![
        "http://",
        "https://",
        "file://",
        "data:",
        "javascript:",
        "mailto:",
    ]
    .iter()
    .any(|scheme| link.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_found() {
        let book = std::env::temp_dir().join(format!("xtask-book-{}", std::process::id()));
        fs::create_dir_all(&book).expect("a folder");
        for number in 0..11 {
            fs::write(book.join(format!("{number}.html")), "<h1 id=\"a\">").expect("written");
        }
        let page = |text: &str| fs::write(book.join("0.html"), text).expect("written");
        page("<a href=\"1.html#a\"><a href=\"https://x/\"><p id=\"b\"><a href=\"#b\">");
        follow_book(&book).expect("all are there");
        page("<a href=\"1.html#b\"><img src=\"x.svg\"><a href=\"#c\">");
        let error = follow_book(&book).expect_err("none is there").to_string();
        assert_eq!(error, "0.html: 1.html#b\n0.html: #c\n0.html: x.svg");
        page("");
        fs::create_dir_all(book.join("sub")).expect("a directory");
        let nested = |text: &str| fs::write(book.join("sub/a.html"), text).expect("written");
        nested("<a href=\"../1.html#a\"><a href=\"./a.html\">");
        follow_book(&book).expect("all exist");
        nested("<a href=\"1.html\"><a href=\"../1.html#b\">");
        let error = follow_book(&book).expect_err("none exists").to_string();
        assert_eq!(error, "sub/a.html: 1.html\nsub/a.html: ../1.html#b");
        fs::remove_dir_all(&book).expect("removed");
    }
}
