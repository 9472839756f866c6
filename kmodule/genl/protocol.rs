// SPDX-License-Identifier: GPL-2.0

//! The types of a family's protocol: macros for the tables of `ynl-gen-rust`, and what these types
//! have in common.
//!
//! A table has one line for each attribute: the method, the attribute's number, and its type in the
//! spec. `request!` and `nested!` define types with getters, `message!` and `nest!` types with setters:
//!
//! | type | getter returns | setter takes |
//! |---|---|---|
//! | `flag` | `bool` | |
//! | `u32`, `uint`, `be16` and so on | `Result<Option<u32>>` | `u32` |
//! | `u32(Style)`, an enum or flags | `Result<Option<Style>>` | `Style` |
//! | `u64(pad PAD)`, with padding before it | | `u64` |
//! | `text`, `bytes` | `Option<&[u8]>` | `&[u8]` |
//! | `bytes(16)` | `Result<Option<&[u8; 16]>>` | `&[u8; 16]` |
//! | `numbers(u32)` | `Result<impl Iterator<Item = u32>>` | `&[u32]` |
//! | `bitfield32`, `bitfield32(Flags)` | `Result<Option<(u32, u32)>>` | value and selector |
//! | `nest(T)` | `Option<T>` | starts a `T` |
//! | `array(T)` | `impl Iterator<Item = T>` | starts a `T` |
//! | `unflagged(T)`, a nest or array without `NLA_F_NESTED` | | starts a `T` |
//! | `levels(a, b; T)`, `level(a; u64)`, nests by key | | keys, and a closure for `T` or a number |
//! | `many(text)` and so on | `impl Iterator`, also of `Result`s | as `text` |

use super::{
    Attr,
    ExtAckError,
    Info, //
};
use core::{
    marker::PhantomData,
    ops::Deref, //
};
use kernel::{
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    },
};

/// A request whose attributes have the numbers `A`. The types of `request!` dereference to it.
pub struct Request<'a, A> {
    info: Info<'a>,
    _numbers: PhantomData<A>,
}

impl<'a, A: Into<u16>> Request<'a, A> {
    #[doc(hidden)]
    pub fn new(info: Info<'a>) -> Self {
        Self {
            info,
            _numbers: PhantomData,
        }
    }

    /// Returns the metadata of the request: sender, headers and network namespace.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Returns an attribute, or the last one if there are several.
    pub fn attr(&self, attr: A) -> Option<Attr<'a>> {
        self.info.attrs().get(attr.into())
    }

    /// Returns all attributes with the number `attr`, in the order of the message.
    pub fn all(&self, attr: A) -> impl Iterator<Item = Attr<'a>> {
        self.info.attr_stream().all(attr.into())
    }

    /// Returns the user header of the request.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the family's user header has another size.
    pub fn user_header<T: FromBytes>(&self) -> Result<&'a T, ExtAckError<'a>> {
        Ok(self.info.user_header().ok_or(EINVAL)?)
    }

    /// Returns the error for an invalid `attr`.
    pub fn bad(&self, attr: A, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        self.info.bad_attr(attr.into(), errno, message)
    }

    /// Returns the error `EINVAL` for a missing `attr`.
    pub fn missing(&self, attr: A, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_attr(attr.into(), message)
    }

    /// Returns the error `EINVAL` for a missing `attr`, without a message (`GENL_REQ_ATTR_CHECK()`).
    pub fn required(&self, attr: A) -> ExtAckError<'a> {
        ExtAckError::required_attr(attr.into())
    }
}

/// A nest in a request, whose attributes have the numbers `A`. The types of `nested!` dereference to it.
pub struct Nested<'a, A> {
    nest: Attr<'a>,
    _numbers: PhantomData<A>,
}

impl<A> Clone for Nested<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Nested<'_, A> {}

impl<'a, A: Into<u16>> Nested<'a, A> {
    #[doc(hidden)]
    pub fn new(nest: Attr<'a>) -> Self {
        Self {
            nest,
            _numbers: PhantomData,
        }
    }

    /// Returns the nest itself.
    pub fn nest(&self) -> Attr<'a> {
        self.nest
    }

    /// Returns an attribute, or the last one if there are several.
    // Not inlined, because all getters of a nest share it.
    #[inline(never)]
    pub fn attr(&self, attr: A) -> Option<Attr<'a>> {
        self.nest.nested().get(attr.into())
    }

    /// Returns all attributes with the number `attr`, in the order of the message.
    pub fn all(&self, attr: A) -> impl Iterator<Item = Attr<'a>> {
        self.nest.nested().all(attr.into())
    }

    /// Returns the error for an invalid `attr`.
    pub fn bad(&self, attr: A, errno: Error, message: &'static CStr) -> ExtAckError<'a> {
        let attr = self.attr(attr).unwrap_or(self.nest);
        ExtAckError::bad_attr(errno, attr, message)
    }

    /// Returns the error `EINVAL` for an `attr` that is missing in the nest.
    pub fn missing(&self, attr: A, message: &'static CStr) -> ExtAckError<'a> {
        ExtAckError::missing_in(self.nest, attr.into(), message)
    }
}

/// The number of an attribute of a message without attributes.
pub enum NoAttr {}

impl From<NoAttr> for u16 {
    #[inline]
    fn from(attr: NoAttr) -> u16 {
        match attr {}
    }
}

/// The result of an operation: nothing, or perhaps a reply.
pub trait Answer {
    /// Sends the reply, if there is one.
    fn answer(self) -> Result;
}

impl Answer for () {
    #[inline]
    fn answer(self) -> Result {
        Ok(())
    }
}

impl<T: Message> Answer for Option<T> {
    fn answer(self) -> Result {
        self.map_or(Ok(()), Message::send)
    }
}

/// A type of `message!`.
pub trait Message {
    /// Sends the message: see [`GenlMsg::send`](super::GenlMsg::send).
    fn send(self) -> Result;
}

/// The numbers of the types in the tables.
#[doc(hidden)]
#[allow(missing_docs, non_camel_case_types)]
pub mod int {
    pub type u8 = core::primitive::u8;
    pub type u16 = core::primitive::u16;
    pub type u32 = core::primitive::u32;
    pub type u64 = core::primitive::u64;
    pub type uint = core::primitive::u64;
    pub type s8 = i8;
    pub type s16 = i16;
    pub type s32 = i32;
    pub type s64 = i64;
    pub type sint = i64;
    pub type be16 = core::primitive::u16;
    pub type be32 = core::primitive::u32;
    pub type be64 = core::primitive::u64;
    pub type le16 = core::primitive::u16;
    pub type le32 = core::primitive::u32;
    pub type le64 = core::primitive::u64;
}

/// The functions of [`PutAttr`](super::PutAttr) by the types in the tables.
#[doc(hidden)]
pub mod put_value {
    use super::int;
    use crate::genl::PutAttr;
    use kernel::error::Result;

    macro_rules! functions {
        ($($kind:ident $put:ident,)+) => {$(
            #[allow(missing_docs)]
            #[inline]
            pub fn $kind(to: &mut impl PutAttr, attrtype: u16, value: int::$kind) -> Result {
                to.$put(attrtype, value)
            }
        )+};
    }

    functions! {
        u8 put_u8,
        u16 put_u16,
        u32 put_u32,
        u64 put_u64,
        uint put_uint,
        s8 put_s8,
        s16 put_s16,
        s32 put_s32,
        s64 put_s64,
        sint put_sint,
        be16 put_be16,
        be32 put_be32,
        be64 put_be64,
        le16 put_le16,
        le32 put_le32,
        le64 put_le64,
    }
}

/// Defines an enum of the numbers of attributes.
macro_rules! attributes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $attr:ident = $number:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum $name { $($(#[$doc])* $attr = $number,)+ }

        impl From<$name> for u16 {
            #[inline]
            fn from(attr: $name) -> u16 {
                attr as u16
            }
        }
    };
}

/// Defines an enum of the values of an attribute.
macro_rules! values {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $value:ident = $number:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum $name { $($(#[$doc])* $value = $number,)+ }

        impl From<$name> for u32 {
            #[inline]
            fn from(value: $name) -> u32 {
                value as u32
            }
        }

        impl TryFrom<u32> for $name {
            type Error = ::kernel::error::Error;

            #[inline]
            fn try_from(value: u32) -> ::kernel::error::Result<Self> {
                match value {
                    $($number => Ok($name::$value),)+
                    _ => Err(::kernel::error::code::EINVAL),
                }
            }
        }
    };
}

/// Defines a set of flags and one flag, by `impl_flags!`.
macro_rules! flags {
    (
        $(#[$meta:meta])*
        pub struct $set:ident of
        pub enum $name:ident { $($(#[$doc:meta])* $flag:ident = $bit:literal,)+ }
    ) => {
        ::kernel::impl_flags!(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $set(u32);

            #[doc = concat!("One of [`", stringify!($set), "`].")]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $name { $($(#[$doc])* $flag = ::kernel::bits::bit_u32($bit),)+ }
        );

        impl TryFrom<u32> for $set {
            type Error = ::kernel::error::Error;

            #[inline]
            fn try_from(value: u32) -> ::kernel::error::Result<Self> {
                match value & !Self::all_bits() {
                    0 => Ok(Self(value)),
                    _ => Err(::kernel::error::code::EINVAL),
                }
            }
        }
    };
}

/// Defines the user header of the family's messages.
macro_rules! user_header {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$doc:meta])* pub $member:ident: $kind:ty,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(C)]
        pub struct $name { $($(#[$doc])* pub $member: $kind,)+ }

        const _: () = {
            const fn is_plain<T: $crate::genl::UserHeader>() {}

            is_plain::<$name>();
            $(is_plain::<$kind>();)+
            assert!(size_of::<$name>() == 0 $(+ size_of::<$kind>())+, "a user header has padding");
        };

        // SAFETY: The members are valid with any bytes, and there is no padding.
        unsafe impl ::kernel::transmute::FromBytes for $name {}

        // SAFETY: The members have no uninitialized bytes, and there is no padding.
        unsafe impl ::kernel::transmute::AsBytes for $name {}
    };
}

/// A type without padding that is valid with any bytes.
pub trait UserHeader: FromBytes + AsBytes + Copy {}

impl<T: FromBytes + AsBytes + Copy> UserHeader for T {}

/// Uses the type of a table that may be empty.
macro_rules! numbers_of {
    ($set:ident) => {
        const _: ::core::marker::PhantomData<$set> = ::core::marker::PhantomData;
    };
}

/// Defines the policies of a request or of a nest.
macro_rules! policy {
    (
        $(#[$meta:meta])*
        static $name:ident: [$set:ident; $len:literal] = {
            $($attr:ident: $policy:ident($($arg:expr),*) $(.$check:ident $(::<$kind:ty>)? ($($limit:expr),*))?,)*
        }
    ) => {
        $(#[$meta])*
        static $name: $crate::genl::PolicyTable<$len> = $crate::genl::PolicyTable::from_entries(&[$((
            $set::$attr as u16,
            $crate::genl::Policy::$policy($($arg),*) $(.$check $(::<$kind>)? ($($limit),*))?,
        ),)*]);

        $crate::genl::numbers_of! { $set }
    };
}

/// Defines the type of a request: see the module.
macro_rules! request {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($set:ident) {
            $($method:ident: $attr:ident => $kind:ident $(($($arg:tt)+))?,)*
        }
    ) => {
        $(#[$meta])*
        pub struct $name<'a>($crate::genl::Request<'a, $set>);

        impl<'a> ::core::ops::Deref for $name<'a> {
            type Target = $crate::genl::Request<'a, $set>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<'a> From<$crate::genl::Info<'a>> for $name<'a> {
            #[inline]
            fn from(info: $crate::genl::Info<'a>) -> Self {
                Self($crate::genl::Request::new(info))
            }
        }

        impl<'a> $name<'a> {
            $($crate::genl::getter! { $set, $attr, $method, $kind $(($($arg)+))? })*
        }
    };
}

/// Defines the type of a nest in a request: see the module.
macro_rules! nested {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($set:ident) {
            $($method:ident: $attr:ident => $kind:ident $(($($arg:tt)+))?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        pub struct $name<'a>($crate::genl::Nested<'a, $set>);

        impl<'a> ::core::ops::Deref for $name<'a> {
            type Target = $crate::genl::Nested<'a, $set>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<'a> From<$crate::genl::Attr<'a>> for $name<'a> {
            #[inline]
            fn from(nest: $crate::genl::Attr<'a>) -> Self {
                Self($crate::genl::Nested::new(nest))
            }
        }

        impl<'a> $name<'a> {
            $($crate::genl::getter! { $set, $attr, $method, $kind $(($($arg)+))? })*
        }
    };
}

/// Defines a getter: see the module.
macro_rules! getter {
    ($set:ident, $attr:ident, $method:ident, flag) => {
        #[doc = concat!("Returns whether [`", stringify!($set), "::", stringify!($attr), "`] is present.")]
        #[inline]
        pub fn $method(&self) -> bool {
            self.attr($set::$attr).is_some()
        }
    };
    ($set:ident, $attr:ident, $method:ident, array($item:ident)) => {
        #[doc = concat!("Returns the items of [`", stringify!($set), "::", stringify!($attr), "`].")]
        #[inline]
        pub fn $method(&self) -> impl Iterator<Item = $item<'a>> {
            let array = self.attr($set::$attr).into_iter();
            array.flat_map(|array| array.nested().map(|nest| <$item<'_> as From<_>>::from(nest)))
        }
    };
    ($set:ident, $attr:ident, $method:ident, numbers($kind:ident)) => {
        #[doc = concat!("Returns the numbers in [`", stringify!($set), "::", stringify!($attr), "`].")]
        ///
        /// # Errors
        ///
        /// `EINVAL` if the length of the attribute is invalid.
        #[inline]
        pub fn $method(
            &self,
        ) -> Result<impl Iterator<Item = $crate::genl::int::$kind> + 'a, $crate::genl::ExtAckError<'a>>
        {
            type Number = $crate::genl::int::$kind;

            let read = |attr: $crate::genl::Attr<'a>| attr.chunks::<{ size_of::<Number>() }>();
            let numbers = self.attr($set::$attr).map(read).transpose()?;
            Ok(numbers.into_iter().flatten().map(Number::from_ne_bytes))
        }
    };
    ($set:ident, $attr:ident, $method:ident, many($kind:ident $(($($arg:tt)+))?)) => {
        #[doc = concat!("Returns the values of [`", stringify!($set), "::", stringify!($attr), "`].")]
        #[inline]
        pub fn $method(
            &self,
        ) -> impl Iterator<Item = $crate::genl::getter!(@type $kind $(($($arg)+))?)> + 'a {
            self.all($set::$attr).map(|attr| $crate::genl::getter!(@read attr, $kind $(($($arg)+))?))
        }
    };
    ($set:ident, $attr:ident, $method:ident, text) => {
        $crate::genl::getter! { @plain $set, $attr, $method, text }
    };
    ($set:ident, $attr:ident, $method:ident, bytes) => {
        $crate::genl::getter! { @plain $set, $attr, $method, bytes }
    };
    ($set:ident, $attr:ident, $method:ident, nest($nest:ident)) => {
        $crate::genl::getter! { @plain $set, $attr, $method, nest($nest) }
    };
    ($set:ident, $attr:ident, $method:ident, $kind:ident $(($($arg:tt)+))?) => {
        #[doc = concat!("Returns [`", stringify!($set), "::", stringify!($attr), "`].")]
        ///
        /// # Errors
        ///
        /// `EINVAL` if the length or the value of the attribute is invalid.
        #[inline]
        pub fn $method(
            &self,
        ) -> Result<
            Option<$crate::genl::getter!(@value $kind $(($($arg)+))?)>,
            $crate::genl::ExtAckError<'a>,
        > {
            let read = |attr: $crate::genl::Attr<'a>| $crate::genl::getter!(@read attr, $kind $(($($arg)+))?);
            self.attr($set::$attr).map(read).transpose()
        }
    };

    (@plain $set:ident, $attr:ident, $method:ident, $kind:ident $(($arg:ident))?) => {
        #[doc = concat!("Returns [`", stringify!($set), "::", stringify!($attr), "`].")]
        #[inline]
        pub fn $method(&self) -> Option<$crate::genl::getter!(@type $kind $(($arg))?)> {
            self.attr($set::$attr).map(|attr| $crate::genl::getter!(@read attr, $kind $(($arg))?))
        }
    };

    // The type of one value, without errors.
    (@value bytes($len:expr)) => { &'a [u8; $len] };
    (@value bitfield32 $(($flags:ident))?) => { (u32, u32) };
    (@value $kind:ident) => { $crate::genl::int::$kind };
    (@value $kind:ident(pad $pad:tt)) => { $crate::genl::int::$kind };
    (@value $kind:ident($value:ident)) => { $value };

    // The type of one value.
    (@type flag) => { () };
    (@type text) => { &'a [u8] };
    (@type bytes) => { &'a [u8] };
    (@type nest($nest:ident)) => { $nest<'a> };
    (@type $kind:ident $(($($arg:tt)+))?) => {
        Result<$crate::genl::getter!(@value $kind $(($($arg)+))?), $crate::genl::ExtAckError<'a>>
    };

    // The expression that reads a value.
    (@read $attr:ident, flag) => {{
        let _: $crate::genl::Attr<'_> = $attr;
    }};
    (@read $attr:ident, text) => { $attr.string() };
    (@read $attr:ident, bytes) => { $attr.payload() };
    (@read $attr:ident, bytes($len:expr)) => { $attr.first_bytes::<{ $len }>() };
    (@read $attr:ident, bitfield32 $(($flags:ident))?) => { $attr.bitfield32() };
    (@read $attr:ident, nest($nest:ident)) => { <$nest<'_> as From<_>>::from($attr) };
    (@read $attr:ident, $kind:ident) => { $attr.$kind() };
    (@read $attr:ident, $kind:ident(pad $pad:tt)) => { $attr.$kind() };
    (@read $attr:ident, $kind:ident($value:ident)) => {
        $attr.$kind().and_then(|value| $attr.one_of::<$value>(value))
    };
}

/// Defines the type of a message from the kernel: see the module.
///
/// The constructors are `reply` to a request, `item` of a dump, and `event` to a group: methods that
/// create it for a namespace and for any destination, and a method that looks for listeners.
macro_rules! message {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($set:ident), $size:tt bytes: $($how:ident $what:tt = $cmd:expr $(=> $group:expr)?;)*
        {
            $($method:ident: $attr:ident => $kind:ident $(($($arg:tt)+))?,)*
        }
    ) => {
        $(#[$meta])*
        pub struct $name<'a>($crate::genl::GenlMsg<'a>);

        $crate::genl::numbers_of! { $set }

        impl<'a> $name<'a> {
            $($crate::genl::constructor! { $how $what $size, $cmd $(, $group)? })*
            $($crate::genl::setter! { $set, $attr, $method, $kind $(($($arg)+))? })*

            /// Sends the message to the destination that its constructor chose.
            ///
            /// # Errors
            ///
            /// - `EAGAIN` if the receive buffer of the reply's receiver is full;
            /// - `ECONNREFUSED` if this socket is closed;
            /// - `ESRCH` if no socket received the event, or the family is not registered;
            /// - `ENOBUFS` or `ENOMEM` if some listeners did not receive the event.
            #[inline]
            pub fn send(self) -> ::kernel::error::Result {
                self.0.send()
            }
        }

        impl $crate::genl::Message for $name<'_> {
            #[inline]
            fn send(self) -> ::kernel::error::Result {
                self.0.send()
            }
        }

        impl<'a> ::core::ops::Deref for $name<'a> {
            type Target = $crate::genl::GenlMsg<'a>;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl ::core::ops::DerefMut for $name<'_> {
            #[inline]
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }
    };
}

/// Defines the constructors of a message. Without a maximum size, there are more, with a parameter for
/// the size.
macro_rules! constructor {
    (reply ($new:ident) $size:literal, $cmd:expr) => {
        /// Creates the reply to the request of `info`.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $new(info: $crate::genl::Info<'a>) -> ::kernel::error::Result<Self> {
            $crate::genl::GenlMsg::new_reply(&info, &FAMILY, $cmd as u8, $size).map(Self)
        }
    };
    (reply ($new:ident, $sized:ident) any, $cmd:expr) => {
        /// Creates the reply to the request of `info`, with room for as many attributes as a page has.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $new(info: $crate::genl::Info<'a>) -> ::kernel::error::Result<Self> {
            Self::$sized(info, $crate::genl::GENLMSG_DEFAULT_SIZE)
        }

        /// Creates the reply to the request of `info`, with room for `size` bytes of attributes.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $sized(info: $crate::genl::Info<'a>, size: usize) -> ::kernel::error::Result<Self> {
            $crate::genl::GenlMsg::new_reply(&info, &FAMILY, $cmd as u8, size).map(Self)
        }
    };
    (item ($item:ident) $size:tt, $cmd:expr) => {
        /// Creates an item of a dump.
        ///
        /// # Errors
        ///
        /// `EMSGSIZE` if the dump's buffer is full.
        #[inline]
        pub fn $item<C>(dump: &'a mut $crate::genl::Dump<'_, C>) -> ::kernel::error::Result<Self> {
            dump.item(&FAMILY, $cmd as u8).map(Self)
        }
    };
    (event ($new:ident, $to:ident, $has_listeners:ident) $size:literal, $cmd:expr, $group:expr) => {
        /// Creates the event for the listeners in `net`.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $new(net: &'a $crate::genl::Net) -> ::kernel::error::Result<Self> {
            Self::$to(
                $crate::genl::Dest::Group(net, $group as u32),
                ::kernel::alloc::flags::GFP_KERNEL,
            )
        }

        /// Creates the event for any destination and context: see
        /// [`GenlMsg::new_to`](crate::genl::GenlMsg::new_to).
        ///
        /// # Errors
        ///
        /// As for that method.
        #[inline]
        pub fn $to(
            dest: $crate::genl::Dest<'a>,
            flags: ::kernel::alloc::Flags,
        ) -> ::kernel::error::Result<Self> {
            $crate::genl::GenlMsg::new_to(dest, &FAMILY, $cmd as u8, $size, flags).map(Self)
        }

        $crate::genl::constructor! { listeners $has_listeners, $group }
    };
    (
        event ($new:ident, $to:ident, $has_listeners:ident, $sized:ident) any, $cmd:expr, $group:expr
    ) => {
        /// Creates the event for the listeners in `net`, with room for as many attributes as a page has.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $new(net: &'a $crate::genl::Net) -> ::kernel::error::Result<Self> {
            Self::$sized(net, $crate::genl::GENLMSG_DEFAULT_SIZE)
        }

        /// Creates the event for the listeners in `net`, with room for `size` bytes of attributes.
        ///
        /// # Errors
        ///
        /// `ENOMEM` if memory is exhausted.
        #[inline]
        pub fn $sized(net: &'a $crate::genl::Net, size: usize) -> ::kernel::error::Result<Self> {
            let dest = $crate::genl::Dest::Group(net, $group as u32);
            Self::$to(dest, size, ::kernel::alloc::flags::GFP_KERNEL)
        }

        $crate::genl::constructor! { event_to $to, $cmd }
        $crate::genl::constructor! { listeners $has_listeners, $group }
    };
    // An event without a group in the spec: the caller chooses the destination.
    (event ($to:ident) $size:literal, $cmd:expr) => {
        /// Creates the event: see [`GenlMsg::new_to`](crate::genl::GenlMsg::new_to).
        ///
        /// # Errors
        ///
        /// As for that method.
        #[inline]
        pub fn $to(
            dest: $crate::genl::Dest<'a>,
            flags: ::kernel::alloc::Flags,
        ) -> ::kernel::error::Result<Self> {
            $crate::genl::GenlMsg::new_to(dest, &FAMILY, $cmd as u8, $size, flags).map(Self)
        }
    };
    (event ($to:ident) any, $cmd:expr) => {
        $crate::genl::constructor! { event_to $to, $cmd }
    };
    (event_to $to:ident, $cmd:expr) => {
        /// Creates the event for any destination and context, with room for `size` bytes of attributes:
        /// see [`GenlMsg::new_to`](crate::genl::GenlMsg::new_to).
        ///
        /// # Errors
        ///
        /// As for that method.
        #[inline]
        pub fn $to(
            dest: $crate::genl::Dest<'a>,
            size: usize,
            flags: ::kernel::alloc::Flags,
        ) -> ::kernel::error::Result<Self> {
            $crate::genl::GenlMsg::new_to(dest, &FAMILY, $cmd as u8, size, flags).map(Self)
        }
    };
    (listeners $has_listeners:ident, $group:expr) => {
        /// Returns whether the group has listeners in `net`.
        #[inline]
        pub fn $has_listeners(net: &$crate::genl::Net) -> bool {
            FAMILY.has_listeners(net, $group as u32)
        }
    };
}

/// Defines the writer of a nest: see the module.
macro_rules! nest {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($set:ident) {
            $($method:ident: $attr:ident => $kind:ident $(($($arg:tt)+))?,)*
        }
    ) => {
        $(#[$meta])*
        pub struct $name<'m>($crate::genl::Nest<'m>);

        $crate::genl::numbers_of! { $set }

        impl<'m> From<$crate::genl::Nest<'m>> for $name<'m> {
            #[inline]
            fn from(nest: $crate::genl::Nest<'m>) -> Self {
                Self(nest)
            }
        }

        impl $name<'_> {
            $($crate::genl::setter! { $set, $attr, $method, $kind $(($($arg)+))? })*

            /// Ends the writing. A drop without it removes the nest.
            ///
            /// # Errors
            ///
            /// `EMSGSIZE` if the nest is too long.
            #[inline]
            pub fn end(self) -> ::kernel::error::Result {
                self.0.end()
            }
        }
    };
}

/// Defines the writer of an array, whose items are numbered from 0.
macro_rules! array {
    ($(#[$meta:meta])* pub struct $name:ident($kind:ident $(($($arg:tt)+))?);) => {
        $(#[$meta])*
        pub struct $name<'m>($crate::genl::Nest<'m>, u16);

        impl<'m> From<$crate::genl::Nest<'m>> for $name<'m> {
            #[inline]
            fn from(nest: $crate::genl::Nest<'m>) -> Self {
                Self(nest, 0)
            }
        }

        impl $name<'_> {
            $crate::genl::setter! {
                @ "Adds an item.",
                self,
                {
                    self.1 = self.1.checked_add(1).ok_or(::kernel::error::code::EMSGSIZE)?;
                    self.1 - 1
                },
                item,
                $kind $(($($arg)+))?
            }

            /// Sets the index of the next item. Some old families give all items the same index.
            #[inline]
            pub fn set_index(&mut self, index: u16) {
                self.1 = index;
            }

            /// Ends the writing. A drop without it removes the array.
            ///
            /// # Errors
            ///
            /// `EMSGSIZE` if the array is too long.
            #[inline]
            pub fn end(self) -> ::kernel::error::Result {
                self.0.end()
            }
        }
    };
}

/// Defines a setter: see the module.
macro_rules! setter {
    ($set:ident, $attr:ident, $method:ident, many($($kind:tt)+)) => {
        $crate::genl::setter! {
            @ concat!(
                "Adds [`", stringify!($set), "::", stringify!($attr), "`]. May be called several times."
            ),
            self, $set::$attr as u16, $method, $($kind)+
        }
    };
    ($set:ident, $attr:ident, $method:ident, $($kind:tt)+) => {
        $crate::genl::setter! {
            @ concat!("Adds [`", stringify!($set), "::", stringify!($attr), "`]."),
            self, $set::$attr as u16, $method, $($kind)+
        }
    };

    (@ $doc:expr, $self:ident, $number:expr, $method:ident, flag) => {
        $crate::genl::setter! { @fn $doc, $self, $method() { $self.0.put_flag($number) } }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, text) => {
        $crate::genl::setter! { @fn $doc, $self, $method(value: &[u8]) { $self.0.put_str($number, value) } }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, bytes) => {
        $crate::genl::setter! { @fn $doc, $self, $method(value: &[u8]) { $self.0.put_bytes($number, value) } }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, bytes($len:expr)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: &[u8; $len]) { $self.0.put_bytes($number, value) }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, numbers($kind:ident)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: &[$crate::genl::int::$kind]) { $self.0.put($number, value) }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, bitfield32) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: u32, selector: u32) {
                $self.0.put_bitfield32($number, value, selector)
            }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, bitfield32($flags:ident)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: $flags, selector: $flags) {
                $self.0.put_bitfield32($number, value.into(), selector.into())
            }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, u64(pad $pad:tt)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: u64) { $self.0.put_u64_64bit($number, value, $pad) }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, s64(pad $pad:tt)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: i64) { $self.0.put_s64_64bit($number, value, $pad) }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, u64($value:ident, pad $pad:tt)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: $value) {
                $self.0.put_u64_64bit($number, u32::from(value).into(), $pad)
            }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, nest($nest:ident)) => {
        #[doc = $doc]
        #[inline]
        pub fn $method(&mut $self) -> ::kernel::error::Result<$nest<'_>> {
            use $crate::genl::PutAttr as _;

            Ok(<$nest<'_> as From<_>>::from($self.0.put_nested($number)?))
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, unflagged($nest:ident)) => {
        #[doc = $doc]
        #[inline]
        pub fn $method(&mut $self) -> ::kernel::error::Result<$nest<'_>> {
            use $crate::genl::PutAttr as _;

            Ok(<$nest<'_> as From<_>>::from($self.0.put_nested_noflag($number)?))
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, array($array:ident)) => {
        $crate::genl::setter! { @ $doc, $self, $number, $method, nest($array) }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, levels($($key:ident),+; $nest:ident)) => {
        #[doc = $doc]
        ///
        /// `write` adds the attributes of the innermost nest.
        pub fn $method(
            &mut $self,
            $($key: u16,)+
            write: impl FnOnce(&mut $nest<'_>) -> ::kernel::error::Result,
        ) -> ::kernel::error::Result {
            use $crate::genl::PutAttr as _;

            let mut outer = $self.0.put_nested($number)?;
            $crate::genl::setter! { @level outer, write, $nest, $($key),+ }
            outer.end()
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, level($key:ident; $kind:ident)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method($key: u16, value: $crate::genl::int::$kind) {
                let mut outer = $self.0.put_nested($number)?;
                $crate::genl::put_value::$kind(&mut outer, $key, value)?;
                outer.end()
            }
        }
    };
    (@level $outer:ident, $write:ident, $nest:ident, $key:ident) => {
        let mut nest = <$nest<'_> as From<_>>::from($outer.put_nested($key)?);
        $write(&mut nest)?;
        nest.end()?;
    };
    (@level $outer:ident, $write:ident, $nest:ident, $key:ident, $($keys:ident),+) => {
        let mut inner = $outer.put_nested($key)?;
        $crate::genl::setter! { @level inner, $write, $nest, $($keys),+ }
        inner.end()?;
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, $kind:ident($value:ident)) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: $value) {
                #[allow(clippy::cast_lossless)]
                let value = u32::from(value) as $crate::genl::int::$kind;
                $crate::genl::put_value::$kind(&mut $self.0, $number, value)
            }
        }
    };
    (@ $doc:expr, $self:ident, $number:expr, $method:ident, $kind:ident) => {
        $crate::genl::setter! {
            @fn $doc, $self, $method(value: $crate::genl::int::$kind) {
                $crate::genl::put_value::$kind(&mut $self.0, $number, value)
            }
        }
    };

    (@fn $doc:expr, $self:ident, $method:ident($($value:ident: $type:ty),*) $body:block) => {
        #[doc = $doc]
        ///
        /// # Errors
        ///
        /// `EMSGSIZE` if the message has no room for it.
        #[inline]
        pub fn $method(&mut $self, $($value: $type),*) -> ::kernel::error::Result {
            #[allow(unused_imports)]
            use $crate::genl::PutAttr as _;
            $body
        }
    };
}

/// Defines the callbacks of the operations and their table.
macro_rules! operations {
    (
        $(#[$meta:meta])*
        static $ops:ident: $state:ident = {
            $(
                $(#[$cfg:meta])*
                $name:ident: $which:tt $method:ident($request:ident) = $cmd:ident
                $(, policy $policy:expr)? $(, permission $permission:ident)? $(, strict $strict:literal)?
                $(, cursor $cursor:ident from $start:ident)? $(, pre $pre:ident)? $(, post $post:ident)?;
            )*
        }
    ) => {
        $(#[$meta])*
        static $ops: &[$crate::genl::SplitOp<$state>] = &[$(
            $(#[$cfg])*
            $crate::genl::operations!(@op $which $name),
        )*];

        $(
            $(#[$cfg])*
            #[doc = concat!("The `", stringify!($which), "` of [`Cmd::", stringify!($cmd), "`].")]
            struct $name;

            $(#[$cfg])*
            $crate::genl::operations! {
                @$which $name, $state, $method, $request, ($($cursor $start)?), ($($pre)?), ($($post)?) {
                    const COMMAND: u8 = Cmd::$cmd as u8;
                    const POLICY: &'static [$crate::genl::Policy] =
                        $crate::genl::operations!(@policy $($policy)?);
                    $(
                        const PERMISSION: $crate::genl::Permission =
                            $crate::genl::Permission::$permission;
                    )?
                    $(const STRICT: bool = $strict;)?
                }
            }
        )*
    };

    (@op do $name:ident) => { $crate::genl::SplitOp::new_do::<$name>() };
    (@op dump $name:ident) => { $crate::genl::SplitOp::new_dump::<$name>() };

    (@policy) => { &[] };
    (@policy $policy:expr) => { $policy };

    (
        @do $name:ident, $state:ident, $method:ident, $request:ident, (), ($($pre:ident)?), ($($post:ident)?)
        { $($consts:tt)* }
    ) => {
        impl $crate::genl::Doit for $name {
            type State = $state;

            $($consts)*

            // Inlined into its only caller, so that both share one frame of the small kernel stack.
            #[inline]
            fn doit<'a>(
                state: Pin<&$state>,
                info: $crate::genl::Info<'a>,
            ) -> Result<(), $crate::genl::ExtAckError<'a>> {
                $crate::genl::operations! { @call state, info, $method, $request, ($($pre)?), ($($post)?) }
            }
        }
    };
    (@call $state:ident, $info:ident, $method:ident, $request:ident, (), ()) => {
        Ok($crate::genl::Answer::answer($state.$method(&<$request<'_> as From<_>>::from($info))?)?)
    };
    (@call $state:ident, $info:ident, $method:ident, $request:ident, ($pre:ident), ()) => {{
        // Dropped after the reply was sent.
        let pre = $state.$pre($info)?;
        Ok($crate::genl::Answer::answer($state.$method(&<$request<'_> as From<_>>::from($info), &pre)?)?)
    }};
    (@call $state:ident, $info:ident, $method:ident, $request:ident, (), ($post:ident)) => {{
        let result = $state.$method(&<$request<'_> as From<_>>::from($info));
        let result = result.and_then(|answer| Ok($crate::genl::Answer::answer(answer)?));
        $state.$post($info);
        result
    }};

    (
        @dump $name:ident, $state:ident, $method:ident, $request:ident, ($cursor:ident $start:ident), (), ()
        { $($consts:tt)* }
    ) => {
        impl $crate::genl::Dumpit for $name {
            type State = $state;
            type Cursor = <$state as Operations>::$cursor;

            $($consts)*

            #[inline]
            fn start_with_cursor<'a>(
                state: Pin<&$state>,
                info: $crate::genl::Info<'a>,
                cursor: &mut Self::Cursor,
            ) -> Result<(), $crate::genl::ExtAckError<'a>> {
                *cursor = state.$start(&<$request<'_> as From<_>>::from(info))?;
                Ok(())
            }

            #[inline]
            fn dumpit<'a>(
                state: Pin<&$state>,
                dump: &mut $crate::genl::Dump<'a, Self::Cursor>,
            ) -> Result<(), $crate::genl::ExtAckError<'a>> {
                state.$method(&<$request<'_> as From<_>>::from(dump.info()), dump)
            }
        }
    };
}

pub(crate) use {
    array,
    attributes,
    constructor,
    flags,
    getter,
    message,
    nest,
    nested,
    numbers_of,
    operations,
    policy,
    request,
    setter,
    user_header,
    values, //
};

#[kunit_tests(genl_protocol)]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod tests {
    use super::*;
    use crate::genl::{
        net_slot,
        testing::{
            TestSkb,
            NUMBER, //
        },
        Doit,
        Dumpit,
        Family,
        Net,
        PerNet,
        PutAttr,
        WeakNet, //
    };
    use core::ptr::NonNull;
    use kernel::{
        bindings,
        sync::atomic::{
            ordering,
            Atomic, //
        },
    };

    attributes! {
        /// Attributes with each type.
        pub enum EachAttr {
            Flag = 1,
            Number = 2,
            Port = 3,
            Wide = 4,
            Colour = 5,
            Options = 6,
            Text = 7,
            Key = 8,
            Row = 9,
            Field = 10,
            Inner = 11,
            List = 12,
            Several = 13,
            Levels = 14,
            Level = 15,
            Plain = 16,
        }
    }

    values! {
        /// Values with a gap.
        pub enum Colour {
            Red = 1,
            Blue = 3,
        }
    }

    flags! {
        /// Flags.
        pub struct OptionFlags of
        pub enum OptionFlag {
            Fast = 0,
            Quiet = 4,
        }
    }

    nested! {
        /// All that can be read.
        pub struct EachAttrs(EachAttr) {
            flag: Flag => flag,
            number: Number => u32,
            port: Port => be16,
            wide: Wide => uint,
            colour: Colour => u8(Colour),
            options: Options => u32(OptionFlags),
            text: Text => text,
            key: Key => bytes(3),
            row: Row => numbers(u16),
            field: Field => bitfield32(OptionFlags),
            inner: Inner => nest(EachAttrs),
            list: List => array(EachAttrs),
            several: Several => many(u32),
            plain: Plain => nest(EachAttrs),
        }
    }

    nest! {
        /// All that can be written.
        pub struct EachNest(EachAttr) {
            flag: Flag => flag,
            number: Number => u32,
            port: Port => be16,
            wide: Wide => uint,
            colour: Colour => u8(Colour),
            options: Options => u32(OptionFlags),
            text: Text => text,
            key: Key => bytes(3),
            row: Row => numbers(u16),
            field: Field => bitfield32(OptionFlags),
            inner: Inner => nest(EachNest),
            list: List => array(ListArray),
            several: Several => many(u32),
            levels: Levels => levels(outer, inner; EachNest),
            level: Level => level(index; u64),
            plain: Plain => unflagged(EachNest),
        }
    }

    array! {
        /// An array.
        pub struct ListArray(nest(EachNest));
    }

    /// Calls `test` with what `write` has written into a nest.
    fn with_written(
        write: impl FnOnce(&mut EachNest<'_>) -> Result,
        test: impl FnOnce(EachAttrs<'_>),
    ) -> Result {
        let mut skb = TestSkb::new(512)?;
        let mut nest = EachNest::from(skb.put_nested(NUMBER)?);
        write(&mut nest)?;
        nest.end()?;
        test(EachAttrs::from(skb.stream().get(NUMBER).ok_or(ENOENT)?));
        Ok(())
    }

    #[test]
    fn getters_read_what_setters_write() -> Result {
        let write = |nest: &mut EachNest<'_>| {
            nest.flag()?;
            nest.number(7)?;
            nest.port(0x0102)?;
            nest.wide(1 << 40)?;
            nest.colour(Colour::Blue)?;
            nest.options(OptionFlag::Quiet.into())?;
            nest.text(b"abc")?;
            nest.key(&[1, 2, 3])?;
            nest.row(&[4, 5])?;
            nest.field(
                OptionFlag::Fast.into(),
                OptionFlag::Fast | OptionFlag::Quiet,
            )
        };
        with_written(write, |read| {
            assert!(read.flag());
            assert!(matches!(read.number(), Ok(Some(7))));
            assert!(matches!(read.port(), Ok(Some(0x0102))));
            assert!(matches!(read.wide(), Ok(Some(0x100_0000_0000))));
            assert!(matches!(read.colour(), Ok(Some(Colour::Blue))));
            assert!(matches!(read.options(), Ok(Some(flags)) if flags == OptionFlag::Quiet.into()));
            assert_eq!(read.text(), Some(&b"abc"[..]));
            assert!(matches!(read.key(), Ok(Some([1, 2, 3]))));
            assert!(read.row().is_ok_and(|row| row.eq([4, 5])));
            assert!(matches!(read.field(), Ok(Some((1, 0x11)))));
        })
    }

    #[test]
    fn getters_of_absent_attributes_return_none() -> Result {
        with_written(
            |_| Ok(()),
            |read| {
                assert!(!read.flag());
                assert!(matches!(read.number(), Ok(None)));
                assert_eq!(read.text(), None);
                assert!(read.row().is_ok_and(|row| row.count() == 0));
                assert!(read.inner().is_none());
                assert_eq!(read.list().count(), 0);
                assert_eq!(read.several().count(), 0);
            },
        )
    }

    #[test]
    fn nests_arrays_and_repeated_attributes_keep_their_order() -> Result {
        let write = |nest: &mut EachNest<'_>| {
            let mut inner = nest.inner()?;
            inner.number(1)?;
            inner.end()?;
            let mut list = nest.list()?;
            for number in [2, 3] {
                let mut item = list.item()?;
                item.number(number)?;
                item.end()?;
            }
            list.end()?;
            nest.several(4)?;
            nest.several(5)
        };
        with_written(write, |read| {
            let number = |read: EachAttrs<'_>| read.number().ok().flatten();
            assert_eq!(read.inner().and_then(number), Some(1));
            assert!(read.list().map(number).eq([Some(2), Some(3)]));
            assert!(read.several().map(Result::ok).eq([Some(4), Some(5)]));
            let indices = read.attr(EachAttr::List).into_iter();
            let indices = indices.flat_map(|list| list.nested().map(Attr::number));
            assert!(indices.eq([0, 1]));
        })
    }

    #[test]
    fn levels_have_keys_as_numbers() -> Result {
        let write = |nest: &mut EachNest<'_>| {
            nest.levels(20, 30, |inner| inner.number(7))?;
            nest.level(40, 8)?;
            let mut plain = nest.plain()?;
            plain.flag()?;
            plain.end()
        };
        with_written(write, |read| {
            fn level(attr: Option<Attr<'_>>, key: u16) -> Option<Attr<'_>> {
                attr?.nested().get(key)
            }

            let inner = level(level(read.attr(EachAttr::Levels), 20), 30);
            let number = inner.map(|inner| EachAttrs::from(inner).number());
            assert!(matches!(number, Some(Ok(Some(7)))));
            let single = level(read.attr(EachAttr::Level), 40);
            assert!(matches!(single.map(Attr::u64), Some(Ok(8))));
            assert!(read.plain().is_some_and(|plain| plain.flag()));
        })
    }

    #[test]
    fn getters_reject_unknown_values_and_short_payloads() -> Result {
        let mut skb = TestSkb::new(64)?;
        let mut nest = skb.put_nested(NUMBER)?;
        nest.put_u8(EachAttr::Colour as u16, 2)?;
        nest.put_bytes(EachAttr::Key as u16, &[1, 2])?;
        nest.put_bytes(EachAttr::Row as u16, &[1, 2, 3])?;
        nest.end()?;
        let read = EachAttrs::from(skb.stream().get(NUMBER).ok_or(ENOENT)?);
        assert!(read.colour().is_err());
        assert!(read.key().is_err());
        assert!(read.row().is_err());
        Ok(())
    }

    /// The numbers of calls of the operations below, and of values that were dropped.
    static CALLED: Atomic<u32> = Atomic::new(0);
    static DROPPED: Atomic<u32> = Atomic::new(0);

    /// The number of calls of another operation and of its `post`.
    static POSTED: Atomic<u32> = Atomic::new(0);

    struct Guard<'s> {
        _state: &'s State,
    }

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            assert_eq!(CALLED.load(ordering::Relaxed), 2);
            DROPPED.fetch_add(1, ordering::Relaxed);
        }
    }

    #[repr(u8)]
    enum Cmd {
        Get = 1,
        Set = 2,
    }

    request! {
        /// A request.
        pub struct GetRequest(NoAttr) {}
    }

    trait Operations: PerNet {
        type GetCursor: Default + Send + 'static;
        type Lock<'s>
        where
            Self: 's;
    }

    struct State;

    impl PerNet for State {
        fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
            Ok(Self)
        }
    }

    net_slot!(State);

    impl Operations for State {
        type GetCursor = KVec<u32>;
        type Lock<'s> = Guard<'s>;
    }

    impl State {
        fn lock<'s, 'a>(
            self: Pin<&'s Self>,
            _info: Info<'a>,
        ) -> Result<Guard<'s>, ExtAckError<'a>> {
            assert_eq!(CALLED.fetch_add(1, ordering::Relaxed), 0);
            Ok(Guard {
                _state: self.get_ref(),
            })
        }

        fn get<'a>(
            self: Pin<&Self>,
            _request: &GetRequest<'a>,
            _pre: &Guard<'_>,
        ) -> Result<(), ExtAckError<'a>> {
            assert_eq!(CALLED.fetch_add(1, ordering::Relaxed), 1);
            assert_eq!(DROPPED.load(ordering::Relaxed), 0);
            Err(EBUSY.into())
        }

        fn get_start<'a>(
            self: Pin<&Self>,
            _request: &GetRequest<'a>,
        ) -> Result<KVec<u32>, ExtAckError<'a>> {
            let mut cursor = KVec::new();
            cursor.push(7, GFP_KERNEL)?;
            Ok(cursor)
        }

        fn get_dump<'a>(
            self: Pin<&Self>,
            _request: &GetRequest<'a>,
            _dump: &mut crate::genl::Dump<'a, KVec<u32>>,
        ) -> Result<(), ExtAckError<'a>> {
            Ok(())
        }

        fn set<'a>(self: Pin<&Self>, _request: &GetRequest<'a>) -> Result<(), ExtAckError<'a>> {
            assert_eq!(POSTED.fetch_add(1, ordering::Relaxed), 0);
            Err(EBUSY.into())
        }

        fn was_set(self: Pin<&Self>, _info: Info<'_>) {
            assert_eq!(POSTED.fetch_add(1, ordering::Relaxed), 1);
        }
    }

    operations! {
        static OPS: State = {
            GetDo: do get(GetRequest) = Get, strict false, pre lock;
            GetDump: dump get_dump(GetRequest) = Get, cursor GetCursor from get_start;
            SetDo: do set(GetRequest) = Set, post was_set;
        }
    }

    fn with_info<T>(test: impl FnOnce(Info<'_>) -> T) -> T {
        let mut raw: bindings::genl_info = pin_init::zeroed();
        // SAFETY: `test` reads nothing from the request.
        test(unsafe { Info::from_raw(NonNull::from(&mut raw), None, 0) })
    }

    #[test]
    fn value_of_pre_lives_until_the_operation_ends() {
        assert_eq!((GetDo::STRICT, GetDump::STRICT), (false, true));
        assert_eq!(OPS.len(), 3);
        let result = with_info(|info| GetDo::doit(Pin::new(&State), info).is_err());
        assert!(result);
        assert_eq!(DROPPED.load(ordering::Relaxed), 1);
    }

    #[test]
    fn post_follows_an_operation_that_fails() {
        assert!(with_info(
            |info| SetDo::doit(Pin::new(&State), info).is_err()
        ));
        assert_eq!(POSTED.load(ordering::Relaxed), 2);
    }

    #[test]
    fn start_of_a_dump_makes_its_cursor() {
        let mut cursor = KVec::new();
        let started = with_info(|info| {
            GetDump::start_with_cursor(Pin::new(&State), info, &mut cursor).is_ok()
        });
        assert!(started);
        assert_eq!(&cursor[..], [7]);
    }

    /// A family that is never registered.
    static FAMILY: Family = Family::const_new_events(
        kernel::module::this_module::<crate::LocalModule>(),
        c"test".to_bytes_with_nul(),
        1,
        &[],
    );

    message! {
        /// An event.
        pub struct Event(NoAttr), 0 bytes:
            event (new_to) = Cmd::Get;
        {}
    }

    #[test]
    fn event_can_go_to_any_destination() {
        let to = |port| Event::new_to(crate::genl::Dest::Port(Net::init(), port), GFP_ATOMIC);
        assert_eq!(to(0).err(), Some(ECONNREFUSED));
        // Sending fails, because the family is not registered.
        assert!(to(7).is_ok_and(|event| event.send() == Err(ESRCH)));
    }
}
