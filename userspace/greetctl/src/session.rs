// SPDX-License-Identifier: MIT OR Apache-2.0

//! State that all commands that use the kernel interface share.

use crate::cli::Options;
use crate::output::Output;
use genl::Connection;
use greet::Client;
use std::time::Duration;

/// The connection and output options of a command.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) output: Output,
    /// Timeout of an answer, or in `monitor` of an event.
    pub(crate) timeout: Option<Duration>,
}

impl Session {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            output: Output::new(options.json),
            timeout: options.timeout,
        }
    }

    /// Opens a client of the family `greet`.
    pub(crate) fn client(&self) -> genl::Result<Client> {
        let mut client = Client::open()?;
        if let Some(timeout) = self.timeout {
            client.set_timeout(timeout);
        }
        Ok(client)
    }

    /// Opens a connection for any family.
    pub(crate) fn connection(&self) -> genl::Result<Connection> {
        let mut connection = Connection::open()?;
        if let Some(timeout) = self.timeout {
            connection.set_timeout(timeout);
        }
        Ok(connection)
    }
}
