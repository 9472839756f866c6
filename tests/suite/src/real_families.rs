// SPDX-License-Identifier: MIT OR Apache-2.0

//! Clients made from the kernel's own specs read what the kernel's own families send, as pyynl does
//! for the same request.

use crate::support::module::load_shelf;
use crate::support::tool::{kernel_file, project_file, pyynl, run};
use anyhow::{Context, Result, bail, ensure};
use genl::{Connection, DoRequest, DumpRequest, Notice, Subscription};
use kernel_protocols::{ethtool, greet, netdev, nlctrl, shelf, tcp_metrics};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

crate::tests![
    nlctrl_lists_the_families,
    nlctrl_tells_of_a_family,
    nlctrl_tells_policies,
    netdev_lists_devices,
    netdev_tells_of_a_device,
    netdev_announces_a_device,
    ethtool_tells_features,
    ethtool_tells_strings,
    ethtool_tells_of_links,
    ethtool_is_not_asked_for_a_name_with_a_nul,
    ethtool_replies_can_be_debugged,
    tcp_metrics_lists_addresses,
    greet_tells_all,
    shelf_tells_nests,
];

/// A spec, for pyynl.
enum Spec {
    /// Of the kernel.
    Kernel(&'static str),
    /// Of the project.
    Ours(&'static str),
}
use Spec::{Kernel, Ours};

impl Spec {
    fn path(&self) -> Result<String> {
        match self {
            Kernel(name) => kernel_file(&format!("Documentation/netlink/specs/{name}.yaml")),
            Ours(path) => project_file(path),
        }
    }

    /// What pyynl prints.
    fn pyynl(&self, args: &[&str]) -> Result<Value> {
        let common = ["--spec", &self.path()?, "--no-schema", "--output-json"];
        let output = pyynl(&[&common, args].concat())?.output()?;
        serde_json::from_str(&output).with_context(|| output)
    }

    fn pyynl_do(&self, operation: &str, request: &Value) -> Result<Value> {
        self.pyynl(&["--do", operation, "--json", &request.to_string()])
    }

    fn pyynl_dump(&self, operation: &str, request: &Value) -> Result<Value> {
        self.pyynl(&["--dump", operation, "--json", &request.to_string()])
    }
}

/// What the kernel answers, as our client reads it.
fn ask<R>(request: &R) -> Result<Value>
where
    R: DoRequest,
    for<'a> R::Reply<'a>: Serialize,
{
    Ok(serde_json::to_value(Connection::open()?.request(request)?)?)
}

/// What the kernel lists, as our client reads it.
fn list<R>(request: &R) -> Result<Value>
where
    R: DumpRequest,
    for<'a> R::Item<'a>: Serialize,
{
    let dump = Connection::open()?.dump(request)?;
    let items = dump.iter().map(|item| Ok(serde_json::to_value(item?)?));
    items.collect::<Result<_>>().map(Value::Array)
}

/// Both have read the same, and something.
fn assert_same(ours: &Value, pyynls: &Value) {
    let (ours, pyynls) = (sorted(ours), sorted(pyynls));
    assert_eq!(ours, pyynls, "ours:\n{ours:#}\npyynl's:\n{pyynls:#}");
    let is_empty = match &ours {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => true,
    };
    assert!(!is_empty, "both have read nothing");
}

/// With texts in alphabetical order: pyynl keeps the names of flags in a set, which has none.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(sorted).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), sorted(value)))
            .collect(),
        other => other.clone(),
    }
}

fn nlctrl_lists_the_families() -> Result<()> {
    load_shelf()?;
    let ours = list(&nlctrl::GetfamilyDumpRequest)?;
    assert_same(
        &ours,
        &Kernel("nlctrl").pyynl_dump("getfamily", &json!({}))?,
    );
    let families = ours.as_array().context("no list")?;
    for name in [
        "nlctrl",
        "netdev",
        "ethtool",
        "tcp_metrics",
        "greet",
        "shelf",
    ] {
        let is_there = families.iter().any(|family| family["family-name"] == name);
        ensure!(is_there, "{name} is missing");
    }
    Ok(())
}

fn nlctrl_tells_of_a_family() -> Result<()> {
    let ours = ask(&nlctrl::GetfamilyRequest::new().family_name("greet"))?;
    let request = json!({"family-name": "greet"});
    assert_same(&ours, &Kernel("nlctrl").pyynl_do("getfamily", &request)?);
    Ok(())
}

fn nlctrl_tells_policies() -> Result<()> {
    load_shelf()?;
    for name in ["greet", "shelf", "netdev", "ethtool"] {
        let request = nlctrl::GetpolicyRequest::new().family_name(name);
        let mut ours = list(&request)?;
        for message in ours.as_array_mut().context("no list")? {
            name_keys(message, "policy", &["policy-id", "attr-id"])?;
            name_keys(message, "op-policy", &["op-id"])?;
        }
        let request = json!({"family-name": name});
        assert_same(&ours, &Kernel("nlctrl").pyynl_dump("getpolicy", &request)?);
    }
    Ok(())
}

/// Puts the keys of a keyed value among its fields, as pyynl does; ours is a list of the values,
/// each behind its keys, and here has one.
fn name_keys(message: &mut Value, field: &str, names: &[&str]) -> Result<()> {
    let Some(keyed) = message.get_mut(field) else {
        return Ok(());
    };
    let [(keys, mut fields)]: [(Vec<u16>, Map<String, Value>); 1] =
        serde_json::from_value(keyed.take())?;
    ensure!(keys.len() == names.len(), "{field} has {} keys", keys.len());
    for (name, key) in names.iter().zip(keys) {
        fields.insert((*name).to_owned(), key.into());
    }
    *keyed = fields.into();
    Ok(())
}

/// Devices of three kinds in the namespace of the test.
fn add_devices() -> Result<()> {
    ip("link set lo up")?;
    ip("link add dummy0 type dummy")?;
    ip("link add veth0 type veth peer name veth1")?;
    ip("link set veth0 up")?;
    ip("link set veth1 up")
}

fn ip(line: &str) -> Result<()> {
    let words: Vec<_> = line.split(' ').collect();
    run("ip", &words)?.output()?;
    Ok(())
}

fn netdev_lists_devices() -> Result<()> {
    add_devices()?;
    let ours = list(&netdev::DevGetDumpRequest)?;
    assert_same(&ours, &Kernel("netdev").pyynl_dump("dev-get", &json!({}))?);
    assert_eq!(ours.as_array().map(Vec::len), Some(4));

    let ours = list(&netdev::QueueGetDumpRequest::new())?;
    assert_same(
        &ours,
        &Kernel("netdev").pyynl_dump("queue-get", &json!({}))?,
    );
    Ok(())
}

fn netdev_tells_of_a_device() -> Result<()> {
    add_devices()?;
    let device = list(&netdev::DevGetDumpRequest)?;
    let device = device[1]["ifindex"].as_u64().context("ifindex")?;
    let ours = ask(&netdev::DevGetRequest::new().ifindex(device.try_into()?))?;
    let request = json!({"ifindex": device});
    assert_same(&ours, &Kernel("netdev").pyynl_do("dev-get", &request)?);
    Ok(())
}

fn netdev_announces_a_device() -> Result<()> {
    let mut events = Subscription::open(&netdev::FAMILY, &[netdev::groups::MGMT])?;
    ip("link add dummy0 type dummy")?;
    let notice = events.next_within(Duration::from_secs(5))?;
    let Some(Notice::Event(event)) = &notice else {
        bail!("instead of an event: {notice:?}");
    };
    let Some(netdev::Event::DevAddNtf(device)) = event.decode()? else {
        bail!("{event:?}");
    };
    let request = json!({"ifindex": device.ifindex});
    let pyynls = Kernel("netdev").pyynl_do("dev-get", &request)?;
    assert_same(&serde_json::to_value(device)?, &pyynls);
    Ok(())
}

/// The header of a request to ethtool.
fn of(device: &str) -> ethtool::Header<'_> {
    ethtool::Header::new().dev_name(device)
}

fn ethtool_tells_features() -> Result<()> {
    add_devices()?;
    let spec = Kernel("ethtool");
    let ours = ask(&ethtool::FeaturesGetRequest::new().header(of("lo")))?;
    let request = json!({"header": {"dev-name": "lo"}});
    assert_same(&ours, &spec.pyynl_do("features-get", &request)?);

    let header = of("veth0").flags(ethtool::HeaderFlags::COMPACT_BITSETS);
    let ours = ask(&ethtool::FeaturesGetRequest::new().header(header))?;
    let request = json!({"header": {"dev-name": "veth0", "flags": ["compact-bitsets"]}});
    assert_same(&ours, &spec.pyynl_do("features-get", &request)?);

    let ours = list(&ethtool::FeaturesGetRequest::new())?;
    assert_same(&ours, &spec.pyynl_dump("features-get", &json!({}))?);
    Ok(())
}

fn ethtool_tells_strings() -> Result<()> {
    add_devices()?;
    let spec = Kernel("ethtool");
    let ours = ask(&ethtool::StrsetGetRequest::new().header(of("veth0")))?;
    let request = json!({"header": {"dev-name": "veth0"}});
    assert_same(&ours, &spec.pyynl_do("strset-get", &request)?);

    let ours = list(&ethtool::StrsetGetRequest::new())?;
    assert_same(&ours, &spec.pyynl_dump("strset-get", &json!({}))?);

    // Those of no device: names of features, and of link modes.
    let sets = [4, 9].map(|id| ethtool::StringsetNest::new().id(id));
    let sets = ethtool::Stringsets::new().stringset(&sets);
    let header = ethtool::Header::new();
    let ours = ask(&ethtool::StrsetGetRequest::new()
        .header(header)
        .stringsets(sets))?;
    let request = json!({"header": {}, "stringsets": {"stringset": [{"id": 4}, {"id": 9}]}});
    assert_same(&ours, &spec.pyynl_do("strset-get", &request)?);
    Ok(())
}

fn ethtool_tells_of_links() -> Result<()> {
    use ethtool::{ChannelsGetRequest, LinkinfoGetRequest, LinkmodesGetRequest};
    use ethtool::{LinkstateGetRequest, TsinfoGetRequest};

    add_devices()?;
    let of = of("veth0");
    let answers = [
        ("linkinfo-get", ask(&LinkinfoGetRequest::new().header(of))?),
        (
            "linkmodes-get",
            ask(&LinkmodesGetRequest::new().header(of))?,
        ),
        (
            "linkstate-get",
            ask(&LinkstateGetRequest::new().header(of))?,
        ),
        ("channels-get", ask(&ChannelsGetRequest::new().header(of))?),
        ("tsinfo-get", ask(&TsinfoGetRequest::new().header(of))?),
    ];
    let request = json!({"header": {"dev-name": "veth0"}});
    for (operation, ours) in answers {
        assert_same(&ours, &Kernel("ethtool").pyynl_do(operation, &request)?);
    }
    Ok(())
}

/// The kernel would take the name to end at the NUL, and answer for `lo`.
fn ethtool_is_not_asked_for_a_name_with_a_nul() -> Result<()> {
    let error = ask(&ethtool::FeaturesGetRequest::new().header(of("lo\0nonsense")));
    let error = error.expect_err("it was sent").to_string();
    let expected = "features-get: the string attribute header.dev-name contains a NUL";
    assert_eq!(error, expected);
    Ok(())
}

/// A reply is shown by names and values, in one line or in a line for each, and not by its bytes.
fn ethtool_replies_can_be_debugged() -> Result<()> {
    add_devices()?;
    let mut connection = Connection::open()?;
    let reply = connection.request(&ethtool::FeaturesGetRequest::new().header(of("veth0")))?;
    let bytes = reply.attrs.as_bytes().len();
    assert!(bytes > 1000, "{bytes} bytes");

    let line = format!("{reply:?}");
    assert_eq!(line.lines().count(), 1, "{line}");
    let start = "FeaturesGetReply {header: {dev-index: ";
    assert!(line.starts_with(start), "{line}");
    assert!(line.contains("dev-name: \"veth0\""), "{line}");
    assert!(!line.contains("bytes]"), "{line}");

    let lines = format!("{reply:#?}");
    let count = lines.lines().count();
    assert!(count < bytes / 4, "{count} lines for {bytes} bytes");
    assert!(
        lines.contains("\n        dev-name: \"veth0\",\n"),
        "{lines}"
    );
    Ok(())
}

fn tcp_metrics_lists_addresses() -> Result<()> {
    ip("link set lo up")?;
    talk_to_ourselves()?;
    let spec = Kernel("tcp_metrics");
    let ours = list(&tcp_metrics::GetDumpRequest)?;
    let pyynls = spec.pyynl_dump("get", &json!({}))?;
    assert_same(&without_age(&ours)?, &without_age(&pyynls)?);

    let ours = ask(&tcp_metrics::GetRequest::new().addr_ipv4(Ipv4Addr::LOCALHOST))?;
    let request = json!({"addr-ipv4": "127.0.0.1"});
    let pyynls = spec.pyynl_do("get", &request)?;
    assert_same(&without_age(&ours)?, &without_age(&pyynls)?);
    Ok(())
}

/// A connection by TCP, of which the kernel keeps something in mind.
fn talk_to_ourselves() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let client = thread::spawn(move || -> Result<()> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(&[7; 100_000])?;
        Ok(())
    });
    let (mut stream, _) = listener.accept()?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    client
        .join()
        .map_err(|_| anyhow::anyhow!("a client panicked"))??;
    Ok(())
}

/// Takes away the age of entries, which goes on between two requests; it must be there.
fn without_age(value: &Value) -> Result<Value> {
    let mut value = value.clone();
    let entries = match &mut value {
        Value::Array(entries) => entries.as_mut_slice(),
        entry => std::slice::from_mut(entry),
    };
    for entry in entries {
        let fields = entry.as_object_mut().context("no object")?;
        let age = fields.remove("age").and_then(|age| age.as_u64());
        ensure!(age.is_some_and(|age| age < 60_000), "the age is {age:?}");
    }
    Ok(value)
}

fn greet_tells_all() -> Result<()> {
    let spec = Ours("policy/greet.yaml");
    let style = greet::Style::Formal;
    let request = greet::GreetRequest::new()
        .name("World")
        .style(style)
        .cookie(&[0xca, 0xfe]);
    let mut ours = ask(&request)?;
    let request = json!({"name": "World", "style": "formal", "cookie": "cafe"});
    let mut pyynls = spec.pyynl_do("greet", &request)?;
    for (greeting, id) in [(&mut ours, 1), (&mut pyynls, 2)] {
        let fields = greeting.as_object_mut().context("no object")?;
        assert_eq!(fields.remove("id"), Some(json!(id)));
        // Each has a port of its own.
        let port = fields.remove("portid").context("portid")?.to_string();
        let message = fields["message"].as_str().context("message")?;
        fields["message"] = message.replace(&port, "PORT").into();
    }
    assert_same(&ours, &pyynls);

    let ours = list(&greet::PeerGetDumpRequest)?;
    assert_same(&ours, &spec.pyynl_dump("peer-get", &json!({}))?);
    let ours = ask(&greet::PeerGetRequest::new().name("World"))?;
    assert_same(
        &ours,
        &spec.pyynl_do("peer-get", &json!({"name": "World"}))?,
    );
    let ours = ask(&greet::StatsGetRequest)?;
    assert_same(&ours, &spec.pyynl_do("stats-get", &json!({}))?);
    let ours = ask(&greet::SettingsGetRequest)?;
    assert_same(&ours, &spec.pyynl_do("settings-get", &json!({}))?);
    Ok(())
}

fn shelf_tells_nests() -> Result<()> {
    load_shelf()?;
    let tags = ["maps", "heavy"].map(Into::into);
    let atlas = shelf::Thing::new()
        .name("atlas")
        .sort(shelf::Sort::Book)
        .care(shelf::CareFlags::DRY | shelf::CareFlags::DARK)
        .size(shelf::Size::new().width(260).height(345).depth(40))
        .worth(-70_000)
        .tag(&tags);
    ask(&shelf::PutRequest::new().thing(atlas))?;
    let ours = list(&shelf::GetDumpRequest)?;
    let spec = Ours("tests/families/shelf/shelf.yaml");
    assert_same(&ours, &spec.pyynl_dump("get", &json!({}))?);
    Ok(())
}
