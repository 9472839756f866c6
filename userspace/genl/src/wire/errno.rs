// SPDX-License-Identifier: MIT OR Apache-2.0

//! Error numbers.

use nix::libc;
use std::fmt;
use std::io;

/// An error number of the kernel, such as `EINVAL`. `Display` writes its description.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(i32);

/// Declares constants for errnos that netlink families return.
macro_rules! errnos {
    ($($name:ident)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                pub const $name: Self = Self(libc::$name);
            )*
        }
    };
}

errnos! {
    EAGAIN EBUSY EEXIST EINVAL EIO EMSGSIZE ENOBUFS ENODATA ENODEV ENOENT ENOMEM EOPNOTSUPP EPERM
    ERANGE
}

impl Errno {
    /// Creates an errno from its positive number.
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// Returns the name, such as `EINVAL`, or else the number.
    pub fn name(self) -> String {
        match nix::errno::Errno::from_raw(self.0) {
            nix::errno::Errno::UnknownErrno => self.0.to_string(),
            known => format!("{known:?}"),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The C library's text. The standard library appends the number.
        let text = io::Error::from_raw_os_error(self.0).to_string();
        let number = format!(" (os error {})", self.0);
        f.write_str(text.strip_suffix(&number).unwrap_or(&text))
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
