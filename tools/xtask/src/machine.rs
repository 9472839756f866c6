// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kinds of machine that xtask builds a kernel for and boots.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
pub(crate) enum Machine {
    /// A User-Mode Linux process: fast.
    Uml,
    /// A User-Mode Linux process without debug options, for benchmarks.
    Plain,
    /// A PC emulated by QEMU, without debug options; its two processors run in parallel.
    Pc,
    /// A PC emulated by QEMU with a debug kernel: KASAN, lockdep, kmemleak. Slow.
    Debug,
    /// An arm64 machine emulated by QEMU. It cannot run the host's programs.
    #[value(skip)]
    Arm64,
}

impl Machine {
    /// Returns the name used in the cache and in logs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uml => "uml",
            Self::Plain => "plain",
            Self::Pc => "pc",
            Self::Debug => "debug",
            Self::Arm64 => "arm64",
        }
    }

    /// Returns the fragments added to `tinyconfig`; a later fragment wins.
    pub(crate) fn config(self) -> &'static [&'static str] {
        match self {
            Self::Uml => &["uml.config"],
            Self::Plain => &["uml.config", "plain.config"],
            Self::Pc => &["uml.config", "plain.config", "pc.config"],
            Self::Debug => &["uml.config", "pc.config", "debug.config"],
            Self::Arm64 => &["uml.config", "plain.config", "arm64.config"],
        }
    }

    /// Returns a description of the kernel and its build time.
    pub(crate) fn kernel(self) -> (&'static str, &'static str) {
        match self {
            Self::Uml => ("a User-Mode Linux kernel", "4 min on 2 cores"),
            Self::Plain => ("a kernel for benchmarks", "4 min on 2 cores"),
            Self::Pc => ("a kernel for an emulated PC", "6 min on 2 cores"),
            Self::Debug => ("a debug kernel", "10 to 17 min on 2 cores"),
            Self::Arm64 => ("a kernel for an emulated arm64 machine", "6 min on 2 cores"),
        }
    }

    /// Returns the path of the kernel image in the build directory.
    pub(crate) fn image(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain => "linux",
            Self::Pc | Self::Debug => "arch/x86/boot/bzImage",
            Self::Arm64 => "arch/arm64/boot/Image",
        }
    }

    /// Returns arguments for every `make` of the kernel.
    pub(crate) fn make_args(self) -> &'static [&'static str] {
        match self {
            Self::Uml | Self::Plain => &["ARCH=um"],
            Self::Pc => &["ARCH=x86_64"],
            // With Rust, KASAN needs clang. KASAN unwinds the stack at each allocation; without
            // instrumentation of the unwinder the suite takes a quarter less time.
            Self::Debug => &["ARCH=x86_64", "LLVM=-19", "KASAN_SANITIZE_unwind_frame.o=n"],
            Self::Arm64 => &["ARCH=arm64", "LLVM=-19"],
        }
    }

    /// Returns additional arguments for modules outside the kernel's tree.
    pub(crate) fn make_args_outside(self) -> &'static [&'static str] {
        match self {
            // Avoids a relocation that the module loader does not support.
            Self::Uml | Self::Plain => &["RUSTFLAGS_MODULE=-Zdirect-access-external-data=yes"],
            Self::Pc | Self::Arm64 => &[],
            // Records the coverage of the modules, but not of the kernel.
            Self::Debug => &["KCOV_INSTRUMENT=y"],
        }
    }

    /// Returns the C compiler that builds the kernel.
    pub(crate) fn compiler(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain | Self::Pc => "gcc",
            Self::Debug | Self::Arm64 => "clang-19",
        }
    }

    /// Returns the Debian packages that only this machine needs.
    pub(crate) fn packages(self) -> impl Iterator<Item = &'static str> {
        let packages = match self {
            Self::Uml | Self::Plain => "",
            Self::Pc => "qemu-system-x86",
            Self::Debug => "clang-19 lld-19 llvm-19 qemu-system-x86",
            Self::Arm64 => {
                "clang-19 gcc-aarch64-linux-gnu libc6-dev-arm64-cross lld-19 llvm-19 qemu-system-arm"
            }
        };
        packages.split_whitespace()
    }

    /// Returns the guest's terminal that is connected to the host.
    pub(crate) fn terminal(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain => "/dev/tty0",
            Self::Pc | Self::Debug | Self::Arm64 => "/dev/hvc0",
        }
    }
}
