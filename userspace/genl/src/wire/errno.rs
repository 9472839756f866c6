// SPDX-License-Identifier: MIT OR Apache-2.0

//! Error numbers.

use nix::libc;
use std::fmt;
use std::io;

/// An errno of the kernel's, such as `EINVAL`.
///
/// `Display` is its description.
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
    /// The errno with this number, which is positive.
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// Its name, such as `EINVAL`, or its number if it has none.
    pub fn name(self) -> String {
        match nix::errno::Errno::from_raw(self.0) {
            nix::errno::Errno::UnknownErrno => self.0.to_string(),
            known => format!("{known:?}"),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The C library's text, behind which the standard library puts the number.
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
