// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl settings`.

use crate::cli::SetArgs;
use crate::error::Error;
use crate::output::StyleName;
use crate::session::Session;
use greet::{Settings, SettingsSetRequest};
use serde::Serialize;
use std::fmt;

pub(crate) fn get(session: &Session) -> Result<(), Error> {
    let settings = session.client()?.settings()?;
    session.output.print(&SettingsView::from(settings))?;
    Ok(())
}

pub(crate) fn set(args: &SetArgs, session: &Session) -> Result<(), Error> {
    let request = SettingsSetRequest {
        default_style: args.default_style,
        peer_limit: args.peer_limit,
    };
    Ok(session.client()?.change_settings(&request)?)
}

#[derive(Serialize)]
pub(crate) struct SettingsView {
    pub(crate) default_style: StyleName,
    pub(crate) peer_limit: u32,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            default_style: settings.default_style.into(),
            peer_limit: settings.peer_limit,
        }
    }
}

impl fmt::Display for SettingsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "default style  {}", self.default_style)?;
        write!(f, "peer limit     {}", self.peer_limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use greet::Style;

    #[test]
    fn settings_print_as_lines_or_json() {
        let view = |default_style| {
            SettingsView::from(Settings {
                default_style,
                peer_limit: 64,
            })
        };
        let known = view(Style::Casual);
        assert_eq!(
            known.to_string(),
            "default style  casual\npeer limit     64"
        );
        let json = serde_json::to_string(&known).unwrap();
        assert_eq!(json, r#"{"default_style":"casual","peer_limit":64}"#);
        // A style of a newer family is its number.
        let unknown = view(Style::from(7));
        assert!(unknown.to_string().starts_with("default style  style 7\n"));
        let json = serde_json::to_string(&unknown).unwrap();
        assert_eq!(json, r#"{"default_style":7,"peer_limit":64}"#);
    }
}
