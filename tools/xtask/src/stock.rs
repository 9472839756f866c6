// SPDX-License-Identifier: MIT OR Apache-2.0

//! Debian's own kernels, as they are packaged: the metadata of their Rust crates is rebuilt, and the
//! module is built, loaded and tested.

use crate::cache::Scratch;
use crate::machine::Machine;
use crate::module::Source;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::{self, Ready, Root};
use crate::test::{self, Tally};
use crate::tool::{self, Run};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// A Debian with kernels, and the tools that docs/how-to/stock-kernels.md names.
struct Debian {
    suites: &'static [&'static str],
    /// The packages from the last suite.
    newest: &'static str,
    kernels: &'static [Kernel],
}

struct Kernel {
    flavour: &'static str,
    job: &'static str,
}

const TOOLS: &str = "bc bindgen bison flex libelf-dev libssl-dev make python3-minimal rust-src rustc \
                     xz-utils";

/// The suite's core topics. `dump` has 65,536 peers, which an emulated processor needs minutes for.
const CORE: &str = "
status=0
for topic in greeting:: errors:: events:: settings:: permissions:: reload:: dump::; do
    GREET_SUITE_SCALE=30 suite --test-threads=1 --color=never $topic || status=1
done
for topic in libnl_prints pyynl_greets kernel_log::no_warnings; do
    suite --test-threads=1 --color=never $topic || status=1
done
exit $status";

const GREETING: &str = "GREET_SUITE_SCALE=30 suite --test-threads=1 --color=never greeting::";

const DEBIANS: [Debian; 2] = [
    Debian {
        suites: &["trixie", "trixie-backports"],
        newest: "linux-headers-cloud-amd64 linux-headers-amd64 linux-headers-rt-amd64",
        kernels: &[
            Kernel {
                flavour: "cloud-amd64",
                job: CORE,
            },
            Kernel {
                flavour: "amd64",
                job: CORE,
            },
            Kernel {
                flavour: "rt-amd64",
                job: GREETING,
            },
        ],
    },
    Debian {
        suites: &["sid", "experimental"],
        newest: "linux-headers-cloud-amd64",
        kernels: &[Kernel {
            flavour: "cloud-amd64",
            job: GREETING,
        }],
    },
];

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<std::process::ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can enter the Debians whose kernels are tried"
    );
    // Before the kernel: a download waits for runs that use one.
    let roots = DEBIANS
        .iter()
        .map(|debian| setup::stock_debian(paths, progress, debian.suites, &debian.packages()))
        .collect::<Result<Vec<_>>>()?;
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let mut all = Tally::default();
    for (debian, root) in DEBIANS.iter().zip(&roots) {
        for kernel in debian.kernels {
            all += test::group(
                &format!("{} of {}", kernel.flavour, debian.suites.join(", ")),
                || Trial::new(paths, progress, &ready, root, kernel)?.run(),
            );
        }
    }
    Ok(all.finish(""))
}

impl Debian {
    /// Returns the packages for `apt install`. A package from the last suite names it.
    fn packages(&self) -> String {
        let suite = self.suites.last().copied().unwrap_or_default();
        let newest = self.newest.split(' ');
        let newest: Vec<_> = newest.map(|name| format!("{name}/{suite}")).collect();
        format!("{TOOLS} {}", newest.join(" ")).replace(' ', ",")
    }
}

struct Trial<'a> {
    paths: &'a Paths,
    progress: &'a Progress,
    ready: &'a Ready,
    root: &'a Root,
    release: String,
    job: &'static str,
}

impl<'a> Trial<'a> {
    fn new(
        paths: &'a Paths,
        progress: &'a Progress,
        ready: &'a Ready,
        root: &'a Root,
        kernel: &Kernel,
    ) -> Result<Self> {
        let release = fs::read_dir(root.inside("/usr/lib/modules"))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .find(|release| is_of(release, kernel.flavour))
            .with_context(|| format!("no headers of {}", kernel.flavour))?;
        Ok(Self {
            paths,
            progress,
            ready,
            root,
            release,
            job: kernel.job,
        })
    }

    fn run(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        tally.count("stock::the_module_is_built", self.build());
        if tally.failed == 0 {
            tally += self.boot()?;
        }
        Ok(tally)
    }

    /// Follows the steps of the how-to page.
    fn build(&self) -> Result<()> {
        let release = &self.release;
        let directory = self.root.inside("/srv/module");
        Source::greet(self.paths).copy(&directory)?;
        fs::copy(
            self.paths.rust_metadata(),
            self.root.inside("/srv/rust-metadata"),
        )?;
        let script = format!(
            "cd /srv/module
             kdir=$(XDG_CACHE_HOME=/var/cache /srv/rust-metadata /lib/modules/{release}/build)
             make -C $kdir M=$PWD clean modules
             [ -e /usr/lib/modules/{release}/vmlinuz ] || {{
                 cd /var/cache
                 apt-get download -o APT::Sandbox::User=root linux-binary-{release}
                 dpkg-deb -x linux-binary-{release}_*.deb /
             }}"
        );
        let what = format!("Building for {release}");
        self.progress
            .step(&what, "20 s, at first 3 min of processor time", || {
                let mut shell = self.root.command("sh");
                shell.args(["-ec", &script]);
                shell.log_to(&self.paths.new_log(&format!("stock-{release}"))?)
            })
    }

    fn boot(&self) -> Result<Tally> {
        let scratch = Scratch::new(self.paths, "stock")?;
        let directory = scratch.path();
        self.fill(&directory.join("root"))?;
        let output = self.emulate(directory)?;
        print!("{output}");
        let console = self.paths.log(&format!("console-stock-{}", self.release));
        fs::copy(directory.join("console"), &console)?;
        let mut tally = Tally::of_output(&output).context("the suite has no result")?;
        let failed = tally.failed;
        tally.count("console::holds_no_fault", check_console(directory, failed));
        Ok(tally)
    }

    /// Creates the guest's initramfs.
    fn fill(&self, root: &Path) -> Result<()> {
        let Self { paths, ready, .. } = self;
        fs::create_dir(root)?;
        let log = paths.new_log("stock-root")?;
        let mut script = tool::command(paths.xtask("stock-root.sh"));
        script.args([root, &ready.programs, &ready.locked.kernel.tree]);
        script.log_to(&log)?;
        fs::copy(paths.xtask("stock-init.sh"), root.join("init"))?;
        fs::write(root.join("job"), self.job)?;
        fs::copy(
            self.root.inside("/srv/module/greet.ko"),
            root.join("greet/greet.ko"),
        )?;
        fs::copy(paths.spec(), root.join("greet/policy/greet.yaml"))?;
        let archive = "find . | cpio --quiet -o -H newc >../initrd";
        let mut cpio = tool::command("sh");
        cpio.args(["-ec", archive]).current_dir(root).log_to(&log)
    }

    /// Boots the kernel and returns the output of the job.
    fn emulate(&self, directory: &Path) -> Result<String> {
        const DEADLINE: &str = "600";
        const ARGS: &str = "-no-user-config -nodefaults -display none -no-reboot \
                            -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 1536 \
                            -serial file:console -serial stdio -serial file:result -initrd initrd";

        let vmlinuz = format!("/usr/lib/modules/{}/vmlinuz", self.release);
        let mut qemu = tool::command("timeout");
        qemu.args(["--kill-after=5", DEADLINE, "qemu-system-x86_64"])
            .args(ARGS.split_whitespace())
            .arg("-kernel")
            .arg(self.root.inside(&vmlinuz))
            .args(["-append", "console=ttyS0 ignore_loglevel panic=-1"])
            .current_dir(directory);
        let what = format!("Running {}", self.release);
        self.progress
            .step(&what, "15 s, with the core topics 2 min", || qemu.read())
    }
}

/// Returns whether a release has exactly this flavour: `rt-amd64` is not `amd64`.
fn is_of(release: &str, flavour: &str) -> bool {
    release
        .strip_suffix(flavour)
        .and_then(|version| version.strip_suffix('-'))
        .is_some_and(|version| !version.contains('-'))
}

fn check_console(directory: &Path, failed: u32) -> Result<()> {
    let console = tool::read_log(&directory.join("console"));
    let faults = klog::faults(console.lines(), |_| false);
    if !faults.is_empty() {
        bail!("the kernel reports faults:\n{}", faults.join("\n"));
    }
    let status = tool::read_log(&directory.join("result"));
    let expected = if failed == 0 { "status 0" } else { "status 1" };
    ensure!(
        status.trim_end() == expected,
        "{failed} failed, and the job ended with {status:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flavour_is_the_whole_end_of_a_release() {
        assert!(is_of("7.3.4+deb13-amd64", "amd64"));
        assert!(is_of("7.3-cloud-amd64", "cloud-amd64"));
        assert!(!is_of("7.3.4+deb13-cloud-amd64", "amd64"));
    }

    #[test]
    fn kernels_come_from_the_last_suite() {
        let packages = DEBIANS[1].packages();
        assert!(
            packages.ends_with(",xz-utils,linux-headers-cloud-amd64/experimental"),
            "{packages}"
        );
    }
}
