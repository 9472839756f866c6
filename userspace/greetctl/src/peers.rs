// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl peers` and `greetctl forget`.

use crate::error::{Error, note};
use crate::output::{Row, StyleName};
use crate::session::Session;
use crate::time::{age, since_boot};
use greet::Peer;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

pub(crate) fn list(session: &Session) -> Result<(), Error> {
    let now = since_boot();
    let mut client = session.client()?;
    let peers = client.peers()?;
    let mut rows = Vec::with_capacity(peers.len());
    for peer in peers.iter() {
        rows.push(PeerView::new(&peer?, now));
    }
    session.output.print_list(&rows)?;
    if rows.is_empty() && !session.output.is_json() {
        note("no peers in this network namespace");
    }
    Ok(())
}

pub(crate) fn show(name: &str, session: &Session) -> Result<(), Error> {
    let now = since_boot();
    let mut client = session.client()?;
    session
        .output
        .print(&PeerView::new(&client.peer(name)?, now))?;
    Ok(())
}

pub(crate) fn forget(name: &str, session: &Session) -> Result<(), Error> {
    Ok(session.client()?.forget(name)?)
}

/// A peer.
#[derive(Serialize)]
struct PeerView {
    name: String,
    greetings: u64,
    last_portid: u32,
    last_style: StyleName,
    /// Nanoseconds since boot, as the kernel reports it.
    last_seen: u64,
    #[serde(skip)]
    shown_name: String,
    #[serde(skip)]
    age: Duration,
}

impl PeerView {
    fn new(peer: &Peer<'_>, now: Duration) -> Self {
        Self {
            name: peer.name.to_string_lossy().into(),
            greetings: peer.greetings,
            last_portid: peer.last_portid,
            last_style: peer.last_style.into(),
            last_seen: u64::try_from(peer.last_seen.as_nanos()).unwrap_or(u64::MAX),
            shown_name: peer.name.escaped().to_string(),
            age: now.saturating_sub(peer.last_seen),
        }
    }
}

impl Row for PeerView {
    const HEADER: &'static [&'static str] = &["NAME", "GREETINGS", "LAST SEEN", "STYLE", "PORT"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.shown_name.clone(),
            self.greetings.to_string(),
            age(self.age),
            self.last_style.to_string(),
            self.last_portid.to_string(),
        ]
    }
}

impl fmt::Display for PeerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = if self.greetings == 1 { "time" } else { "times" };
        write!(
            f,
            "{}: greeted {} {times}, last {} ago from port {} ({})",
            self.shown_name,
            self.greetings,
            age(self.age),
            self.last_portid,
            self.last_style
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use greet::Style;

    fn view(greetings: u64, last_seen: u64) -> PeerView {
        let peer = Peer {
            name: "a\u{1b}b".into(),
            greetings,
            last_portid: 77,
            last_style: Style::Formal,
            last_seen: Duration::from_secs(last_seen),
        };
        PeerView::new(&peer, Duration::from_secs(161))
    }

    #[test]
    fn a_peer_prints_as_sentence_row_and_json() {
        let once = view(1, 100);
        let twice = view(2, 100);
        let rest = "last 1 min 1 s ago from port 77 (formal)";
        assert_eq!(
            once.to_string(),
            format!("a\\u{{1b}}b: greeted 1 time, {rest}")
        );
        assert_eq!(
            twice.to_string(),
            format!("a\\u{{1b}}b: greeted 2 times, {rest}")
        );
        let cells = ["a\\u{1b}b", "2", "1 min 1 s", "formal", "77"];
        assert_eq!(twice.cells(), cells);
        assert_eq!(cells.len(), PeerView::HEADER.len());
        let json = serde_json::json!({
            "name": "a\u{1b}b",
            "greetings": 2,
            "last_portid": 77,
            "last_style": "formal",
            "last_seen": 100_000_000_000_u64,
        });
        assert_eq!(serde_json::to_value(&twice).unwrap(), json);
    }

    #[test]
    fn a_last_seen_after_now_has_age_0() {
        assert_eq!(view(1, 162).age, Duration::ZERO);
    }
}
