// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl monitor`.

use crate::cli::MonitorArgs;
use crate::error::{Error, tell};
use crate::interrupt::{Interrupt, Wake};
use crate::output::{Output, StyleName};
use crate::settings::SettingsView;
use genl::{Notice, Subscription};
use greet::Settings;
use greet::protocol::{Event, FAMILY, Greeted, groups};
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

/// After how many events in a row it is looked whether the user wants to end.
const LOOK_AT_SIGNALS: u32 = 32;

pub(crate) fn run(args: &MonitorArgs, output: &Output) -> Result<(), Error> {
    let groups: Vec<&str> = match args.group.is_empty() {
        true => vec![groups::GREETINGS, groups::CONFIG],
        false => args.group.iter().map(String::as_str).collect(),
    };
    let mut subscription = Subscription::open(&FAMILY, &groups)?;
    let interrupt = Interrupt::listen().map_err(Error::Wait)?;
    let mut seen = Summary::default();
    let mut notices = 0;
    let mut last_notice = Instant::now();
    while args.count.is_none_or(|count| seen.events < count) {
        // Now and then also while events come faster than they are printed.
        if notices == LOOK_AT_SIGNALS {
            notices = 0;
            if interrupt.within(Duration::ZERO).map_err(Error::Wait)? {
                break;
            }
        }
        if let Some(notice) = subscription.try_next()? {
            print(&notice, &mut seen, output)?;
            notices += 1;
            last_notice = Instant::now();
            continue;
        }
        // Also what is of other families wakes us, and is no reason to wait longer.
        let left = args
            .timeout
            .map(|timeout| timeout.saturating_sub(last_notice.elapsed()));
        let wake = interrupt.or_readable(&subscription, left);
        match wake.map_err(Error::Wait)? {
            Wake::Readable => {}
            Wake::TimedOut | Wake::Interrupted => break,
        }
    }
    // Beside the events, so that programs need not read it.
    tell(&seen.to_string());
    Ok(())
}

/// Prints a notice, and counts it.
fn print(notice: &Notice, seen: &mut Summary, output: &Output) -> Result<(), Error> {
    match notice {
        Notice::Event(event) => {
            seen.events += 1;
            match event.decode::<Event<'_>>()? {
                Some(Event::Greeted(greeted)) => output.print(&GreetedView::new(&greeted))?,
                Some(Event::SettingsNtf(settings)) => {
                    let settings = Settings::try_from(settings)?;
                    output.print(&Changed {
                        event: "settings",
                        settings: settings.into(),
                    })?;
                }
                // Of a newer family.
                _ => log::warn!("an event with the unknown command {}", event.command()),
            }
        }
        Notice::Lagged => {
            seen.lagged += 1;
            output.print(&Note {
                event: "lagged",
                text: "events were lost, since they came faster than they were read",
            })?;
        }
        Notice::Gone => output.print(&Note {
            event: "gone",
            text: "the family is gone",
        })?,
        Notice::Back => output.print(&Note {
            event: "back",
            text: "the family is back",
        })?,
    }
    Ok(())
}

/// What is said at the end.
#[derive(Default)]
struct Summary {
    events: u64,
    lagged: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.events == 1 { "" } else { "s" };
        write!(f, "{} event{plural}", self.events)?;
        match self.lagged {
            0 => Ok(()),
            1 => write!(f, "; some were lost once"),
            times => write!(f, "; some were lost {times} times"),
        }
    }
}

/// Somebody was greeted.
#[derive(Serialize)]
struct GreetedView {
    event: &'static str,
    id: Option<u64>,
    name: Option<String>,
    style: Option<StyleName>,
    message: Option<String>,
    portid: Option<u32>,
    #[serde(skip)]
    shown: String,
}

impl GreetedView {
    fn new(greeted: &Greeted<'_>) -> Self {
        let name = greeted.name.unwrap_or_default();
        let id = greeted.id.unwrap_or_default();
        let style = greeted.style.map(StyleName::from);
        let shown = match &style {
            Some(style) => format!("#{id} {name} ({style})"),
            None => format!("#{id} {name}"),
        };
        Self {
            event: "greeted",
            id: greeted.id,
            name: greeted.name.map(|name| name.to_string_lossy().into()),
            style,
            message: greeted.message.map(|text| text.to_string_lossy().into()),
            portid: greeted.portid,
            shown,
        }
    }
}

impl fmt::Display for GreetedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.portid {
            Some(portid) => write!(f, "greeted {} from port {portid}", self.shown),
            None => write!(f, "greeted {}", self.shown),
        }
    }
}

/// The settings were changed.
#[derive(Serialize)]
struct Changed {
    event: &'static str,
    #[serde(flatten)]
    settings: SettingsView,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "settings: default style {}, peer limit {}",
            self.settings.default_style, self.settings.peer_limit
        )
    }
}

/// Something that is no event.
#[derive(Serialize)]
struct Note {
    event: &'static str,
    #[serde(skip)]
    text: &'static str,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}
