// SPDX-License-Identifier: MIT OR Apache-2.0

//! Another family, made from a spec of its own by the same compiler, on the same `genl`.
//!
//! It has what the first one has not: nests in nests, several attributes of one number, numbers
//! below 0 and beyond 16 bits, flags.

use crate::support::module::load_shelf;
use crate::support::namespace;
use crate::support::tool::{kernel_file, project_file, pyynl, run};
use anyhow::{Context, Result, bail, ensure};
use genl::{Connection, DoRequest, Encoder, Event, FamilyInfo, Notice, OperationInfo, Request};
use genl::{Subscription, Text};
use libc::{E2BIG, EINVAL, ENOENT, ENOSPC, ERANGE};
use serde_json::{Value, json};
use shelf::protocol::{self, CareFlags, GetReply, Size, Sort, Thing};
use shelf::protocol::{FAMILY, GetDumpRequest, GetRequest, PUT, PutReply, PutRequest};
use std::fs;
use std::time::Duration;

crate::tests![
    a_thing_comes_back_whole,
    what_is_absent_has_its_default,
    limits_are_within_bounds,
    beyond_its_bounds_a_value_is_refused,
    what_is_not_there_is_missed_in_its_nest,
    a_ninth_tag_is_refused,
    a_nest_that_is_none_is_refused,
    an_empty_place_is_refused,
    a_list_of_more_than_64_kib_is_complete_and_in_order,
    a_change_is_announced,
    each_namespace_has_a_shelf_of_its_own,
    a_full_shelf_is_refused,
    pyynl_reads_and_writes_the_same,
    its_program_prints_what_the_tutorial_says,
];

/// A place on the shelf, as a whole.
#[derive(Debug, PartialEq)]
struct Place {
    id: u32,
    name: String,
    sort: Sort,
    care: CareFlags,
    size: [u32; 3],
    worth: Option<i32>,
    tags: Vec<String>,
}

impl Place {
    /// What is read must have all that the family always sends.
    fn new(reply: &GetReply<'_>) -> Result<Self> {
        let thing = reply.thing.context("thing")?;
        let size = thing.size.context("size")?;
        let tags = thing.tag.iter();
        Ok(Self {
            id: reply.id.context("id")?,
            name: owned(thing.name.context("name")?),
            sort: thing.sort.context("sort")?,
            care: thing.care.context("care")?,
            size: [
                size.width.context("width")?,
                size.height.context("height")?,
                size.depth.context("depth")?,
            ],
            worth: thing.worth,
            tags: tags.map(owned).collect(),
        })
    }
}

fn owned(text: Text<'_>) -> String {
    text.to_string_lossy().into()
}

/// A shelf in the namespace of the test.
struct Shelf(Connection);

impl Shelf {
    fn open() -> Result<Self> {
        load_shelf()?;
        Ok(Self(Connection::open()?))
    }

    fn put(&mut self, thing: Thing<'_>) -> genl::Result<u32> {
        let reply = self.0.request(&PutRequest::new().thing(thing))?;
        Ok(reply.id.unwrap_or_default())
    }

    fn get(&mut self, id: u32) -> Result<Place> {
        Place::new(&self.0.request(&GetRequest::new().id(id))?)
    }

    fn all(&mut self) -> Result<Vec<Place>> {
        let dump = self.0.dump(&GetDumpRequest)?;
        dump.iter().map(|place| Place::new(&place?)).collect()
    }
}

fn small() -> Size<'static> {
    Size::new().width(1).height(2).depth(3)
}

fn cup() -> Thing<'static> {
    Thing::new().name("cup").size(small())
}

fn a_thing_comes_back_whole() -> Result<()> {
    let mut shelf = Shelf::open()?;
    let tags = ["maps", "世界"].map(Text::from);
    let atlas = Thing::new()
        .name("atlas")
        .sort(Sort::Book)
        .care(CareFlags::DRY | CareFlags::DARK)
        .size(Size::new().width(260).height(345).depth(40))
        .worth(-70_000)
        .tag(&tags);
    let expected = Place {
        id: 1,
        name: "atlas".to_owned(),
        sort: Sort::Book,
        care: CareFlags::DRY | CareFlags::DARK,
        size: [260, 345, 40],
        worth: Some(-70_000),
        tags: ["maps", "世界"].map(str::to_owned).into(),
    };
    assert_eq!(shelf.put(atlas)?, 1);
    assert_eq!(shelf.get(1)?, expected);
    assert_eq!(shelf.all()?, [expected]);
    Ok(())
}

fn what_is_absent_has_its_default() -> Result<()> {
    let mut shelf = Shelf::open()?;
    shelf.put(cup())?;
    let expected = Place {
        id: 1,
        name: "cup".to_owned(),
        sort: Sort::Box,
        care: CareFlags::empty(),
        size: [1, 2, 3],
        worth: None,
        tags: Vec::new(),
    };
    assert_eq!(shelf.get(1)?, expected);
    Ok(())
}

fn limits_are_within_bounds() -> Result<()> {
    let mut shelf = Shelf::open()?;
    let name = "n".repeat(protocol::NAME_MAX);
    let tags = [Text::from(name.as_str()); protocol::TAGS_MAX];
    for (length, worth) in [(1, i32::MIN), (100_000, 1_000_000)] {
        let size = Size::new().width(length).height(length).depth(length);
        let thing = Thing::new().name(name.as_str()).size(size).worth(worth);
        let id = shelf.put(thing.tag(&tags))?;
        let place = shelf.get(id)?;
        assert_eq!((place.size, place.worth), ([length; 3], Some(worth)));
        assert_eq!(place.tags, vec![name.clone(); 8]);
    }
    Ok(())
}

fn beyond_its_bounds_a_value_is_refused() -> Result<()> {
    const OUT_OF_RANGE: (i32, &str) = (ERANGE, "integer out of range");
    const UNKNOWN_BIT: (i32, &str) = (EINVAL, "reserved bit set");
    const TOO_LONG: (i32, &str) = (EINVAL, "Attribute failed policy validation");

    let long = "n".repeat(protocol::NAME_MAX + 1);
    let long = long.as_str();
    let tags = ["good".into(), long.into()];
    let worth = 1_000_001;
    let sort = Sort::Unknown(3);
    let care = CareFlags::from_bits_retain(1 << 3);
    let (width, height, depth) = (0, 100_001, u32::MAX);
    let sized = |size| cup().size(size);
    let cases = [
        (
            sized(small().width(width)),
            OUT_OF_RANGE,
            "thing.size.width",
        ),
        (
            sized(small().height(height)),
            OUT_OF_RANGE,
            "thing.size.height",
        ),
        (
            sized(small().depth(depth)),
            OUT_OF_RANGE,
            "thing.size.depth",
        ),
        (cup().worth(worth), OUT_OF_RANGE, "thing.worth"),
        (cup().sort(sort), OUT_OF_RANGE, "thing.sort"),
        (cup().care(care), UNKNOWN_BIT, "thing.care"),
        (cup().name(long), TOO_LONG, "thing.name"),
        (cup().tag(&tags), TOO_LONG, "thing.tag"),
    ];
    for (thing, (errno, message), path) in cases {
        refused(&PutRequest::new().thing(thing), errno, message, Bad(path))?;
    }
    let (errno, message) = OUT_OF_RANGE;
    refused(&GetRequest::new().id(0), errno, message, Bad("id"))
}

fn what_is_not_there_is_missed_in_its_nest() -> Result<()> {
    let of = |thing| PutRequest::new().thing(thing);
    let flat = Size::new().width(1).height(1);
    let cases = [
        (PutRequest::new(), "thing is required", "thing"),
        (
            of(Thing::new().size(small())),
            "name is required",
            "thing.name",
        ),
        (
            of(Thing::new().name("cup")),
            "size is required",
            "thing.size",
        ),
        (
            of(cup().size(flat)),
            "a size has three lengths",
            "thing.size.depth",
        ),
    ];
    for (request, message, path) in cases {
        refused(&request, EINVAL, message, Missing(path))?;
    }
    Ok(())
}

fn a_ninth_tag_is_refused() -> Result<()> {
    let tags = [Text::from("blue"); protocol::TAGS_MAX + 1];
    let request = PutRequest::new().thing(cup().tag(&tags));
    refused(&request, E2BIG, "too many tags", Bad("thing.tag"))
}

/// A request whose `thing` is written by hand.
struct Wrong(fn(&mut Encoder<'_>));

impl Request for Wrong {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &PUT;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.nest(protocol::place::THING, |to| self.0(to));
    }
}

impl DoRequest for Wrong {
    type Reply<'a> = PutReply<'a>;
}

fn a_nest_that_is_none_is_refused() -> Result<()> {
    use protocol::{size, thing};

    let is_number = Wrong(|to| to.put_u32(thing::SIZE, 7));
    let message = "NLA_F_NESTED is missing";
    refused(&is_number, EINVAL, message, Bad("thing.size"))?;

    let holds_others = Wrong(|to| to.nest(thing::SIZE, |to| to.put_u32(9, 7)));
    let message = "Unknown attribute type";
    refused(&holds_others, EINVAL, message, Bad("thing.size.9"))?;

    let holds_short = Wrong(|to| to.nest(thing::SIZE, |to| to.put_u16(size::WIDTH, 7)));
    let message = "invalid attribute length";
    refused(&holds_short, EINVAL, message, Bad("thing.size.width"))
}

fn an_empty_place_is_refused() -> Result<()> {
    let request = GetRequest::new().id(1);
    refused(&request, ENOENT, "the place is empty", Bad("id"))
}

fn a_list_of_more_than_64_kib_is_complete_and_in_order() -> Result<()> {
    const THINGS: u32 = 500;

    let mut shelf = Shelf::open()?;
    let tag = "t".repeat(protocol::NAME_MAX);
    let tags = [Text::from(tag.as_str()); protocol::TAGS_MAX];
    for id in 1..=THINGS {
        let name = format!("thing {id}");
        let size = small().depth(id);
        let thing = Thing::new().name(name.as_str()).size(size).tag(&tags);
        assert_eq!(shelf.put(thing)?, id);
    }

    let dump = shelf.0.dump(&GetDumpRequest)?;
    let mut bytes = 0;
    for (place, id) in dump.iter().zip(1..) {
        let place = place?;
        bytes += place.attrs.as_bytes().len();
        let place = Place::new(&place)?;
        assert_eq!((place.id, place.name), (id, format!("thing {id}")));
        assert_eq!((place.size, place.tags.len()), ([1, 2, id], tags.len()));
    }
    assert_eq!(dump.len(), THINGS as usize);
    ensure!(bytes > 64 * 1024, "only {bytes} bytes");
    Ok(())
}

fn a_change_is_announced() -> Result<()> {
    let mut shelf = Shelf::open()?;
    let mut changes = Subscription::open(&FAMILY, &[protocol::groups::CHANGES])?;
    let tags = ["blue", "chipped"].map(Text::from);
    for id in 1..=2 {
        shelf.put(cup().worth(-5).tag(&tags))?;
        let event = next(&mut changes)?;
        let Some(protocol::Event::PutNtf(place)) = event.decode()? else {
            bail!("{event:?}");
        };
        assert_eq!(Place::new(&place)?, shelf.get(id)?);
    }
    Ok(())
}

fn next(changes: &mut Subscription) -> Result<Event> {
    match changes.next_within(Duration::from_secs(5))? {
        Some(Notice::Event(event)) => Ok(event),
        other => bail!("instead of an event: {other:?}"),
    }
}

fn each_namespace_has_a_shelf_of_its_own() -> Result<()> {
    let mut shelf = Shelf::open()?;
    let mut changes = Subscription::open(&FAMILY, &[protocol::groups::CHANGES])?;
    assert_eq!(shelf.put(cup())?, 1);
    next(&mut changes)?;
    namespace::in_new(|| {
        let mut other = Shelf::open()?;
        assert_eq!(other.all()?, []);
        assert_eq!(other.put(cup())?, 1);
        Ok(())
    })?;
    assert_eq!(shelf.all()?.len(), 1);
    assert_eq!(changes.next_within(Duration::from_millis(20))?, None);
    Ok(())
}

fn a_full_shelf_is_refused() -> Result<()> {
    const ROOM: u32 = 10_000;

    let mut shelf = Shelf::open()?;
    let request = PutRequest::new().thing(cup());
    for _ in 0..ROOM {
        shelf.0.request_unacknowledged(&request)?;
    }
    let error = shelf.put(cup()).expect_err("there is room for one more");
    let ext_ack = error.ext_ack().context("no refusal")?;
    assert_eq!(ext_ack.errno.raw(), ENOSPC);
    assert_eq!(ext_ack.message.as_deref(), Some("the shelf is full"));
    assert_eq!(shelf.all()?.len(), ROOM as usize);
    Ok(())
}

fn pyynl_reads_and_writes_the_same() -> Result<()> {
    let mut shelf = Shelf::open()?;
    let thing = json!({
        "name": "atlas",
        "sort": "book",
        // Of several, pyynl shuffles the names.
        "care": ["dark"],
        "size": {"width": 260, "height": 345, "depth": 40},
        "worth": -70_000,
        "tag": ["maps", "heavy"],
    });
    let request = json!({"thing": thing}).to_string();
    let put = cli(&["--do", "put", "--json", &request])?;
    assert_eq!(put, json!({"id": 1}));

    let expected = json!({"id": 1, "thing": thing});
    let got = cli(&["--do", "get", "--json", r#"{"id": 1}"#])?;
    assert_eq!(got, expected);
    assert_eq!(cli(&["--dump", "get"])?, json!([expected]));

    let place = Place {
        id: 1,
        name: "atlas".to_owned(),
        sort: Sort::Book,
        care: CareFlags::DARK,
        size: [260, 345, 40],
        worth: Some(-70_000),
        tags: ["maps", "heavy"].map(str::to_owned).into(),
    };
    assert_eq!(shelf.get(1)?, place);
    Ok(())
}

fn its_program_prints_what_the_tutorial_says() -> Result<()> {
    load_shelf()?;
    let tutorial = fs::read_to_string(project_file("docs/tutorials/first-client.md")?)?;
    let printed = run("shelf", &[])?.output()?;
    let shown = tutorial.contains(&format!("```text\n{printed}```"));
    ensure!(shown, "it does not show\n{printed}");
    Ok(())
}

/// Runs pyynl with the family's spec and returns what it prints.
fn cli(args: &[&str]) -> Result<Value> {
    let spec = project_file("tests/families/shelf/shelf.yaml")?;
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    let common = ["--spec", &spec, "--schema", &schema, "--output-json"];
    let output = pyynl(&[&common, args].concat())?.output()?;
    Ok(serde_json::from_str(&output)?)
}

/// The attribute that a refusal is about, by its path.
enum Culprit {
    Bad(&'static str),
    Missing(&'static str),
}
use Culprit::{Bad, Missing};

/// Sends a request that must be refused like this, and change nothing.
fn refused<R: DoRequest>(request: &R, errno: i32, message: &str, culprit: Culprit) -> Result<()> {
    let mut shelf = Shelf::open()?;
    let before = shelf.all()?;
    let error = shelf
        .0
        .request(request)
        .err()
        .context("it is not refused")?;
    let ext_ack = error.ext_ack().with_context(|| error.to_string())?.clone();
    let path = match culprit {
        Bad(path) => (Some(path), None),
        Missing(path) => (None, Some(path)),
    };
    let told = (ext_ack.attribute.as_deref(), ext_ack.missing.as_deref());
    assert_eq!(told, path, "{ext_ack}");
    assert_eq!(ext_ack.errno.raw(), errno, "{ext_ack}");
    assert_eq!(ext_ack.message.as_deref(), Some(message), "{ext_ack}");
    assert_eq!(shelf.all()?, before);
    Ok(())
}
