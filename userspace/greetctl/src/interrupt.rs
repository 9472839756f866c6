// SPDX-License-Identifier: MIT OR Apache-2.0

//! Waits that Ctrl-C ends.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The maximum wait, which every `time_t` can hold.
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

/// Becomes readable when the user requests the end.
pub(crate) struct Interrupt {
    pipe: UnixStream,
}

/// The reason for the end of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Data is readable.
    Readable,
    /// The timeout expired.
    TimedOut,
    /// The user requested the end.
    Interrupted,
}

impl Interrupt {
    /// Catches Ctrl-C and SIGTERM from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let (pipe, write) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
        }
        Ok(Self { pipe })
    }

    /// Waits until `source` is readable or the user requests the end, at most for `timeout` if it
    /// is given.
    pub(crate) fn or_readable(
        &self,
        source: &impl AsFd,
        timeout: Option<Duration>,
    ) -> io::Result<Wake> {
        let mut fds = [
            PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN),
            PollFd::new(source.as_fd(), PollFlags::POLLIN),
        ];
        Ok(match wait(&mut fds, timeout)? {
            0 => Wake::TimedOut,
            _ if fds[0].any() != Some(false) => Wake::Interrupted,
            _ => Wake::Readable,
        })
    }

    /// Waits for `time`. Returns true, and early, if the user requests the end.
    pub(crate) fn within(&self, time: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
        Ok(wait(&mut fds, Some(time))? > 0)
    }
}

/// Waits for one of `fds` and returns the number of ready ones.
fn wait(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<i32> {
    let timeout = timeout.map(|timeout| TimeSpec::from(timeout.min(LONGEST)));
    loop {
        match ppoll(fds, timeout, None) {
            // Interrupted by a signal, which then makes the pipe readable.
            Err(Errno::EINTR) => {}
            result => return Ok(result?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn waits_end_after_a_timeout_on_data_and_on_a_signal() {
        let (pipe, mut signal) = UnixStream::pair().unwrap();
        let (source, mut data) = UnixStream::pair().unwrap();
        let interrupt = Interrupt { pipe };
        let wake = |timeout| interrupt.or_readable(&source, timeout).unwrap();
        assert_eq!(wake(Some(Duration::ZERO)), Wake::TimedOut);
        assert!(!interrupt.within(Duration::ZERO).unwrap());
        data.write_all(b"x").unwrap();
        assert_eq!(wake(None), Wake::Readable);
        assert!(!interrupt.within(Duration::ZERO).unwrap());
        // The user's request comes first.
        signal.write_all(b"x").unwrap();
        assert_eq!(wake(None), Wake::Interrupted);
        assert!(interrupt.within(Duration::from_secs(60)).unwrap());
    }
}
