// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl completions` and `greetctl man`, generated from the definition of the command line.

use crate::cli::{EXIT_STATUS, FIELDS, command, examples};
use crate::error::Error;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use roff::{Roff, bold, roman};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{self, Stdio};

/// The environment variables that change the output.
const ENVIRONMENT: [(&str, &str); 5] = [
    (
        "NO_COLOR",
        "If it is not empty, nothing is printed in color, unless --color is always.",
    ),
    ("CLICOLOR", "If it is 0, nothing is printed in color."),
    (
        "CLICOLOR_FORCE",
        "If it is not 0, output is in color in a pipe, too.",
    ),
    (
        "TERM",
        "If it is dumb, nothing is in color, and bench shows no progress.",
    ),
    ("TZ", "The time zone of timestamps."),
];

/// Pages of other programs.
const SEE_ALSO: [(&str, u8); 6] = [
    ("genl", 8),
    ("ip", 8),
    ("ip-netns", 8),
    ("modprobe", 8),
    ("netlink", 7),
    ("capabilities", 7),
];

/// Prints a script for a shell.
pub(crate) fn completions(shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    let mut command = command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)
}

/// Returns the command with all arguments that clap adds, except `help`, which has no page.
fn built() -> Command {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    command
}

/// Shows the page of the whole command: with man(1) on a terminal, and elsewhere its source.
pub(crate) fn show() -> Result<(), Error> {
    let page = page(&built())?;
    match io::stdout().is_terminal() {
        true => view(&page).map_err(Error::Viewer),
        false => Ok(io::stdout().write_all(&page)?),
    }
}

/// Shows a page with man(1). Leaving its pager early is not an error.
fn view(page: &[u8]) -> io::Result<()> {
    let mut man = process::Command::new("man")
        .args(["-l", "-"])
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = man.stdin.take() {
        match stdin.write_all(page) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    match man.wait()? {
        status if status.success() => Ok(()),
        status => Err(io::Error::other(status.to_string())),
    }
}

/// Writes the pages of the command and of each subcommand into a directory.
pub(crate) fn pages(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir)
        .and_then(|()| write_pages(&built(), dir))
        .map_err(|source| Error::Pages {
            path: dir.to_owned(),
            source,
        })
}

fn write_pages(command: &Command, dir: &Path) -> io::Result<()> {
    let file = dir.join(Man::new(command.clone()).get_filename());
    fs::write(file, page(command)?)?;
    let subcommands = command.get_subcommands();
    subcommands
        .filter(|subcommand| !subcommand.is_hide_set())
        .try_for_each(|subcommand| write_pages(subcommand, dir))
}

/// Returns the source of a page: clap's sections and those that man-pages(7) requires.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let is_whole = command.get_name() == "greetctl";
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if is_whole {
        list("JSON OUTPUT", FIELDS, &mut page)?;
    }
    list("EXIT STATUS", EXIT_STATUS, &mut page)?;
    if is_whole {
        list("ENVIRONMENT", ENVIRONMENT, &mut page)?;
    }
    example_section(command.get_name(), &mut page)?;
    see_also(command, is_whole, &mut page)?;
    Ok(page)
}

/// Writes a section of terms with descriptions.
fn list<const N: usize>(
    name: &str,
    items: [(&str, &str); N],
    page: &mut impl Write,
) -> io::Result<()> {
    let mut section = Roff::new();
    section.control("SH", [name]);
    for (term, description) in items {
        section
            .control("TP", [])
            .text([bold(term)])
            .text([roman(description)]);
    }
    section.to_writer(page)
}

fn example_section(name: &str, page: &mut impl Write) -> io::Result<()> {
    let examples = examples(name);
    let mut section = Roff::new();
    if !examples.is_empty() {
        section.control("SH", ["EXAMPLES"]);
    }
    for (line, purpose) in examples {
        section
            .control("TP", [])
            .text([bold(*line)])
            .text([roman(*purpose)]);
    }
    section.to_writer(page)
}

fn see_also(command: &Command, is_whole: bool, page: &mut impl Write) -> io::Result<()> {
    let mut pages = Vec::new();
    if !is_whole {
        pages.push(("greetctl".to_owned(), 1));
    }
    let subcommands = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help");
    pages.extend(subcommands.map(|sub| (sub.get_display_name().unwrap_or_default().to_owned(), 1)));
    pages.extend(SEE_ALSO.map(|(name, section)| (name.to_owned(), section)));
    let mut text = Vec::new();
    for (place, (name, section)) in pages.into_iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        text.extend([roman(separator), bold(name), roman(format!("({section})"))]);
    }
    let mut section = Roff::new();
    section.control("SH", ["SEE ALSO"]).text(text);
    section.to_writer(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_all_sections() {
        let page = String::from_utf8(page(&built()).unwrap()).unwrap();
        let sections = page.lines().filter_map(|line| line.strip_prefix(".SH "));
        let expected = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "\"COMMON OPTIONS\"",
            "SUBCOMMANDS",
            "\"JSON OUTPUT\"",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ];
        assert_eq!(sections.collect::<Vec<_>>(), expected);
        assert!(page.contains("\\fBgreetctl\\-monitor\\fR(1)"), "{page}");
    }

    #[test]
    fn each_subcommand_has_a_page() {
        let dir = std::env::temp_dir().join(format!("greetctl-pages-{}", process::id()));
        pages(&dir).unwrap();
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let page = read("greetctl-settings-set.1");
        assert!(page.contains(".SH \"EXIT STATUS\""), "{page}");
        assert!(page.contains("\\fBgreetctl\\fR(1)"), "{page}");
        assert!(page.contains("\\-\\-netns"), "{page}");
        assert!(read("greetctl-peers.1").contains(".SH EXAMPLES"));
        assert!(!read("greetctl-man.1").contains("\\-\\-json"));
        fs::remove_dir_all(dir).unwrap();
    }
}
