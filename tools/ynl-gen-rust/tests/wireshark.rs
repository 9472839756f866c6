// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the dissectors in tshark. Without tshark, the tests are skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;

/// The id of the family in the captures.
const FAMILY: u16 = 0x77;

/// Commands of `every_type.yaml` and of nlctrl.
const GET: u8 = 1;
const NEWFAMILY: u8 = 1;

const NLCTRL: u16 = 16;
const REQUEST: u16 = 1;

/// A byte order.
#[derive(Clone, Copy, Debug)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn bytes<const N: usize>(self, little: [u8; N]) -> Vec<u8> {
        match self {
            Self::Little => little.to_vec(),
            Self::Big => little.into_iter().rev().collect(),
        }
    }

    fn u16(self, number: u16) -> Vec<u8> {
        self.bytes(number.to_le_bytes())
    }

    fn u32(self, number: u32) -> Vec<u8> {
        self.bytes(number.to_le_bytes())
    }

    fn u64(self, number: u64) -> Vec<u8> {
        self.bytes(number.to_le_bytes())
    }

    fn attribute(self, number: u16, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(4 + payload.len()).expect("a short message");
        let mut bytes = [self.u16(len), self.u16(number), payload.to_vec()].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message(self, family: u16, command: u8, flags: u16, attributes: &[u8]) -> Vec<u8> {
        let len = u32::try_from(20 + attributes.len()).expect("a short message");
        let header = [
            self.u32(len),
            self.u16(family),
            self.u16(flags),
            self.u32(1),
            self.u32(2),
        ];
        [header.concat().as_slice(), &[command, 1, 0, 0], attributes].concat()
    }

    /// Returns a capture of messages, after a message of nlctrl with the family's id.
    fn capture(self, messages: &[Vec<u8>]) -> Vec<u8> {
        let family = [
            self.attribute(2, b"every-type\0"),
            self.attribute(1, &self.u16(FAMILY)),
        ];
        let family = self.message(NLCTRL, NEWFAMILY, 0, &family.concat());
        let packets = [&family].into_iter().chain(messages).map(|one| packet(one));
        let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0001_0000, 253];
        let header = header.map(u32::to_le_bytes).concat();
        [header, packets.flatten().collect()].concat()
    }
}

/// Returns a packet with a netlink message.
fn packet(message: &[u8]) -> Vec<u8> {
    let link: [u16; 8] = [0, 824, 0, 0, 0, 0, 0, 16];
    let len = u32::try_from(16 + message.len()).expect("a short message");
    let header = [0, 0, len, len].map(u32::to_le_bytes).concat();
    let link = link.map(u16::to_be_bytes).concat();
    [header.as_slice(), &link, message].concat()
}

/// A directory with a dissector and a capture.
struct Scene(PathBuf);

impl Scene {
    /// Returns `None` without tshark.
    fn new(name: &str) -> Option<Self> {
        if Command::new("tshark").arg("--version").output().is_err() {
            println!("tshark is not installed");
            return None;
        }
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).expect("a directory");
        Some(Self(directory))
    }

    fn script(&self, family: &Family) -> PathBuf {
        let script = self.0.join(format!("{}.lua", family.name));
        fs::write(&script, emit::wireshark(family, "a spec")).expect("the file is written");
        script
    }

    /// Returns the output of tshark with these scripts.
    fn tshark(&self, scripts: &[PathBuf], capture: &[u8], args: &[&str]) -> String {
        let file = self.0.join("capture.pcap");
        fs::write(&file, capture).expect("the file is written");
        let mut tshark = Command::new("tshark");
        for script in scripts {
            tshark
                .arg("-X")
                .arg(format!("lua_script:{}", script.display()));
        }
        let output = tshark.arg("-r").arg(file).args(args).output();
        let output = output.expect("tshark runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !stderr.contains("Lua"),
            "{stderr}"
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

fn family(path: &Path) -> Result<Family, String> {
    let source = Source::read(path).expect("a readable file");
    let document = source.parse().and_then(|document| {
        let licence = source.licence()?;
        model::build(&document, licence)
    });
    document.map_err(|problem| source.report(problem).to_string())
}

fn every_type() -> Family {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs/every_type.yaml");
    family(&path).expect("a valid spec")
}

/// Attributes of most types.
fn values(order: Order) -> Vec<u8> {
    let part = |label: &[u8], colour| {
        [
            order.attribute(1, label),
            order.attribute(2, &order.u32(colour)),
        ]
        .concat()
    };
    let deep = order.attribute(3, &part(b"deep\0", 0));
    let list = [
        order.attribute(0, &part(b"first\0", 0)),
        order.attribute(1, &part(b"second\0", 1)),
    ];
    let nested = 0x8000;
    [
        order.attribute(2, b""),
        order.attribute(3, &[0xca, 0xfe]),
        order.attribute(8, &[order.u32(4), order.u32(5)].concat()),
        order.attribute(9, "Ünï\0".as_bytes()),
        order.attribute(10, &[7]),
        order.attribute(11, &order.u16(300)),
        order.attribute(12, &order.u32(70_000)),
        order.attribute(14, &order.u64(1 << 40)),
        order.attribute(15, &[0xff]),
        order.attribute(18, &order.u64(-2_i64 as u64)),
        order.attribute(19, &order.u32(6)),
        order.attribute(19, &order.u64(1 << 50)),
        order.attribute(20, &order.u32(-3_i32 as u32)),
        order.attribute(21, &8080_u16.to_be_bytes()),
        order.attribute(22, &[127, 0, 0, 1]),
        order.attribute(23, &order.u32(2)),
        order.attribute(26, &order.u32(1 | 1 << 4)),
        order.attribute(28 | nested, &[part(b"in\0", 1), deep].concat()),
        order.attribute(31, &list.concat()),
    ]
    .concat()
}

#[test]
fn every_type_is_dissected_in_both_byte_orders() {
    let Some(scene) = Scene::new("every_type") else {
        return;
    };
    let script = [scene.script(&every_type())];
    for order in [Order::Little, Order::Big] {
        let message = order.message(FAMILY, GET, REQUEST, &values(order));
        let shown = scene.tshark(&script, &order.capture(&[message]), &["-V"]);
        let (_, shown) = shown
            .split_once("Generic netlink family every-type, get request")
            .unwrap_or_else(|| panic!("not found in {shown}"));
        let lines = shown.lines().filter(|line| !line.trim().is_empty());
        let lines: Vec<_> = lines.map(|line| line.strip_prefix("    ")).collect();
        let expected = [
            "command: get (1)",
            "version: 1",
            "type",
            "bytes: cafe",
            "row: 4",
            "row: 5",
            "label: Ünï",
            "small: 7",
            "medium: 300",
            "number: 70000",
            "large: 1099511627776",
            "signed8: -1",
            "signed64: -2",
            "any: 6",
            "any: 1125899906842624",
            "any-signed: -3",
            "port: 8080",
            "address: 127.0.0.1",
            "colour: 2nd-green (2)",
            "options: 0x00000011 (fast, quiet)",
            "    fast: True",
            "    quiet: True",
            "inner",
            "    label: in",
            "    colour: green (1)",
            "    deeper",
            "        label: deep",
            "        colour: red (0)",
            "[0] list",
            "    label: first",
            "    colour: red (0)",
            "[1] list",
            "    label: second",
            "    colour: green (1)",
        ];
        assert_eq!(lines, expected.map(Some), "{order:?}");
    }
}

#[test]
fn malformed_attributes_are_marked() {
    let Some(scene) = Scene::new("broken") else {
        return;
    };
    let script = [scene.script(&every_type())];
    let order = Order::Little;
    let too_long = [order.u16(200), order.u16(3), b"ab".to_vec()].concat();
    let mut deep = Vec::new();
    for _ in 0..1000 {
        deep = order.attribute(3, &deep);
    }
    let cases = [
        (order.attribute(12, b"abc"), "Invalid length for u32"),
        (order.attribute(19, b"abc"), "Invalid length for uint"),
        (order.attribute(8, b"abcde"), "Invalid length for u32"),
        (order.attribute(99, b"abc"), "Not in the spec"),
        (order.attribute(28, b"abc"), "Too short for an attribute"),
        (too_long, "Attribute length 200 exceeds the 6 bytes left"),
        (order.attribute(28, &deep), "Too deep to be shown"),
    ];
    for (attributes, expected) in cases {
        let message = order.message(FAMILY, GET, REQUEST, &attributes);
        let shown = scene.tshark(&script, &order.capture(&[message]), &["-V"]);
        let mark = format!("[{expected}]");
        assert!(shown.contains(&mark), "no \"{mark}\" in {shown}");
        assert!(!shown.contains("Lua Error"), "{shown}");
    }
}

#[test]
fn tshark_loads_dissectors_of_every_kernel_spec() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let Some(scene) = Scene::new("kernel") else {
        return;
    };
    let specs = Path::new(&tree).join("Documentation/netlink/specs");
    let paths = fs::read_dir(specs).expect("a directory of specs");
    let families = paths.filter_map(|entry| family(&entry.expect("an entry").path()).ok());
    let scripts: Vec<_> = families.map(|family| scene.script(&family)).collect();
    assert!(!scripts.is_empty());
    scene.tshark(&scripts, &Order::Little.capture(&[]), &[]);
}
