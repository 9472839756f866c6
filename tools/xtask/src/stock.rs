// SPDX-License-Identifier: MIT OR Apache-2.0

//! Debian's own kernels, as they are packaged: the metadata of their Rust crates is rebuilt, and the
//! module is built, loaded and tested.

use crate::cache::{Lock, Scratch};
use crate::module::Source;
use crate::paths::Paths;
use crate::progress;
use crate::setup::{self, Root};
use crate::test::{self, Tally};
use crate::tool::{self, Run};
use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// A Debian with kernels of its last suite.
struct Debian {
    suites: &'static [&'static str],
    /// The flavours of the kernels, and the topics of the suite to run.
    kernels: &'static [(&'static str, &'static str)],
}

const CORE: &str = "greeting:: errors:: events:: settings:: permissions:: reload:: dump:: \
                    kernel_log::no_warnings \
                    interop::libnl_prints interop::pyynl_greets";
const GREETING: &str = "greeting:: settings::";

const DEBIANS: [Debian; 2] = [
    Debian {
        suites: &["trixie", "trixie-backports"],
        kernels: &[
            ("cloud-amd64", CORE),
            ("amd64", CORE),
            ("rt-amd64", GREETING),
        ],
    },
    Debian {
        suites: &["sid", "experimental"],
        kernels: &[("cloud-amd64", GREETING)],
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

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can enter the Debians whose kernels are tried"
    );
    setup::packages_of_stock(paths)?;
    let lock = Lock::to_set_up(paths)?;
    let roots = DEBIANS.map(|debian| {
        let (suites, packages) = (debian.suites, debian.packages());
        let root = setup::stock_debian(paths, &lock, suites, &packages, SET_UP);
        (debian, root)
    });
    let sources = setup::sources(paths, &lock)?.tree;
    lock.to_use()?;
    let programs = setup::programs(paths, Some(&sources))?;
    let mut all = Tally::default();
    for (debian, root) in &roots {
        for &(flavour, topics) in debian.kernels {
            let name = format!("{flavour} of {}", debian.suites.join(", "));
            all += test::group(&name, || {
                let root = root.as_ref().map_err(|error| anyhow!("{error:#}"))?;
                let trial = Trial {
                    paths,
                    root,
                    release: release(root, &headers(flavour))?,
                    scratch: Scratch::new(paths, "stock")?,
                };
                trial.build()?;
                trial.run(&programs, &sources, topics)
            });
        }
    }
    println!("\nTimes:\n{}", progress::summary());
    Ok(all.finish(""))
}

impl Debian {
    /// Returns the packages to install, separated by commas.
    fn packages(&self) -> String {
        let suite = self.suites.last().copied().unwrap_or_default();
        let package = |(flavour, _): &(&str, &str)| format!(",{}/{suite}", headers(flavour));
        TOOLS.to_owned() + &self.kernels.iter().map(package).collect::<String>()
    }
}

fn headers(flavour: &str) -> String {
    format!("linux-headers-{flavour}")
}

/// Returns the kernel's release, on which its headers package depends.
fn release(root: &Root, headers: &str) -> Result<String> {
    let mut show = root.command("dpkg-query");
    show.args(["--show", "--showformat=${Depends}", headers]);
    let depends = show.read()?;
    parse_release(&depends).with_context(|| format!("{headers}: {depends}"))
}

/// Returns the release from the dependencies of a package such as `linux-headers-amd64`.
fn parse_release(depends: &str) -> Option<String> {
    let mut packages = depends.split(", ");
    let headers = packages.find_map(|package| package.strip_prefix("linux-headers-"))?;
    headers.split(' ').next().map(str::to_owned)
}

struct Trial<'a> {
    paths: &'a Paths,
    root: &'a Root,
    release: String,
    /// The directory of the module and the guest.
    scratch: Scratch,
}

impl Trial<'_> {
    /// Builds the module against the rebuilt metadata.
    fn build(&self) -> Result<()> {
        let directory = self.scratch.path();
        Source::greet(self.paths).copy(directory)?;
        let release = &self.release;
        let script = format!(
            "kdir=$(XDG_CACHE_HOME=/var/cache rust-metadata /usr/lib/modules/{release}/build)
             make -C $kdir M={} modules",
            directory.display()
        );
        let step = format!("Building the module for {release}");
        progress::step(&step, "5 s", || {
            let mut shell = self.root.command("sh");
            shell.args(["-ec", &script]);
            shell.log_to(&self.paths.new_log(&format!("stock-{release}"))?)
        })
    }

    /// Boots the kernel and runs topics of the suite.
    fn run(&self, programs: &Path, sources: &Path, topics: &str) -> Result<Tally> {
        let Self { paths, release, .. } = self;
        let directory = self.scratch.path();
        let image = format!("/usr/lib/modules/{release}/vmlinuz");
        let mut guest = tool::command(paths.xtask("stock-guest.sh"));
        guest
            .args([self.root.inside(image), directory.join("greet.ko")])
            .args([&paths.spec(), programs, sources])
            .arg(topics)
            .current_dir(directory);
        let step = format!("Running {release}");
        let about = "30 s, with the core topics 2 min";
        let output = progress::step(&step, about, || Ok(guest.output()?))?;
        let results = String::from_utf8_lossy(&output.stdout);
        print!("{results}");
        let console = tool::read_log(&directory.join("console"));
        fs::write(paths.log(&format!("console-stock-{release}")), &console)?;
        let mut tally = Tally::of_output(&results)
            .with_context(|| format!("no results; {}", String::from_utf8_lossy(&output.stderr)))?;
        let status = tool::read_log(&directory.join("result"));
        let checked = check(&console, &status, tally.failed);
        tally.count("stock::the_kernel_reports_no_faults", checked);
        Ok(tally)
    }
}

fn check(console: &str, status: &str, failed: u32) -> Result<()> {
    klog::check(console)?;
    let expected = if failed == 0 { "status 0" } else { "status 1" };
    ensure!(
        status.trim_end() == expected,
        "the guest ended with {status:?} instead of {expected:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_a_dependency_of_the_headers() {
        let depends = "linux-base-amd64 (= 7.3.4-1), linux-headers-7.3.4+deb13-amd64 (= 7.3.4-1)";
        assert_eq!(parse_release(depends).as_deref(), Some("7.3.4+deb13-amd64"));
        assert_eq!(parse_release("libc6 (>= 2.41)"), None);
    }

    #[test]
    fn kernels_come_from_the_last_suite() {
        let packages = DEBIANS[1].packages();
        assert!(
            packages.ends_with(",xz-utils,linux-headers-cloud-amd64/experimental"),
            "{packages}"
        );
    }

    #[test]
    fn a_guest_without_a_status_fails() {
        assert!(check("", "status 0\r\n", 0).is_ok());
        assert!(check("", "status 1\r\n", 0).is_err());
        assert!(check("", "", 1).is_err());
        assert!(check("BUG: a test\n", "status 0\r\n", 0).is_err());
    }
}
