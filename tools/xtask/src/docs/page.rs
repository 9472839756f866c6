// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parses pages in Markdown.

use crate::tool;
use anyhow::{Context, Result};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::fs;
use std::path::Path;

/// A page of the book, or of the checkout's top directory.
#[derive(Debug)]
pub(crate) struct Page {
    /// The path in the checkout.
    pub(crate) path: String,
    pub(crate) blocks: Vec<Block>,
    /// The targets of links and pictures.
    pub(crate) links: Vec<String>,
}

/// A block of code between fences.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line of its first fence.
    pub(crate) line: usize,
    /// The word after the fence.
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// Reads all pages in `docs/` and in the checkout's top directory.
pub(crate) fn all(checkout: &Path) -> Result<Vec<Page>> {
    let mut paths = tool::files(checkout, "md", false)?;
    paths.extend(tool::files(&checkout.join("docs"), "md", true)?);
    let mut pages = paths
        .iter()
        .map(|path| Page::read(checkout, path))
        .collect::<Result<Vec<_>>>()?;
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(pages)
}

impl Page {
    fn read(checkout: &Path, path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let path = path.strip_prefix(checkout)?.display().to_string();
        let (blocks, links) = parse(&text);
        Ok(Self {
            path,
            blocks,
            links,
        })
    }

    /// Returns the blocks of these kinds.
    pub(crate) fn blocks<'a>(&'a self, kinds: &'a [&str]) -> impl Iterator<Item = &'a Block> {
        let is_one = |block: &&Block| kinds.contains(&block.kind.as_str());
        self.blocks.iter().filter(is_one)
    }
}

fn parse(text: &str) -> (Vec<Block>, Vec<String>) {
    let mut blocks: Vec<Block> = Vec::new();
    let mut links = Vec::new();
    let mut is_inside = false;
    for (event, place) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                is_inside = true;
                blocks.push(Block {
                    line: text[..place.start].lines().count() + 1,
                    kind: kind.into_string(),
                    text: String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => is_inside = false,
            Event::Text(part) if is_inside => {
                if let Some(block) = blocks.last_mut() {
                    block.text.push_str(&part);
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string());
            }
            _ => {}
        }
    }
    (blocks, links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_links_are_found() {
        let text = "# A\n\n[b](c.md) ![d](e.svg)\n\n```sh\none\ntwo\n```\n\n    indented\n";
        let block = Block {
            line: 5,
            kind: "sh".to_owned(),
            text: "one\ntwo\n".to_owned(),
        };
        let (blocks, links) = parse(text);
        assert_eq!(blocks, [block]);
        assert_eq!(links, ["c.md", "e.svg"]);
    }
}
