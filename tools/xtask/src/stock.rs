// SPDX-License-Identifier: MIT OR Apache-2.0

//! Debian's own kernels, as they are packaged: the metadata of their Rust crates is rebuilt, and the
//! module is built, loaded and tested.

use crate::cache::{Lock, Scratch};
use crate::module::Source;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::{self, Extent, Root};
use crate::test::{self, Tally};
use crate::tool::{self, Run};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A Debian with kernels of its last suite.
struct Debian {
    suites: &'static [&'static str],
    kernels: &'static [Kernel],
}

struct Kernel {
    flavour: &'static str,
    /// The topics of the suite to run.
    topics: &'static str,
}

const CORE: &str = "greeting:: errors:: events:: settings:: permissions:: reload:: dump:: \
                    libnl_prints pyynl_greets kernel_log::no_warnings";
const GREETING: &str = "greeting:: settings::";

const DEBIANS: [Debian; 2] = [
    Debian {
        suites: &["trixie", "trixie-backports"],
        kernels: &[
            Kernel {
                flavour: "cloud-amd64",
                topics: CORE,
            },
            Kernel {
                flavour: "amd64",
                topics: CORE,
            },
            Kernel {
                flavour: "rt-amd64",
                topics: GREETING,
            },
        ],
    },
    Debian {
        suites: &["sid", "experimental"],
        kernels: &[Kernel {
            flavour: "cloud-amd64",
            topics: GREETING,
        }],
    },
];

/// The packages that docs/how-to/stock-kernels.md names.
const TOOLS: &str = "bc,bindgen,bison,flex,libelf-dev,libssl-dev,make,python3-minimal,rust-src,\
                     rustc,xz-utils";

/// Downloads the images of the kernels, and rebuilds the metadata.
const SET_UP: &str = "
    cd /tmp
    for modules in /usr/lib/modules/*; do
        apt-get download -o APT::Sandbox::User=root linux-binary-${modules##*/}
        dpkg-deb -x linux-binary-*.deb /
        rm linux-binary-*.deb
        XDG_CACHE_HOME=/var/cache rust-metadata $modules/build
    done";

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can enter the Debians whose kernels are tried"
    );
    setup::packages_of_stock(paths, progress)?;
    let lock = Lock::to_set_up(paths)?;
    let roots = DEBIANS.map(|debian| {
        let root = debian.set_up(paths, progress, &lock);
        (debian, root)
    });
    let sources = setup::sources(paths, progress, &lock)?.tree;
    lock.to_use()?;
    let programs = setup::programs(paths, progress, &sources, Extent::Tests)?;
    let mut all = Tally::default();
    for (debian, root) in &roots {
        for kernel in debian.kernels {
            let name = format!("{} of {}", kernel.flavour, debian.suites.join(", "));
            all += test::group(&name, || {
                let root = root.as_ref().map_err(|error| anyhow!("{error:#}"))?;
                let trial = Trial {
                    paths,
                    progress,
                    root,
                    sources: &sources,
                    programs: &programs,
                    release: kernel.release(root)?,
                    topics: kernel.topics,
                    scratch: Scratch::new(paths, "stock")?,
                };
                trial.run()
            });
        }
    }
    println!("\nTimes:\n{}", progress.summary());
    Ok(all.finish(""))
}

impl Debian {
    fn set_up(&self, paths: &Paths, progress: &Progress, lock: &Lock) -> Result<Root> {
        setup::stock_debian(paths, progress, lock, self.suites, &self.packages(), SET_UP)
    }

    /// Returns the packages for `apt install`.
    fn packages(&self) -> String {
        let suite = self.suites.last().copied().unwrap_or_default();
        let headers = |kernel: &Kernel| format!(",linux-headers-{}/{suite}", kernel.flavour);
        TOOLS.to_owned() + &self.kernels.iter().map(headers).collect::<String>()
    }
}

impl Kernel {
    fn release(&self, root: &Root) -> Result<String> {
        fs::read_dir(root.inside("/usr/lib/modules"))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .find(|release| is_of(release, self.flavour))
            .with_context(|| format!("no headers of {}", self.flavour))
    }
}

/// Returns whether a release has exactly this flavour: `rt-amd64` is not `amd64`.
fn is_of(release: &str, flavour: &str) -> bool {
    release
        .strip_suffix(flavour)
        .and_then(|version| version.strip_suffix('-'))
        .is_some_and(|version| !version.contains('-'))
}

struct Trial<'a> {
    paths: &'a Paths,
    progress: &'a Progress,
    root: &'a Root,
    sources: &'a Path,
    programs: &'a Path,
    release: String,
    topics: &'static str,
    scratch: Scratch,
}

impl Trial<'_> {
    fn run(&self) -> Result<Tally> {
        let module = self.build()?;
        self.pack(&module)?;
        let output = self.boot()?;
        print!("{output}");
        let mut tally = Tally::of_output(&output).context("the suite has no result")?;
        let failed = tally.failed;
        tally.count("stock::the_kernel_reports_no_faults", self.check(failed));
        Ok(tally)
    }

    /// Builds the module against the rebuilt metadata.
    fn build(&self) -> Result<PathBuf> {
        let release = &self.release;
        let directory = self.scratch.path().join("module");
        Source::greet(self.paths).copy(&directory)?;
        let script = format!(
            "kdir=$(XDG_CACHE_HOME=/var/cache rust-metadata /usr/lib/modules/{release}/build)
             make -C $kdir M={} modules",
            directory.display()
        );
        let step = format!("Building the module for {release}");
        self.progress.step(&step, "5 s", || {
            let mut shell = self.root.command("sh");
            shell.args(["-ec", &script]);
            shell.log_to(&self.paths.new_log(&format!("stock-{release}"))?)
        })?;
        Ok(directory.join("greet.ko"))
    }

    /// Creates the guest's initramfs.
    fn pack(&self, module: &Path) -> Result<()> {
        let root = self.scratch.path().join("root");
        let log = self.paths.new_log("stock-root")?;
        let mut script = tool::command(self.paths.xtask("stock-root.sh"));
        script.args([&root, self.programs, self.sources]);
        script.log_to(&log)?;
        fs::copy(self.paths.xtask("stock-init.sh"), root.join("init"))?;
        fs::write(root.join("topics"), self.topics)?;
        fs::copy(module, root.join("greet/greet.ko"))?;
        fs::copy(self.paths.spec(), root.join("greet/policy/greet.yaml"))?;
        let archive = "find . | cpio --quiet -o -H newc >../initrd";
        let mut cpio = tool::command("sh");
        cpio.args(["-ec", archive]).current_dir(root).log_to(&log)
    }

    /// Boots the kernel and returns the output of the suite.
    fn boot(&self) -> Result<String> {
        const DEADLINE: &str = "900";
        const ARGS: &str = "-no-user-config -nodefaults -display none -no-reboot \
                            -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 1536 \
                            -serial file:console -serial stdio -serial file:result -initrd initrd";

        let release = &self.release;
        let directory = self.scratch.path();
        let vmlinuz = format!("/usr/lib/modules/{release}/vmlinuz");
        let mut qemu = tool::command("timeout");
        qemu.args(["--kill-after=5", DEADLINE, "qemu-system-x86_64"])
            .args(ARGS.split_whitespace())
            .arg("-kernel")
            .arg(self.root.inside(&vmlinuz))
            .args(["-append", "console=ttyS0 ignore_loglevel panic=-1"])
            .current_dir(directory);
        let step = format!("Running {release}");
        let output = self
            .progress
            .step(&step, "30 s, with the core topics 2 min", || {
                qemu.output().context("cannot run QEMU")
            })?;
        let console = self.paths.log(&format!("console-stock-{release}"));
        fs::copy(directory.join("console"), console)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn check(&self, failed: u32) -> Result<()> {
        let read = |name| tool::read_log(&self.scratch.path().join(name));
        let console = read("console");
        let faults = klog::faults(console.lines(), |_| false);
        if !faults.is_empty() {
            bail!("the kernel reports faults:\n{}", faults.join("\n"));
        }
        let status = read("result");
        let expected = if failed == 0 { "status 0" } else { "status 1" };
        ensure!(
            status.trim_end() == expected,
            "the guest ended with {status:?} instead of {expected:?}"
        );
        Ok(())
    }
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
