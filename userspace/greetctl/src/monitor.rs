// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl monitor`.

use crate::cli::MonitorArgs;
use crate::error::{Error, note};
use crate::interrupt::{Interrupt, Wake};
use crate::output::StyleName;
use crate::session::Session;
use crate::settings::SettingsView;
use crate::time::Stamped;
use genl::{Notice, Subscription};
use greet::Settings;
use greet::protocol::{Event, FAMILY, Greeted, groups};
use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

/// The number of events in a row after which signals are checked.
const LOOK_AT_SIGNALS: u32 = 32;

pub(crate) fn run(args: &MonitorArgs, session: &Session) -> Result<(), Error> {
    let groups: Vec<&str> = match args.group.is_empty() {
        true => vec![groups::GREETINGS, groups::CONFIG],
        false => args.group.iter().map(String::as_str).collect(),
    };
    let mut subscription = Subscription::open(&FAMILY, &groups)?;
    let interrupt = Interrupt::listen().map_err(Error::Wait)?;
    // Printed on standard error, so that programs need not parse it.
    note(&format!(
        "listening to {}; Ctrl-C ends",
        groups.join(" and ")
    ));
    let mut seen = Summary::default();
    let mut notices = 0;
    let mut last_notice = Instant::now();
    while args.count.is_none_or(|count| seen.events < count) {
        // Check for signals even if events arrive faster than they are printed.
        if notices == LOOK_AT_SIGNALS {
            notices = 0;
            if interrupt.within(Duration::ZERO).map_err(Error::Wait)? {
                break;
            }
        }
        if let Some(notice) = subscription.try_next()? {
            print(&notice, args, &mut seen, session)?;
            notices += 1;
            last_notice = Instant::now();
            continue;
        }
        // Messages of other families end this wait, too, but do not extend the timeout.
        let left = session
            .timeout
            .map(|timeout| timeout.saturating_sub(last_notice.elapsed()));
        let wake = interrupt.or_readable(&subscription, left);
        match wake.map_err(Error::Wait)? {
            Wake::Readable => {}
            Wake::TimedOut | Wake::Interrupted => break,
        }
    }
    note(&seen.to_string());
    Ok(())
}

/// Prints and counts a notice.
fn print(
    notice: &Notice,
    args: &MonitorArgs,
    seen: &mut Summary,
    session: &Session,
) -> Result<(), Error> {
    match notice {
        Notice::Event(event) => {
            seen.events += 1;
            match event.decode::<Event<'_>>()? {
                Some(Event::Greeted(greeted)) => {
                    print_result(GreetedView::new(&greeted), args, session)
                }
                Some(Event::SettingsNtf(settings)) => {
                    let settings = Settings::try_from(settings)?.into();
                    let event = "settings";
                    print_result(Changed { event, settings }, args, session)
                }
                // The family is newer than this program.
                _ => {
                    log::warn!("an event with the unknown command {}", event.command());
                    Ok(())
                }
            }
        }
        Notice::Lagged => {
            seen.lagged += 1;
            let text = "events were lost, since they came faster than they were read";
            print_result(Note::new("lagged", text), args, session)
        }
        Notice::Gone => print_result(Note::new("gone", "the family is gone"), args, session),
        Notice::Back => print_result(Note::new("back", "the family is back"), args, session),
    }
}

fn print_result(
    result: impl fmt::Display + Serialize,
    args: &MonitorArgs,
    session: &Session,
) -> Result<(), Error> {
    let stamped = Stamped::new(args.timestamps, result);
    Ok(session.output.print(&stamped)?)
}

/// The counts that are printed at the end.
#[derive(Default)]
struct Summary {
    events: u64,
    lagged: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.events {
            0 => write!(f, "no events received")?,
            1 => write!(f, "1 event received")?,
            events => write!(f, "{events} events received")?,
        }
        match self.lagged {
            0 => Ok(()),
            1 => write!(f, "; some were lost once"),
            times => write!(f, "; some were lost {times} times"),
        }
    }
}

/// A greeting.
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
        let name = greeted.name.unwrap_or_default().escaped();
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

/// Changed settings.
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

/// A notice other than an event.
#[derive(Serialize)]
struct Note {
    event: &'static str,
    #[serde(skip)]
    text: &'static str,
}

impl Note {
    fn new(event: &'static str, text: &'static str) -> Self {
        Self { event, text }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_events_and_losses() {
        for (events, lagged, text) in [
            (0, 0, "no events received"),
            (1, 0, "1 event received"),
            (3, 1, "3 events received; some were lost once"),
            (3, 2, "3 events received; some were lost 2 times"),
        ] {
            assert_eq!(Summary { events, lagged }.to_string(), text);
        }
    }
}
