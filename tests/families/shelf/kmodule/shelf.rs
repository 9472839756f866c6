// SPDX-License-Identifier: GPL-2.0

//! The operations of the family `shelf`.

use crate::{
    genl::{
        Dump,
        ExtAckError, //
        PerNet,
        WeakNet,
    },
    shelf_nl::{
        CareFlags,
        GetDumpRequest,
        GetReply,
        GetRequest,
        Operations,
        PlaceAttr,
        PutReply,
        PutRequest,
        SizeAttr,
        SizeAttrs,
        Sort,
        ThingAttr,
        ThingAttrs,
        TAGS_MAX, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

/// Maximum number of things on a shelf.
const MAX_THINGS: usize = 10_000;

/// The shelf of one network namespace.
#[pin_data]
pub struct Shelf {
    #[pin]
    things: Mutex<KVVec<Thing>>,
}

impl PerNet for Shelf {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            things <- new_mutex!(KVVec::new(), "Shelf::things"),
        })
    }
}

impl Operations for Shelf {
    fn put<'a>(
        self: Pin<&Self>,
        request: &PutRequest<'a>,
    ) -> Result<Option<PutReply<'a>>, ExtAckError<'a>> {
        let no_thing = request.missing(PlaceAttr::Thing, c"thing is required");
        let thing = Thing::read(request.thing().ok_or(no_thing)?)?;
        let mut reply = PutReply::new(request.info())?;
        let mut ntf = GetReply::put_ntf(request.info().net())?;

        let mut things = self.things.lock();
        if things.len() == MAX_THINGS {
            return Err(ExtAckError::with_message(ENOSPC, c"the shelf is full"));
        }
        let id = things.len() as u32 + 1;
        thing.write(id, &mut ntf)?;
        reply.id(id)?;
        things.push(thing, GFP_KERNEL_ACCOUNT)?;
        // A listener whose buffer is full learns of the loss from its socket.
        let _ = ntf.send();
        Ok(Some(reply))
    }

    fn get<'a>(
        self: Pin<&Self>,
        request: &GetRequest<'a>,
    ) -> Result<Option<GetReply<'a>>, ExtAckError<'a>> {
        let no_id = request.missing(PlaceAttr::Id, c"id is required");
        let id = request.id()?.ok_or(no_id)?;
        let mut reply = GetReply::new(request.info())?;
        // The policy rejects 0.
        match self.things.lock().get(id as usize - 1) {
            Some(thing) => thing.write(id, &mut reply)?,
            None => return Err(request.bad(PlaceAttr::Id, ENOENT, c"the place is empty")),
        }
        Ok(Some(reply))
    }

    /// The index of the next thing.
    type GetCursor = usize;

    fn get_dump<'a>(
        self: Pin<&Self>,
        _request: &GetDumpRequest<'a>,
        dump: &mut Dump<'a, usize>,
    ) -> Result<(), ExtAckError<'a>> {
        while let Some(thing) = self.things.lock().get(dump.cursor()) {
            let listed = dump.cursor() + 1;
            let mut item = GetReply::item(dump)?;
            thing.write(listed as u32, &mut item)?;
            item.send()?;
            dump.set_cursor(listed);
        }
        Ok(())
    }
}

/// A thing on the shelf.
struct Thing {
    name: KVec<u8>,
    sort: Sort,
    care: CareFlags,
    size: [u32; 3],
    worth: Option<i32>,
    tags: KVec<KVec<u8>>,
}

impl Thing {
    /// Reads a thing from a request.
    fn read<'a>(from: ThingAttrs<'a>) -> Result<Self, ExtAckError<'a>> {
        let no_name = from.missing(ThingAttr::Name, c"name is required");
        let no_size = from.missing(ThingAttr::Size, c"size is required");
        let name = from.name().ok_or(no_name)?;
        let size = from.size().ok_or(no_size)?;
        let mut tags = KVec::new();
        for tag in from.tag() {
            if tags.len() == TAGS_MAX {
                return Err(from.bad(ThingAttr::Tag, E2BIG, c"too many tags"));
            }
            tags.push(copy(tag)?, GFP_KERNEL_ACCOUNT)?;
        }
        Ok(Self {
            name: copy(name)?,
            sort: from.sort()?.unwrap_or(Sort::Box),
            care: from.care()?.unwrap_or_default(),
            size: lengths(size)?,
            worth: from.worth()?,
            tags,
        })
    }

    /// Writes the thing into a reply, an item of a dump or a notification.
    fn write(&self, id: u32, to: &mut GetReply<'_>) -> Result {
        to.id(id)?;
        let mut thing = to.thing()?;
        thing.name(&self.name)?;
        thing.sort(self.sort)?;
        thing.care(self.care)?;
        let [width, height, depth] = self.size;
        let mut size = thing.size()?;
        size.width(width)?;
        size.height(height)?;
        size.depth(depth)?;
        size.end()?;
        if let Some(worth) = self.worth {
            thing.worth(worth)?;
        }
        for tag in &self.tags {
            thing.tag(tag)?;
        }
        thing.end()
    }
}

/// Returns width, height and depth.
fn lengths<'a>(size: SizeAttrs<'a>) -> Result<[u32; 3], ExtAckError<'a>> {
    let required = |attr, length: Option<u32>| {
        let missing = size.missing(attr, c"a size has three lengths");
        length.ok_or(missing)
    };
    Ok([
        required(SizeAttr::Width, size.width()?)?,
        required(SizeAttr::Height, size.height()?)?,
        required(SizeAttr::Depth, size.depth()?)?,
    ])
}

fn copy(bytes: &[u8]) -> Result<KVec<u8>> {
    let mut copy = KVec::with_capacity(bytes.len(), GFP_KERNEL_ACCOUNT)?;
    copy.extend_from_slice(bytes, GFP_KERNEL_ACCOUNT)?;
    Ok(copy)
}
