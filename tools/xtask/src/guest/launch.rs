// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command that starts a machine.

use crate::machine::Machine;
use crate::tool;
use rustix::fs::statvfs;
use rustix::system::RebootCommand;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The guest's memory in megabytes. With User-Mode Linux it is a file of the host that grows with
/// its use.
const UML_MEMORY: u64 = 512;
const UML_MEMORY_FOLDER: &str = "/dev/shm";
const QEMU_MEMORY: u64 = 2048;

/// How many processors the guest has.
const PROCESSORS: u32 = 2;

/// The name under which QEMU shows the guest's folder of the host.
const FOLDER_TAG: &str = "xtask";

/// What every kernel is told, such as to end at a panic.
const KERNEL_ARGS: [&str; 4] = [
    "ro",
    "ignore_loglevel",
    "panic=-1",
    // Skips the kernel's own KUnit suites at boot.
    "kunit.filter_glob=none.none",
];

/// A guest that can be started.
pub(super) struct Launch<'a> {
    pub(super) machine: Machine,
    /// The program that is the kernel.
    pub(super) kernel: &'a Path,
    /// The folder of this guest alone, with its job.
    pub(super) folder: &'a Path,
    /// A copy of xtask, the guest's first process.
    pub(super) init: &'a Path,
}

impl Launch<'_> {
    /// The machine with the command's terminal on our standard input and output, and the kernel's
    /// console at the end of a file. If we die, so does the guest.
    pub(super) fn command(&self, console: &Path) -> std::io::Result<Command> {
        let errors = File::options().append(true).open(console)?;
        let mut command = tool::command("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .stdin(Stdio::inherit())
            .stderr(errors)
            .env_clear();
        if let Some(path) = env::var_os("PATH") {
            command.env("PATH", path);
        }
        match self.machine {
            Machine::Uml | Machine::Plain => self.add_uml(&mut command),
            Machine::Pc | Machine::Debug | Machine::Arm64 => self.add_qemu(&mut command, console),
        }
        Ok(command)
    }

    fn add_uml(&self, command: &mut Command) {
        command
            .arg(self.kernel)
            .args(["root=/dev/root", "rootfstype=hostfs"])
            .args(KERNEL_ARGS)
            .arg("console=ttyS0")
            .arg(format!("init={}", self.init.display()))
            .arg(format!("mem={UML_MEMORY}M"))
            .arg(format!("ncpus={PROCESSORS}"))
            .arg("seccomp=on")
            // The command's terminal, and apart from it the kernel's console.
            .args(["con=null", "con0=fd:0,fd:1", "ssl=null", "ssl0=null,fd:2"])
            .arg(format!("uml_dir={}", self.folder.display()))
            .args(["umid=guest", "--", "init"])
            .arg(self.folder)
            // The kernel's helper processes begin on a stack of one page, too small for the dynamic
            // linker to look up a function there: with AVX-512 it saves 2.5 KB of registers.
            .env("LD_BIND_NOW", "1");
        if !has_room(Path::new(UML_MEMORY_FOLDER)) {
            command.env("TMPDIR", self.folder);
        }
    }

    fn add_qemu(&self, command: &mut Command, console: &Path) {
        let root = option_value(self.root());
        let root =
            format!("local,id=root,path={root},security_model=none,readonly=on,multidevs=remap");
        let folder = option_value(self.folder);
        let folder = format!("local,id=folder,path={folder},security_model=none");
        let console = option_value(console);
        command
            .args(emulator(self.machine))
            // Nobody's settings, no graphics, and an end where a PC would start again.
            .args(["-no-user-config", "-nodefaults", "-display", "none"])
            .arg("-no-reboot")
            .args(["-accel", "tcg,thread=multi"])
            // The table of processors has one of each socket.
            .args(["-smp", &format!("{PROCESSORS},sockets={PROCESSORS}")])
            .args(["-m", &QEMU_MEMORY.to_string()])
            .args(["-chardev", "stdio,id=terminal,signal=off"])
            .args(["-device", "virtio-serial-pci"])
            .args(["-device", "virtconsole,chardev=terminal"])
            .args([
                "-chardev",
                &format!("file,id=console,path={console},append=on"),
            ])
            .args(["-serial", "chardev:console"])
            .args(["-fsdev", &root])
            .args(["-device", "virtio-9p-pci,fsdev=root,mount_tag=/dev/root"])
            .args(["-fsdev", &folder])
            .args([
                "-device",
                &format!("virtio-9p-pci,fsdev=folder,mount_tag={FOLDER_TAG}"),
            ])
            .arg("-kernel")
            .arg(self.kernel)
            .args(["-append", &self.qemu_kernel_args()]);
    }

    fn qemu_kernel_args(&self) -> String {
        let args = [
            "root=/dev/root rootfstype=9p",
            "rootflags=trans=virtio,version=9p2000.L,msize=262144,cache=loose",
            // The first report is the one that tells.
            "panic_on_warn=1 kasan.fault=panic",
            // An emulated processor is slow, and waits for others of the host's.
            "rcupdate.rcu_cpu_stall_timeout=120",
        ];
        format!(
            "{} {} {} console={} init={} -- init {}",
            args.join(" "),
            clock(self.machine),
            KERNEL_ARGS.join(" "),
            serial_port(self.machine),
            self.inside(self.init).display(),
            self.inside(self.folder).display()
        )
    }

    /// The folder of the host that is the guest's root.
    fn root(&self) -> &Path {
        match self.machine {
            // The host's programs are of no use to it.
            Machine::Arm64 => self.folder,
            _ => Path::new("/"),
        }
    }

    /// Where a path of the host is in the guest.
    fn inside(&self, path: &Path) -> PathBuf {
        let below = path.strip_prefix(self.root()).unwrap_or(path);
        Path::new("/").join(below)
    }
}

/// The program that emulates a machine, and which machine it is to be.
fn emulator(machine: Machine) -> &'static [&'static str] {
    match machine {
        Machine::Arm64 => &["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"],
        _ => &["qemu-system-x86_64", "-cpu", "max,la57=off"],
    }
}

/// What a PC's kernel is told of its clock.
///
/// Without ACPI it finds nothing to measure its processors' counter by, and would count ticks: 4 ms
/// each, and fewer than there were while the host is busy. Under QEMU the counter is the host's.
fn clock(machine: Machine) -> String {
    let is_pc = matches!(machine, Machine::Pc | Machine::Debug);
    let of_host = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    match kilohertz(&of_host) {
        Some(khz) if is_pc => format!("tsc=reliable tsc_early_khz={khz}"),
        _ => String::new(),
    }
}

/// The frequency of the counter of the first processor of `/proc/cpuinfo`, on x86; `None` where it
/// tells that of the moment instead.
fn kilohertz(processors: &str) -> Option<u64> {
    let line_of = |name| processors.lines().find(|line| line.starts_with(name));
    let mut flags = line_of("flags")?.split_whitespace();
    if flags.any(|flag| flag == "aperfmperf") {
        return None;
    }
    let line = line_of("cpu MHz")?;
    let megahertz: f64 = line.split_once(':')?.1.trim().parse().ok()?;
    Some((megahertz * 1000.0).round() as u64)
}

/// Where an emulated machine's kernel writes its console to.
fn serial_port(machine: Machine) -> &'static str {
    match machine {
        Machine::Arm64 => "ttyAMA0",
        _ => "ttyS0",
    }
}

/// What ends a guest. A PC without ACPI cannot be switched off, but QEMU ends where it would start
/// again.
pub(super) fn end(machine: Machine) -> RebootCommand {
    match machine {
        Machine::Uml | Machine::Plain => RebootCommand::PowerOff,
        Machine::Pc | Machine::Debug | Machine::Arm64 => RebootCommand::Restart,
    }
}

/// What is mounted in the guest for the folder: kind, source, and data.
pub(super) fn folder_mount(machine: Machine, folder: &str) -> [&str; 3] {
    match machine {
        Machine::Uml | Machine::Plain => ["hostfs", "hostfs", folder],
        Machine::Pc | Machine::Debug | Machine::Arm64 => {
            ["9p", FOLDER_TAG, "trans=virtio,version=9p2000.L,cache=none"]
        }
    }
}

/// A path as the value of one of QEMU's options.
fn option_value(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// Whether the guest's memory fits. A kernel whose memory has no room on the host dies of SIGBUS.
fn has_room(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|status| status.is_dir())
        && statvfs(folder).is_ok_and(|room| room.f_bavail * room.f_frsize >= UML_MEMORY << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_tells_its_frequency() {
        let of = |flag| format!("cpu MHz\t\t: 2595.124\nflags\t\t: fpu {flag}\ncpu MHz\t\t: 1.0\n");
        assert_eq!(kilohertz(&of("tsc")), Some(2_595_124));
        assert_eq!(kilohertz(&of("aperfmperf")), None);
        assert_eq!(kilohertz("BogoMIPS\t: 50.00\n"), None);
    }

    #[test]
    fn a_comma_ends_no_value() {
        assert_eq!(option_value(Path::new("/a,b")), "/a,,b");
    }
}
