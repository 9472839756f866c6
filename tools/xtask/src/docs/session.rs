// SPDX-License-Identifier: MIT OR Apache-2.0

//! A session as a picture, for the README.

use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anstyle_svg::Term;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

const SCRIPT: &str = "session.sh";
const PICTURE: &str = "docs/pictures/session.svg";

/// Above what the library draws, whose text is that of the session.
const LICENCE: &str = "<!-- SPDX-License-Identifier: MIT OR Apache-2.0 -->\n\
                       <!-- A session in a guest. Made by `make screenshot`. Do not edit. -->\n";

/// Runs the session and draws it.
pub(crate) fn picture(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let words = ["sh".to_owned(), paths.xtask(SCRIPT).display().to_string()];
    let report = guest::run(
        paths,
        &ready,
        "session",
        &words,
        Output::Keep,
        Duration::from_secs(60),
    )?;
    ensure!(
        report.status()? == 0,
        "the session failed:\n{}",
        report.output
    );
    let picture = paths.checkout.join(PICTURE);
    // A terminal, dark on light and on dark pages, and no wider than its text.
    let term = Term::new().min_width_px(0);
    let drawn = scalable(&term.render_svg(report.output.trim_end()))?;
    fs::write(&picture, LICENCE.to_owned() + &drawn).with_context(|| PICTURE.to_owned())?;
    println!("{}", picture.display());
    Ok(ExitCode::SUCCESS)
}

/// Lets the picture shrink to the width of a page; as it is drawn it would be cut off there.
fn scalable(drawn: &str) -> Result<String> {
    let side = |name: &str| {
        let (_, rest) = drawn.split_once(&format!("{name}=\""))?;
        rest.split_once("px\"").map(|(pixels, _)| pixels)
    };
    let sides = side(" width").zip(side(" height"));
    let (width, height) = sides.context("the picture has no size")?;
    let box_of_all = format!("<svg viewBox=\"0 0 {width} {height}\" ");
    Ok(drawn.replacen("<svg ", &box_of_all, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_can_shrink() {
        let scaled = scalable("<svg width=\"12px\" height=\"34px\" a=\"b\"><rect/></svg>");
        let expected =
            "<svg viewBox=\"0 0 12 34\" width=\"12px\" height=\"34px\" a=\"b\"><rect/></svg>";
        assert_eq!(scaled.ok().as_deref(), Some(expected));
        assert!(scalable("<svg>").is_err());
    }
}
