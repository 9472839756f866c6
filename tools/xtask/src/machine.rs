// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kinds of machine that xtask builds a kernel for and boots.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
pub(crate) enum Machine {
    /// A User-Mode Linux process: quick.
    Uml,
    /// The same with a kernel that looks for no faults: for measurements.
    Plain,
    /// A PC that QEMU emulates, with a kernel that looks for no faults: two processors at once.
    Pc,
    /// The same with a kernel that looks for faults in itself: slow.
    Debug,
    /// A machine of another architecture that QEMU emulates. It has nothing of the host's but what
    /// it is given.
    #[value(skip)]
    Arm64,
}

impl Machine {
    /// Tells in the cache what belongs to one from what belongs to the other.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uml => "uml",
            Self::Plain => "plain",
            Self::Pc => "pc",
            Self::Debug => "debug",
            Self::Arm64 => "arm64",
        }
    }

    /// What its kernel's configuration has beyond the smallest one; the later of two files wins.
    pub(crate) fn config(self) -> &'static [&'static str] {
        match self {
            Self::Uml => &["uml.config"],
            Self::Plain => &["uml.config", "plain.config"],
            Self::Pc => &["uml.config", "plain.config", "pc.config"],
            Self::Debug => &["uml.config", "pc.config", "debug.config"],
            Self::Arm64 => &["uml.config", "plain.config", "arm64.config"],
        }
    }

    /// How its kernel is called, and how long it takes to build on two cores.
    pub(crate) fn kernel(self) -> (&'static str, &'static str) {
        match self {
            Self::Uml => ("a User-Mode Linux kernel", "4 min on 2 cores"),
            Self::Plain => ("a kernel for measurements", "4 min on 2 cores"),
            Self::Pc => ("a kernel for an emulated PC", "6 min on 2 cores"),
            Self::Debug => ("a kernel that looks for faults", "10 to 17 min on 2 cores"),
            Self::Arm64 => ("a kernel for an emulated arm64 machine", "6 min on 2 cores"),
        }
    }

    /// The program that is its kernel, in the folder of the build.
    pub(crate) fn image(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain => "linux",
            Self::Pc | Self::Debug => "arch/x86/boot/bzImage",
            Self::Arm64 => "arch/arm64/boot/Image",
        }
    }

    /// What the kernel's `make` is told in any case.
    pub(crate) fn make_args(self) -> &'static [&'static str] {
        match self {
            Self::Uml | Self::Plain => &["ARCH=um"],
            Self::Pc => &["ARCH=x86_64"],
            // The kernel has KASAN together with Rust only by clang.
            // Each allocation there keeps the stack that it came from, and the walk through it took a
            // quarter of all time while its own reads of that stack were watched, too.
            Self::Debug => &["ARCH=x86_64", "LLVM=-19", "KASAN_SANITIZE_unwind_frame.o=n"],
            Self::Arm64 => &["ARCH=arm64", "LLVM=-19"],
        }
    }

    /// What it is told besides for modules outside of the kernel.
    pub(crate) fn make_args_outside(self) -> &'static [&'static str] {
        match self {
            // A relocation that the loader does not know would be used otherwise.
            Self::Uml | Self::Plain => &["RUSTFLAGS_MODULE=-Zdirect-access-external-data=yes"],
            Self::Pc | Self::Arm64 => &[],
            // Their coverage is of interest, and not that of the kernel.
            Self::Debug => &["KCOV_INSTRUMENT=y"],
        }
    }

    /// The compiler of the kernel's C.
    pub(crate) fn compiler(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain | Self::Pc => "gcc",
            Self::Debug | Self::Arm64 => "clang-19",
        }
    }

    /// The packages that this machine needs, and the other does not.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Uml | Self::Plain => &[],
            Self::Pc => &["qemu-system-x86"],
            Self::Debug => &["clang-19", "lld-19", "llvm-19", "qemu-system-x86"],
            Self::Arm64 => &[
                "clang-19",
                "gcc-aarch64-linux-gnu",
                "libc6-dev-arm64-cross",
                "lld-19",
                "llvm-19",
                "qemu-system-arm",
            ],
        }
    }

    /// The guest's terminal that the host reads.
    pub(crate) fn terminal(self) -> &'static str {
        match self {
            Self::Uml | Self::Plain => "/dev/tty0",
            Self::Pc | Self::Debug | Self::Arm64 => "/dev/hvc0",
        }
    }
}
