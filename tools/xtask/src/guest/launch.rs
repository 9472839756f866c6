// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds the command that starts a machine.

use crate::machine::Machine;
use crate::tool;
use rustix::fs::statvfs;
use rustix::system::RebootCommand;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The guest's memory in megabytes. User-Mode Linux uses a sparse file.
const UML_MEMORY: u64 = 512;
const UML_MEMORY_DIR: &str = "/dev/shm";
const QEMU_MEMORY: u64 = 2048;

/// The number of the guest's processors.
const PROCESSORS: u32 = 2;

/// The 9p tag of the guest's directory on the host.
const DIR_TAG: &str = "xtask";

/// Arguments of every kernel. `panic=-1` ends the guest at a panic.
const KERNEL_ARGS: [&str; 4] = [
    "ro",
    "ignore_loglevel",
    "panic=-1",
    // Skips the kernel's own KUnit suites at boot.
    "kunit.filter_glob=none.none",
];

/// A guest to start.
pub(super) struct Launch<'a> {
    pub(super) machine: Machine,
    /// The kernel image.
    pub(super) kernel: &'a Path,
    /// The directory of this guest only, with its job.
    pub(super) dir: &'a Path,
    /// A copy of xtask, the guest's first process.
    pub(super) init: &'a Path,
}

impl Launch<'_> {
    /// Connects the command's terminal to our standard input and output, and appends the kernel's
    /// console to a file. The guest is killed if we die.
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
            // Several processors work only with it.
            .arg("seccomp=on")
            // The command's terminal and the kernel's console are separate.
            .args(["con=null", "con0=fd:0,fd:1", "ssl=null", "ssl0=null,fd:2"])
            .arg(format!("uml_dir={}", self.dir.display()))
            .args(["umid=guest", "--", "init"])
            .arg(self.dir)
            // The kernel's helper processes start on a stack of one page. Lazy binding needs more:
            // with AVX-512, the dynamic linker saves 2.5 KB of registers.
            .env("LD_BIND_NOW", "1");
        if !has_room(Path::new(UML_MEMORY_DIR)) {
            command.env("TMPDIR", self.dir);
        }
    }

    fn add_qemu(&self, command: &mut Command, console: &Path) {
        let root = option_value(self.root());
        let root =
            format!("local,id=root,path={root},security_model=none,readonly=on,multidevs=remap");
        let dir = option_value(self.dir);
        let dir = format!("local,id=dir,path={dir},security_model=none");
        let console = option_value(console);
        command
            .args(emulator(self.machine))
            // No user's settings, no graphics, and an exit instead of a reboot.
            .args(["-no-user-config", "-nodefaults", "-display", "none"])
            .arg("-no-reboot")
            .args(["-accel", "tcg,thread=multi"])
            // The table of processors lists one per socket.
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
            .args(["-fsdev", &dir])
            .args([
                "-device",
                &format!("virtio-9p-pci,fsdev=dir,mount_tag={DIR_TAG}"),
            ])
            .arg("-kernel")
            .arg(self.kernel)
            .args(["-append", &self.qemu_kernel_args()]);
    }

    fn qemu_kernel_args(&self) -> String {
        let args = [
            "root=/dev/root rootfstype=9p",
            "rootflags=trans=virtio,version=9p2000.L,msize=262144,cache=loose",
            // Later reports may be consequences of the first.
            "panic_on_warn=1 kasan.fault=panic",
            // An emulated processor is slow.
            "rcupdate.rcu_cpu_stall_timeout=120",
        ];
        format!(
            "{} {} {} console={} init={} -- init {}",
            args.join(" "),
            clock(self.machine),
            KERNEL_ARGS.join(" "),
            serial_port(self.machine),
            self.inside(self.init).display(),
            self.inside(self.dir).display()
        )
    }

    /// Returns the host's directory that is the guest's root.
    fn root(&self) -> &Path {
        match self.machine {
            // It cannot run the host's programs.
            Machine::Arm64 => self.dir,
            _ => Path::new("/"),
        }
    }

    /// Returns the guest's path of a path on the host.
    fn inside(&self, path: &Path) -> PathBuf {
        let below = path.strip_prefix(self.root()).unwrap_or(path);
        Path::new("/").join(below)
    }
}

/// Returns the emulator of a machine, with the options that select the machine.
fn emulator(machine: Machine) -> &'static [&'static str] {
    match machine {
        Machine::Arm64 => &["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"],
        _ => &["qemu-system-x86_64", "-cpu", "max,la57=off"],
    }
}

/// Returns the kernel arguments for a PC's clock.
///
/// Without ACPI the kernel cannot calibrate the TSC and would count ticks of 4 ms, and lose some on
/// a busy host. Under QEMU the TSC is the host's.
fn clock(machine: Machine) -> String {
    let is_pc = matches!(machine, Machine::Pc | Machine::Debug);
    let of_host = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    match kilohertz(&of_host) {
        Some(khz) if is_pc => format!("tsc=reliable tsc_early_khz={khz}"),
        _ => String::new(),
    }
}

/// Returns the TSC's frequency from `/proc/cpuinfo` on x86, or `None` if the file shows the current
/// frequency instead.
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

/// Returns the serial port of an emulated machine's console.
fn serial_port(machine: Machine) -> &'static str {
    match machine {
        Machine::Arm64 => "ttyAMA0",
        _ => "ttyS0",
    }
}

/// Returns the command that ends a guest. A PC without ACPI cannot power off, but QEMU exits at a
/// reboot.
pub(super) fn end(machine: Machine) -> RebootCommand {
    match machine {
        Machine::Uml | Machine::Plain => RebootCommand::PowerOff,
        Machine::Pc | Machine::Debug | Machine::Arm64 => RebootCommand::Restart,
    }
}

/// Returns type, source and options of the guest's mount of its directory.
pub(super) fn dir_mount(machine: Machine, dir: &str) -> [&str; 3] {
    match machine {
        Machine::Uml | Machine::Plain => ["hostfs", "hostfs", dir],
        Machine::Pc | Machine::Debug | Machine::Arm64 => {
            ["9p", DIR_TAG, "trans=virtio,version=9p2000.L,cache=none"]
        }
    }
}

/// Escapes a path for an option of QEMU.
fn option_value(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// Returns whether the guest's memory fits. Without room on the host, SIGBUS kills the kernel.
fn has_room(dir: &Path) -> bool {
    fs::metadata(dir).is_ok_and(|status| status.is_dir())
        && statvfs(dir).is_ok_and(|room| room.f_bavail * room.f_frsize >= UML_MEMORY << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_has_the_frequency() {
        let of = |flag| format!("cpu MHz\t\t: 2595.124\nflags\t\t: fpu {flag}\ncpu MHz\t\t: 1.0\n");
        assert_eq!(kilohertz(&of("tsc")), Some(2_595_124));
        assert_eq!(kilohertz(&of("aperfmperf")), None);
        assert_eq!(kilohertz("BogoMIPS\t: 50.00\n"), None);
    }

    #[test]
    fn a_comma_is_escaped() {
        assert_eq!(option_value(Path::new("/a,b")), "/a,,b");
    }
}
