// SPDX-License-Identifier: GPL-2.0

//! The operations of the family `@name@`.

use crate::{
    genl::{
        Dump,
        ExtAckError,
        PerNet,
        WeakNet, //
    },
    @snake@_nl::{
        EntryAttr,
        GetDumpRequest,
        GetReply,
        GetRequest,
        Operations,
        SetRequest, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

/// Maximum number of entries in a network namespace.
const MAX_ENTRIES: usize = 1000;

/// The state of the family in a network namespace.
#[pin_data]
pub struct @type@ {
    #[pin]
    entries: Mutex<KVVec<Entry>>,
}

/// A number and its name.
struct Entry {
    name: KVec<u8>,
    value: u32,
}

impl PerNet for @type@ {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            entries <- new_mutex!(KVVec::new(), "@type@::entries"),
        })
    }
}

impl Operations for @type@ {
    fn set<'a>(self: Pin<&Self>, request: &SetRequest<'a>) -> Result<(), ExtAckError<'a>> {
        let no_name = request.missing(EntryAttr::Name, c"name is required");
        let no_value = request.missing(EntryAttr::Value, c"value is required");
        let name = request.name().ok_or(no_name)?;
        let value = request.value()?.ok_or(no_value)?;
        let entry = Entry::new(name, value)?;
        let mut ntf = GetReply::set_ntf(request.info().net())?;
        entry.write(&mut ntf)?;

        let mut entries = self.entries.lock();
        let is_full = entries.len() == MAX_ENTRIES;
        match entries.iter_mut().find(|known| *known.name == *name) {
            Some(known) => *known = entry,
            None if is_full => {
                return Err(ExtAckError::with_message(ENOSPC, c"too many names"));
            }
            None => entries.push(entry, GFP_KERNEL_ACCOUNT)?,
        }
        // A listener whose buffer is full learns of the loss from its socket.
        let _ = ntf.send();
        Ok(())
    }

    fn get<'a>(
        self: Pin<&Self>,
        request: &GetRequest<'a>,
    ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>> {
        let no_name = request.missing(EntryAttr::Name, c"name is required");
        let name = request.name().ok_or(no_name)?;
        let mut reply = GetReply::new(request.info())?;
        match self.entries.lock().iter().find(|known| *known.name == *name) {
            Some(entry) => entry.write(&mut reply)?,
            None => return Err(request.bad(EntryAttr::Name, ENOENT, c"no value has this name")),
        }
        Ok(Some(reply))
    }

    /// The index of the next entry. Entries keep their index.
    type GetCursor = usize;

    fn get_dump<'a>(
        self: Pin<&Self>,
        _request: &GetDumpRequest<'a>,
        dump: &mut Dump<'a, usize>,
    ) -> Result<(), ExtAckError<'a>> {
        while let Some(entry) = self.entries.lock().get(dump.cursor()) {
            let mut item = GetReply::item(dump)?;
            entry.write(&mut item)?;
            item.send()?;
            dump.set_cursor(dump.cursor() + 1);
        }
        Ok(())
    }
}

impl Entry {
    fn new(name: &[u8], value: u32) -> Result<Self> {
        let mut copy = KVec::with_capacity(name.len(), GFP_KERNEL_ACCOUNT)?;
        copy.extend_from_slice(name, GFP_KERNEL_ACCOUNT)?;
        Ok(Self { name: copy, value })
    }

    /// Writes the entry into a reply, an item of a dump or a notification.
    fn write(&self, to: &mut GetReply<'_>) -> Result {
        to.name(&self.name)?;
        to.value(self.value)
    }
}
