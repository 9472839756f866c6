// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sessions in a guest that show greetctl at work.

use crate::guest::{self, Output, Report};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress;
use crate::setup::{self, Extent, Ready};
use anstyle_svg::Term;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

const PICTURE: &str = "docs/pictures/session.svg";

/// Placed before the generated picture, whose text is the session's.
const LICENCE: &str = "<!-- SPDX-License-Identifier: MIT OR Apache-2.0 -->\n\
                       <!-- A session in a guest. Made by `make screenshot`. Do not edit. -->\n";

/// Prints a session.
pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    let ready = setup::guest(paths, Machine::Uml, Extent::Session, None)?;
    let report = progress::step("Booting the kernel and running a session", "2 s", || {
        session(paths, &ready, "demo.sh")
    })?;
    print!("\n{}\n", report.output);
    let code = report.exit_code()?;
    println!("Times:\n{}", progress::summary());
    Ok(code)
}

/// Draws a session for the README.
pub(crate) fn screenshot(paths: &Paths) -> Result<ExitCode> {
    let ready = setup::guest(paths, Machine::Uml, Extent::Session, None)?;
    let report = session(paths, &ready, "session.sh")?;
    ensure!(report.status()? == 0, "{}", report.output);
    // The terminal's dark background suits light and dark pages; it is as wide as its text.
    let drawn = Term::new()
        .min_width_px(0)
        .render_svg(report.output.trim_end());
    let picture = paths.checkout.join(PICTURE);
    fs::write(&picture, LICENCE.to_owned() + &scalable(&drawn)?).context(PICTURE)?;
    println!("{}", picture.display());
    Ok(ExitCode::SUCCESS)
}

fn session(paths: &Paths, ready: &Ready, script: &str) -> Result<Report> {
    let words = ["sh".to_owned(), paths.xtask(script).display().to_string()];
    let deadline = Duration::from_secs(60);
    guest::run(paths, ready, script, &words, Output::Keep, deadline)
}

/// Adds a `viewBox`, without which a browser crops a picture that is wider than the page.
fn scalable(drawn: &str) -> Result<String> {
    let side = |name: &str| {
        let (_, rest) = drawn.split_once(&format!("{name}=\""))?;
        rest.split_once("px\"").map(|(pixels, _)| pixels)
    };
    let sides = side(" width").zip(side(" height"));
    let (width, height) = sides.context("the picture has no size")?;
    let view_box = format!("<svg viewBox=\"0 0 {width} {height}\" ");
    Ok(drawn.replacen("<svg ", &view_box, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalable_adds_a_view_box() {
        let scaled = scalable("<svg width=\"12px\" height=\"34px\" a=\"b\"><rect/></svg>");
        let expected =
            "<svg viewBox=\"0 0 12 34\" width=\"12px\" height=\"34px\" a=\"b\"><rect/></svg>";
        assert_eq!(scaled.ok().as_deref(), Some(expected));
        assert!(scalable("<svg>").is_err());
    }
}
