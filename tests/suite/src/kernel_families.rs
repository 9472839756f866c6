// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generated clients for families of the kernel: they decode the same values as pyynl does for the
//! same request.

use crate::support::client::Connection;
use crate::support::module::{load_in_tree, load_shelf};
use crate::support::tool::{kernel_file, project_file, pyynl_json, run};
use anyhow::{Context, Result, bail, ensure};
use genl::{DoRequest, DumpRequest, Notice, Subscription};
use kernel_protocols::{ethtool, greet, mptcp_pm, netdev, nlctrl, shelf, tcp_metrics};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

crate::client_tests![
    nlctrl_getfamily_dump_matches_pyynl,
    nlctrl_getfamily_matches_pyynl,
    nlctrl_getpolicy_matches_pyynl,
    netdev_dumps_match_pyynl,
    netdev_dev_get_matches_pyynl,
    netdev_notification_matches_dev_get,
    mptcp_pm_events_have_their_own_numbers,
    ethtool_features_match_pyynl,
    ethtool_strings_match_pyynl,
    ethtool_link_operations_match_pyynl,
    ethtool_name_with_a_nul_is_an_encode_error,
    ethtool_replies_are_debug_printed_by_name,
    tcp_metrics_get_matches_pyynl,
    greet_operations_match_pyynl,
    shelf_dump_with_nests_matches_pyynl,
];

/// A spec for pyynl.
enum Spec {
    /// A spec in the kernel tree.
    Kernel(&'static str),
    /// A spec of this project.
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

    /// Runs pyynl and returns its output.
    fn pyynl(&self, args: &[&str]) -> Result<Value> {
        pyynl_json(&self.path()?, args)
    }

    fn pyynl_do(&self, operation: &str, request: &Value) -> Result<Value> {
        self.pyynl(&["--do", operation, "--json", &request.to_string()])
    }

    fn pyynl_dump(&self, operation: &str, request: &Value) -> Result<Value> {
        self.pyynl(&["--dump", operation, "--json", &request.to_string()])
    }
}

/// Sends a request and returns the reply that our client decodes.
fn request_json<R>(request: &R) -> Result<Value>
where
    R: DoRequest,
    for<'a> R::Reply<'a>: Serialize,
{
    let reply = Connection::open()?.request(request)?;
    Ok(serde_json::to_value(reply.get()?)?)
}

/// Returns the dump that our client decodes.
fn dump_json<R>(request: &R) -> Result<Value>
where
    R: DumpRequest,
    for<'a> R::Item<'a>: Serialize,
{
    let dump = Connection::open()?.dump(request)?;
    let items = dump.iter().map(|item| Ok(serde_json::to_value(item?)?));
    items.collect::<Result<_>>().map(Value::Array)
}

/// Asserts that both have decoded the same values, and not none.
fn assert_same(ours: &Value, pyynls: &Value) {
    let (ours, pyynls) = (sorted(ours), sorted(pyynls));
    assert_eq!(ours, pyynls, "ours:\n{ours:#}\npyynl's:\n{pyynls:#}");
    let is_empty = match &ours {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => true,
    };
    assert!(!is_empty, "expected values, both clients got none");
}

/// Sorts lists of strings: pyynl keeps the names of flags in a set, which has no order.
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

fn nlctrl_getfamily_dump_matches_pyynl() -> Result<()> {
    load_shelf()?;
    let ours = dump_json(&nlctrl::GetfamilyDumpRequest)?;
    assert_same(
        &ours,
        &Kernel("nlctrl").pyynl_dump("getfamily", &json!({}))?,
    );
    let families = ours.as_array().context("expected a list")?;
    for name in [
        "nlctrl",
        "netdev",
        "ethtool",
        "tcp_metrics",
        "greet",
        "shelf",
    ] {
        let is_listed = families.iter().any(|family| family["family-name"] == name);
        ensure!(is_listed, "expected {name} in the dump");
    }
    Ok(())
}

fn nlctrl_getfamily_matches_pyynl() -> Result<()> {
    let ours = request_json(&nlctrl::GetfamilyRequest::new().family_name("greet"))?;
    let request = json!({"family-name": "greet"});
    assert_same(&ours, &Kernel("nlctrl").pyynl_do("getfamily", &request)?);
    Ok(())
}

fn nlctrl_getpolicy_matches_pyynl() -> Result<()> {
    load_shelf()?;
    for name in ["greet", "shelf", "netdev", "ethtool"] {
        let request = nlctrl::GetpolicyRequest::new().family_name(name);
        let mut ours = dump_json(&request)?;
        for message in ours.as_array_mut().context("expected a list")? {
            name_keys(message, "policy", &["policy-id", "attr-id"])?;
            name_keys(message, "op-policy", &["op-id"])?;
        }
        let request = json!({"family-name": name});
        assert_same(&ours, &Kernel("nlctrl").pyynl_dump("getpolicy", &request)?);
    }
    Ok(())
}

/// Moves the keys of an indexed nest into its fields, as pyynl does. Our client returns a list of
/// keys and values, here with one entry.
fn name_keys(message: &mut Value, field: &str, names: &[&str]) -> Result<()> {
    let Some(keyed) = message.get_mut(field) else {
        return Ok(());
    };
    let [(keys, mut fields)]: [(Vec<u16>, Map<String, Value>); 1] =
        serde_json::from_value(keyed.take())?;
    ensure!(
        keys.len() == names.len(),
        "expected {} keys in {field}, got {}",
        names.len(),
        keys.len()
    );
    for (name, key) in names.iter().zip(keys) {
        fields.insert((*name).to_owned(), key.into());
    }
    *keyed = fields.into();
    Ok(())
}

/// Adds network devices of three kinds to the namespace of the test.
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

fn netdev_dumps_match_pyynl() -> Result<()> {
    add_devices()?;
    let ours = dump_json(&netdev::DevGetDumpRequest)?;
    assert_same(&ours, &Kernel("netdev").pyynl_dump("dev-get", &json!({}))?);
    assert_eq!(ours.as_array().map(Vec::len), Some(4));

    let ours = dump_json(&netdev::QueueGetDumpRequest::new())?;
    assert_same(
        &ours,
        &Kernel("netdev").pyynl_dump("queue-get", &json!({}))?,
    );
    Ok(())
}

fn netdev_dev_get_matches_pyynl() -> Result<()> {
    add_devices()?;
    let device = dump_json(&netdev::DevGetDumpRequest)?;
    let device = device[1]["ifindex"].as_u64().context("ifindex")?;
    let ours = request_json(&netdev::DevGetRequest::new().ifindex(device.try_into()?))?;
    let request = json!({"ifindex": device});
    assert_same(&ours, &Kernel("netdev").pyynl_do("dev-get", &request)?);
    Ok(())
}

fn netdev_notification_matches_dev_get() -> Result<()> {
    let mut events = Subscription::open(&netdev::FAMILY, &[netdev::groups::MGMT])?;
    ip("link add dummy0 type dummy")?;
    let notice = events.next_within(Duration::from_secs(5))?;
    let Some(Notice::Event(event)) = &notice else {
        bail!("expected an event, got {notice:?}");
    };
    let Some(netdev::Event::DevAddNtf(device)) = event.decode()? else {
        bail!("{event:?}");
    };
    let request = json!({"ifindex": device.ifindex});
    let pyynls = Kernel("netdev").pyynl_do("dev-get", &request)?;
    assert_same(&serde_json::to_value(device)?, &pyynls);
    Ok(())
}

/// The events are in the family's supplement.
fn mptcp_pm_events_have_their_own_numbers() -> Result<()> {
    use mptcp_pm::Event::{ListenerClosed, ListenerCreated};

    const PORT: u16 = 10_100;

    load_in_tree("mptcp_pm")?;
    let mut events = Subscription::open(&mptcp_pm::FAMILY, &[mptcp_pm::groups::MPTCP_PM_EVENTS])?;
    let mut next = || match events.next_within(Duration::from_secs(5))? {
        Some(Notice::Event(event)) => Ok(event),
        other => bail!("expected an event, got {other:?}"),
    };
    ip(&format!("mptcp endpoint add 127.0.0.1 port {PORT} signal"))?;
    let event = next()?;
    let Some(ListenerCreated(created)) = event.decode()? else {
        bail!("{event:?}");
    };
    let address = created.saddr4.map(Ipv4Addr::from);
    assert_eq!(
        (created.sport, address),
        (Some(PORT), Some(Ipv4Addr::LOCALHOST))
    );
    ip("mptcp endpoint flush")?;
    let event = next()?;
    let Some(ListenerClosed(closed)) = event.decode()? else {
        bail!("{event:?}");
    };
    assert_eq!(
        (closed.sport, closed.saddr4),
        (created.sport, created.saddr4)
    );
    Ok(())
}

/// Creates the header of a request to ethtool.
fn header(device: &str) -> ethtool::Header<'_> {
    ethtool::Header::new().dev_name(device)
}

fn ethtool_features_match_pyynl() -> Result<()> {
    add_devices()?;
    let spec = Kernel("ethtool");
    let ours = request_json(&ethtool::FeaturesGetRequest::new().header(header("lo")))?;
    let request = json!({"header": {"dev-name": "lo"}});
    assert_same(&ours, &spec.pyynl_do("features-get", &request)?);

    let header = header("veth0").flags(ethtool::HeaderFlags::COMPACT_BITSETS);
    let ours = request_json(&ethtool::FeaturesGetRequest::new().header(header))?;
    let request = json!({"header": {"dev-name": "veth0", "flags": ["compact-bitsets"]}});
    assert_same(&ours, &spec.pyynl_do("features-get", &request)?);

    let ours = dump_json(&ethtool::FeaturesGetRequest::new())?;
    assert_same(&ours, &spec.pyynl_dump("features-get", &json!({}))?);
    Ok(())
}

fn ethtool_strings_match_pyynl() -> Result<()> {
    add_devices()?;
    let spec = Kernel("ethtool");
    let ours = request_json(&ethtool::StrsetGetRequest::new().header(header("veth0")))?;
    let request = json!({"header": {"dev-name": "veth0"}});
    assert_same(&ours, &spec.pyynl_do("strset-get", &request)?);

    let ours = dump_json(&ethtool::StrsetGetRequest::new())?;
    assert_same(&ours, &spec.pyynl_dump("strset-get", &json!({}))?);

    // String sets without a device: names of features and of link modes.
    let sets = [4, 9].map(|id| ethtool::StringsetNest::new().id(id));
    let sets = ethtool::Stringsets::new().stringset(&sets);
    let header = ethtool::Header::new();
    let ours = request_json(
        &ethtool::StrsetGetRequest::new()
            .header(header)
            .stringsets(sets),
    )?;
    let request = json!({"header": {}, "stringsets": {"stringset": [{"id": 4}, {"id": 9}]}});
    assert_same(&ours, &spec.pyynl_do("strset-get", &request)?);
    Ok(())
}

fn ethtool_link_operations_match_pyynl() -> Result<()> {
    use ethtool::{ChannelsGetRequest, LinkinfoGetRequest, LinkmodesGetRequest};
    use ethtool::{LinkstateGetRequest, TsinfoGetRequest};

    add_devices()?;
    let header = header("veth0");
    let answers = [
        (
            "linkinfo-get",
            request_json(&LinkinfoGetRequest::new().header(header))?,
        ),
        (
            "linkmodes-get",
            request_json(&LinkmodesGetRequest::new().header(header))?,
        ),
        (
            "linkstate-get",
            request_json(&LinkstateGetRequest::new().header(header))?,
        ),
        (
            "channels-get",
            request_json(&ChannelsGetRequest::new().header(header))?,
        ),
        (
            "tsinfo-get",
            request_json(&TsinfoGetRequest::new().header(header))?,
        ),
    ];
    let request = json!({"header": {"dev-name": "veth0"}});
    for (operation, ours) in answers {
        assert_same(&ours, &Kernel("ethtool").pyynl_do(operation, &request)?);
    }
    Ok(())
}

/// The kernel would read the name only up to the NUL and answer for `lo`.
fn ethtool_name_with_a_nul_is_an_encode_error() -> Result<()> {
    let error = request_json(&ethtool::FeaturesGetRequest::new().header(header("lo\0nonsense")));
    let error = error
        .expect_err("expected an error, but the request was sent")
        .to_string();
    let expected = "features-get: the string attribute header.dev-name contains a NUL";
    assert_eq!(error, expected);
    Ok(())
}

/// `{:?}` prints the names and values of a reply in one line, `{:#?}` one line for each, and
/// neither prints its bytes.
fn ethtool_replies_are_debug_printed_by_name() -> Result<()> {
    add_devices()?;
    let mut connection = Connection::open()?;
    let reply = connection.request(&ethtool::FeaturesGetRequest::new().header(header("veth0")))?;
    let reply = reply.get()?;
    let bytes = reply.attrs.as_bytes().len();
    assert!(
        bytes > 1000,
        "expected a reply of more than 1000 bytes, got {bytes}"
    );

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

fn tcp_metrics_get_matches_pyynl() -> Result<()> {
    ip("link set lo up")?;
    connect_to_localhost()?;
    let spec = Kernel("tcp_metrics");
    let ours = dump_json(&tcp_metrics::GetDumpRequest)?;
    let pyynls = spec.pyynl_dump("get", &json!({}))?;
    assert_same(&without_age(&ours)?, &without_age(&pyynls)?);

    let ours = request_json(&tcp_metrics::GetRequest::new().addr_ipv4(Ipv4Addr::LOCALHOST))?;
    let request = json!({"addr-ipv4": "127.0.0.1"});
    let pyynls = spec.pyynl_do("get", &request)?;
    assert_same(&without_age(&ours)?, &without_age(&pyynls)?);
    Ok(())
}

/// Makes a TCP connection, of which the kernel stores metrics.
fn connect_to_localhost() -> Result<()> {
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

/// Removes the age of each entry, which must exist, because it grows between two requests.
fn without_age(value: &Value) -> Result<Value> {
    let mut value = value.clone();
    let entries = match &mut value {
        Value::Array(entries) => entries.as_mut_slice(),
        entry => std::slice::from_mut(entry),
    };
    for entry in entries {
        let fields = entry.as_object_mut().context("expected an object")?;
        let age = fields.remove("age").and_then(|age| age.as_u64());
        ensure!(
            age.is_some_and(|age| age < 60_000),
            "expected an age below a minute, got {age:?}"
        );
    }
    Ok(value)
}

fn greet_operations_match_pyynl() -> Result<()> {
    let spec = Ours("policy/greet.yaml");
    let style = greet::Style::Formal;
    let request = greet::GreetRequest::new()
        .name("World")
        .style(style)
        .cookie(&[0xca, 0xfe]);
    let mut ours = request_json(&request)?;
    let request = json!({"name": "World", "style": "formal", "cookie": "cafe"});
    let mut pyynls = spec.pyynl_do("greet", &request)?;
    for (greeting, id) in [(&mut ours, 1), (&mut pyynls, 2)] {
        let fields = greeting.as_object_mut().context("expected an object")?;
        assert_eq!(fields.remove("id"), Some(json!(id)));
        // The clients have different ports.
        let port = fields.remove("portid").context("portid")?.to_string();
        let message = fields["message"].as_str().context("message")?;
        fields["message"] = message.replace(&port, "PORT").into();
    }
    assert_same(&ours, &pyynls);

    let ours = dump_json(&greet::PeerGetDumpRequest)?;
    assert_same(&ours, &spec.pyynl_dump("peer-get", &json!({}))?);
    let ours = request_json(&greet::PeerGetRequest::new().name("World"))?;
    assert_same(
        &ours,
        &spec.pyynl_do("peer-get", &json!({"name": "World"}))?,
    );
    let ours = request_json(&greet::StatsGetRequest)?;
    assert_same(&ours, &spec.pyynl_do("stats-get", &json!({}))?);
    let ours = request_json(&greet::SettingsGetRequest)?;
    assert_same(&ours, &spec.pyynl_do("settings-get", &json!({}))?);
    Ok(())
}

fn shelf_dump_with_nests_matches_pyynl() -> Result<()> {
    load_shelf()?;
    let tags = ["maps", "heavy"].map(genl::Text::from);
    let atlas = shelf::Thing::new()
        .name("atlas")
        .sort(shelf::Sort::Book)
        .care(shelf::CareFlags::DRY | shelf::CareFlags::DARK)
        .size(shelf::Size::new().width(260).height(345).depth(40))
        .worth(-70_000)
        .tag(&tags);
    request_json(&shelf::PutRequest::new().thing(atlas))?;
    let ours = dump_json(&shelf::GetDumpRequest)?;
    let spec = Ours("tests/families/shelf/shelf.yaml");
    assert_same(&ours, &spec.pyynl_dump("get", &json!({}))?);
    Ok(())
}
