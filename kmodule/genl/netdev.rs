// SPDX-License-Identifier: GPL-2.0

//! Network devices.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    ffi,
    Net, //
};
use kernel::{
    bindings,
    prelude::*, //
};

/// Bytes of a device's name, with the NUL.
const NAME_LEN: usize = bindings::IFNAMSIZ as usize;

/// A network device, as it was when it was looked up.
///
/// The device can be renamed or removed at any time. It is identified by its index, which the
/// namespace does not reuse soon.
///
/// # Invariants
///
/// `raw.name` and `raw.kind` end with a NUL.
///
/// # Examples
///
/// A request that names its device by index or by name:
///
/// ```
/// # use crate::genl::*;
/// # use kernel::prelude::*;
/// const IFINDEX: u16 = 1;
/// const IFNAME: u16 = 2;
///
/// fn device<'a>(info: &Info<'a>) -> Result<NetDevice, ExtAckError<'a>> {
///     let attrs = info.attrs();
///     let found = match (attrs.get(IFINDEX), attrs.get(IFNAME)) {
///         (Some(index), _) => info.net().device(index.s32()?),
///         (None, Some(name)) => info.net().device_named(name.string()),
///         (None, None) => return Err(EINVAL.into()),
///     };
///     Ok(found.ok_or(ENODEV)?)
/// }
/// ```
pub struct NetDevice {
    raw: ffi::Device,
}

impl NetDevice {
    /// Returns the index of the device in its namespace.
    #[inline]
    pub fn ifindex(&self) -> i32 {
        self.raw.ifindex
    }

    /// Returns the name, without a NUL.
    #[inline]
    pub fn name(&self) -> &[u8] {
        until_nul(&self.raw.name)
    }

    /// Returns the kind of a virtual device, such as `dummy`; empty if it has none.
    #[inline]
    pub fn kind(&self) -> &[u8] {
        until_nul(&self.raw.kind)
    }
}

impl Net {
    /// Returns the device with an index.
    ///
    /// # Context
    ///
    /// Any context except NMI. Does not sleep.
    #[inline]
    pub fn device(&self, ifindex: i32) -> Option<NetDevice> {
        self.find(ifindex, c"")
    }

    /// Returns the device with a name. The name ends at its first NUL.
    ///
    /// # Context
    ///
    /// As for [`Self::device`].
    #[inline]
    pub fn device_named(&self, name: &[u8]) -> Option<NetDevice> {
        let name = until_nul(name);
        let mut buffer = [0; NAME_LEN];
        // No device has a longer or an empty name.
        buffer.get_mut(..name.len())?.copy_from_slice(name);
        let name = CStr::from_bytes_until_nul(&buffer).ok()?;
        (!name.is_empty()).then(|| self.find(0, name))?
    }

    #[inline]
    fn find(&self, ifindex: i32, name: &CStr) -> Option<NetDevice> {
        let mut raw = ffi::Device {
            ifindex,
            name: [0; NAME_LEN],
            kind: [0; NAME_LEN],
        };
        // SAFETY: The namespace is valid, the name ends with a NUL, and `raw` can be written to.
        let is_found =
            unsafe { ffi::genl_helper_find_device(self.as_raw(), name.as_char_ptr(), &mut raw) };
        // INVARIANT: The function ends both texts with a NUL.
        is_found.then_some(NetDevice { raw })
    }
}

/// Returns the bytes before the first NUL.
#[inline]
fn until_nul(text: &[u8]) -> &[u8] {
    let len = text.iter().position(|&byte| byte == 0);
    &text[..len.unwrap_or(text.len())]
}

#[kunit_tests(genl_netdev)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_device_is_found() -> Result {
        let net = Net::init();
        let by_index = net.device(1).ok_or(ENODEV)?;
        let by_name = net.device_named(b"lo\0other").ok_or(ENODEV)?;
        for device in [by_index, by_name] {
            assert_eq!(device.ifindex(), 1);
            assert_eq!(device.name(), b"lo");
            assert_eq!(device.kind(), b"");
        }
        Ok(())
    }

    #[test]
    fn a_missing_device_is_not_found() {
        let net = Net::init();
        for ifindex in [0, -1, i32::MIN, i32::MAX] {
            assert!(net.device(ifindex).is_none());
        }
        for name in [
            &b""[..],
            b"\0lo",
            b"l",
            b"lo0",
            b"a name of sixteen",
            &[b'a'; 100],
        ] {
            assert!(net.device_named(name).is_none());
        }
    }
}
