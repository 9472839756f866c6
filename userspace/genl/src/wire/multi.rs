// SPDX-License-Identifier: MIT OR Apache-2.0

//! Multiple values: repeated attributes, arrays, packed numbers.

use super::attr::{Attr, Attrs, DecodeError};
use super::encode::Encoder;
use super::owned::{OwnedNest, OwnedNests};
use super::traits::{Encode, FromAttr};
use std::fmt;

/// Multiple values, of a request or received.
///
/// The values of a request are borrowed from a slice. Received values have been checked, and the
/// iterator decodes them from the message one at a time. Nothing is copied.
pub struct MultiAttr<'a, T> {
    len: usize,
    source: Source<'a, T>,
}

/// The place of the values.
enum Source<'a, T> {
    /// A slice of the program.
    Slice(&'a [T]),
    /// Owned nests of the program, from this position on.
    Owned(&'a dyn OwnedNests, usize),
    /// The attributes with this number.
    Attributes(Attrs<'a>, u16),
    /// Attributes whose numbers are indices.
    Array(Attrs<'a>),
    /// Bytes, with the number of bytes of each value.
    Numbers(&'a [u8], usize),
}

impl<'a, T: FromAttr<'a>> MultiAttr<'a, T> {
    /// Adds the value of the received attribute `attr`, one of `attrs`.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be decoded.
    pub fn add(&mut self, attrs: Attrs<'a>, attr: Attr<'a>) -> Result<(), DecodeError> {
        T::from_attr(attr)?;
        let before = match self.source {
            Source::Attributes(..) => self.len,
            _ => 0,
        };
        *self = Self {
            len: before + 1,
            source: Source::Attributes(attrs, attr.number()),
        };
        Ok(())
    }

    /// Returns the values in an attribute that contains an attribute for each.
    ///
    /// # Errors
    ///
    /// Fails if a value cannot be decoded.
    pub fn array(attr: Attr<'a>) -> Result<Self, DecodeError> {
        let mut len = 0;
        for item in attr.nested() {
            T::from_attr(item)?;
            len += 1;
        }
        Ok(Self {
            len,
            source: Source::Array(attr.nested()),
        })
    }

    /// Returns the numbers of `width` bytes that an attribute contains without gaps.
    ///
    /// # Errors
    ///
    /// Fails if the length is not a multiple of `width`, or if a value cannot be decoded.
    pub fn numbers(attr: Attr<'a>, width: usize) -> Result<Self, DecodeError> {
        let bytes = attr.payload();
        if width == 0 || bytes.len() % width != 0 {
            return Err(attr.wrong_length());
        }
        for number in bytes.chunks_exact(width) {
            T::from_attr(Attr::new(attr.number(), number))?;
        }
        Ok(Self {
            len: bytes.len() / width,
            source: Source::Numbers(bytes, width),
        })
    }
}

impl<'a, T> MultiAttr<'a, T> {
    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the values.
    pub fn iter(&self) -> MultiAttrIter<'a, T> {
        MultiAttrIter {
            next: 0,
            left: *self,
        }
    }
}

impl<'a, T: FromAttr<'a> + Copy> MultiAttr<'a, T> {
    /// Returns the values with their indices: the numbers in a received array, and otherwise the
    /// positions from 0.
    pub fn indexed(&self) -> impl Iterator<Item = (u16, T)> + use<'a, T> {
        let mut iter = self.iter();
        std::iter::from_fn(move || iter.next_indexed())
    }
}

impl<T> Clone for MultiAttr<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for MultiAttr<'_, T> {}

impl<T> Clone for Source<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Source<'_, T> {}

impl<T> Default for MultiAttr<'_, T> {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl<'a, T> From<&'a [T]> for MultiAttr<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self {
            len: values.len(),
            source: Source::Slice(values),
        }
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for MultiAttr<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self::from(&values[..])
    }
}

impl<'a, T> From<&'a Vec<OwnedNest<T>>> for MultiAttr<'a, T> {
    fn from(nests: &'a Vec<OwnedNest<T>>) -> Self {
        Self {
            len: nests.len(),
            source: Source::Owned(nests, 0),
        }
    }
}

impl<'a, T> From<&'a Vec<T>> for MultiAttr<'a, T> {
    fn from(values: &'a Vec<T>) -> Self {
        Self::from(&values[..])
    }
}

impl<'a, T: FromAttr<'a> + Copy + fmt::Debug> fmt::Debug for MultiAttr<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: FromAttr<'a> + Copy + PartialEq> PartialEq for MultiAttr<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<'a, T: FromAttr<'a> + Copy> IntoIterator for MultiAttr<'a, T> {
    type Item = T;
    type IntoIter = MultiAttrIter<'a, T>;

    fn into_iter(self) -> MultiAttrIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: FromAttr<'a> + Copy> IntoIterator for &MultiAttr<'a, T> {
    type Item = T;
    type IntoIter = MultiAttrIter<'a, T>;

    fn into_iter(self) -> MultiAttrIter<'a, T> {
        self.iter()
    }
}

/// The values of [`MultiAttr`], one at a time.
#[derive(Clone, Copy)]
pub struct MultiAttrIter<'a, T> {
    /// The index of the next value.
    next: u16,
    left: MultiAttr<'a, T>,
}

impl<'a, T: FromAttr<'a> + Copy> MultiAttrIter<'a, T> {
    fn next_indexed(&mut self) -> Option<(u16, T)> {
        let place = self.next;
        let (index, value) = match &mut self.left.source {
            Source::Slice(values) => {
                let (&value, rest) = values.split_first()?;
                *values = rest;
                (place, value)
            }
            Source::Owned(nests, next) => {
                let encoded = nests.get(*next)?;
                *next += 1;
                let bytes = encoded.as_deref().unwrap_or_default();
                (place, T::from_attr(Attr::new(0, bytes)).ok()?)
            }
            Source::Attributes(attrs, number) => {
                // Values that cannot be decoded were not added.
                let mut values = attrs.by_ref().filter(|attr| attr.number() == *number);
                (place, values.find_map(|attr| T::from_attr(attr).ok())?)
            }
            Source::Array(attrs) => {
                let attr = attrs.next()?;
                (attr.number(), T::from_attr(attr).ok()?)
            }
            Source::Numbers(bytes, width) => {
                let (number, rest) = bytes.split_at_checked(*width)?;
                *bytes = rest;
                (place, T::from_attr(Attr::new(0, number)).ok()?)
            }
        };
        self.left.len = self.left.len.saturating_sub(1);
        self.next = place.saturating_add(1);
        Some((index, value))
    }
}

impl<'a, T: FromAttr<'a> + Copy> Iterator for MultiAttrIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.next_indexed().map(|(_, value)| value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len, Some(self.left.len))
    }
}

impl<'a, T: FromAttr<'a> + Copy> ExactSizeIterator for MultiAttrIter<'a, T> {}

impl<'a, T: FromAttr<'a> + Copy + fmt::Debug> fmt::Debug for MultiAttrIter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.left.fmt(f)
    }
}

/// Lists of nests in generated code.
#[doc(hidden)]
impl Encoder<'_> {
    /// Adds a nest for each value.
    pub fn put_nests<'a, T>(&mut self, number: u16, values: MultiAttr<'a, T>)
    where
        T: Encode + FromAttr<'a> + Copy,
    {
        self.put_each(values, |_| number);
    }

    /// Adds a nest with a nest for each value, whose number is its index.
    pub fn put_nest_array<'a, T>(&mut self, number: u16, values: MultiAttr<'a, T>)
    where
        T: Encode + FromAttr<'a> + Copy,
    {
        self.nest(number, |to| to.put_each(values, |index| index));
    }

    fn put_each<'a, T>(&mut self, values: MultiAttr<'a, T>, number: impl Fn(u16) -> u16)
    where
        T: Encode + FromAttr<'a> + Copy,
    {
        match values.source {
            Source::Owned(nests, first) => {
                for (index, nest) in (0..).zip((first..).map_while(|place| nests.get(place))) {
                    self.nest(number(index), |to| match nest {
                        Ok(bytes) => to.put_attrs(Attrs::new(bytes)),
                        Err(error) => to.fail_with(error.clone()),
                    });
                }
            }
            _ => {
                for (index, value) in values.indexed() {
                    self.nest(number(index), |to| value.encode(to));
                }
            }
        }
    }
}

/// Multiple values, of a request or received, each below `N` levels of attributes whose numbers are its
/// keys.
pub struct TypeValue<'a, const N: usize, T> {
    source: KeyedSource<'a, N, T>,
}

enum KeyedSource<'a, const N: usize, T> {
    Slice(&'a [([u16; N], T)]),
    Attributes(Attrs<'a>, u16),
}

impl<'a, const N: usize, T: FromAttr<'a>> TypeValue<'a, N, T> {
    /// Adds the values in the received attribute `attr`, one of `attrs`.
    ///
    /// # Errors
    ///
    /// Fails if a value cannot be decoded.
    pub fn add(&mut self, attrs: Attrs<'a>, attr: Attr<'a>) -> Result<(), DecodeError> {
        let mut levels = Levels::<N>::new(attr.nested());
        while let Some((_, attr)) = levels.next() {
            T::from_attr(attr)?;
        }
        self.source = KeyedSource::Attributes(attrs, attr.number());
        Ok(())
    }
}

impl<'a, const N: usize, T: FromAttr<'a> + Copy> TypeValue<'a, N, T> {
    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Returns the values after their keys, from the outermost level to the innermost.
    pub fn iter(&self) -> TypeValueIter<'a, N, T> {
        TypeValueIter {
            source: self.source,
            levels: Levels::new(Attrs::default()),
        }
    }
}

impl<const N: usize, T> Clone for TypeValue<'_, N, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const N: usize, T> Copy for TypeValue<'_, N, T> {}

impl<const N: usize, T> Clone for KeyedSource<'_, N, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<const N: usize, T> Copy for KeyedSource<'_, N, T> {}

impl<const N: usize, T> Default for TypeValue<'_, N, T> {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl<'a, const N: usize, T> From<&'a [([u16; N], T)]> for TypeValue<'a, N, T> {
    fn from(values: &'a [([u16; N], T)]) -> Self {
        let source = KeyedSource::Slice(values);
        Self { source }
    }
}

impl<'a, const N: usize, T, const M: usize> From<&'a [([u16; N], T); M]> for TypeValue<'a, N, T> {
    fn from(values: &'a [([u16; N], T); M]) -> Self {
        Self::from(&values[..])
    }
}

impl<'a, const N: usize, T> From<&'a Vec<([u16; N], T)>> for TypeValue<'a, N, T> {
    fn from(values: &'a Vec<([u16; N], T)>) -> Self {
        Self::from(&values[..])
    }
}

impl<'a, const N: usize, T: FromAttr<'a> + Copy + fmt::Debug> fmt::Debug for TypeValue<'a, N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, const N: usize, T: FromAttr<'a> + Copy + PartialEq> PartialEq for TypeValue<'a, N, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, const N: usize, T: FromAttr<'a> + Copy> IntoIterator for TypeValue<'a, N, T> {
    type Item = ([u16; N], T);
    type IntoIter = TypeValueIter<'a, N, T>;

    fn into_iter(self) -> TypeValueIter<'a, N, T> {
        self.iter()
    }
}

/// The values of [`TypeValue`], one at a time.
pub struct TypeValueIter<'a, const N: usize, T> {
    source: KeyedSource<'a, N, T>,
    levels: Levels<'a, N>,
}

impl<'a, const N: usize, T: FromAttr<'a> + Copy> Iterator for TypeValueIter<'a, N, T> {
    type Item = ([u16; N], T);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((keys, attr)) = self.levels.next() {
                // The attribute was not added if a value cannot be decoded.
                match T::from_attr(attr) {
                    Ok(value) => return Some((keys, value)),
                    Err(_) => continue,
                }
            }
            match &mut self.source {
                KeyedSource::Slice(values) => {
                    let (&value, rest) = values.split_first()?;
                    *values = rest;
                    return Some(value);
                }
                KeyedSource::Attributes(attrs, number) => {
                    let attr = attrs.find(|attr| attr.number() == *number)?;
                    self.levels = Levels::new(attr.nested());
                }
            }
        }
    }
}

impl<const N: usize, T> fmt::Debug for TypeValueIter<'_, N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeValueIter").finish_non_exhaustive()
    }
}

/// An iterator over the innermost of `N` levels of attributes.
struct Levels<'a, const N: usize> {
    /// The remaining attributes of each level, down to `depth`.
    left: [Attrs<'a>; N],
    keys: [u16; N],
    depth: usize,
}

impl<'a, const N: usize> Levels<'a, N> {
    fn new(outermost: Attrs<'a>) -> Self {
        let mut left = [Attrs::default(); N];
        if let Some(first) = left.first_mut() {
            *first = outermost;
        }
        Self {
            left,
            keys: [0; N],
            depth: 0,
        }
    }

    fn next(&mut self) -> Option<([u16; N], Attr<'a>)> {
        loop {
            match self.left.get_mut(self.depth)?.next() {
                // The end of this level.
                None => self.depth = self.depth.checked_sub(1)?,
                Some(attr) => {
                    self.keys[self.depth] = attr.number();
                    match self.left.get_mut(self.depth + 1) {
                        None => return Some((self.keys, attr)),
                        Some(inner) => *inner = attr.nested(),
                    }
                    self.depth += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::encode::Encoder;

    fn encoded(write: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
        let mut buffer = Vec::new();
        Encoder::append(&mut buffer, |to| write(to)).unwrap();
        buffer
    }

    #[test]
    fn repeated_attributes_are_decoded_in_order() {
        let bytes = encoded(|to| {
            to.put_u32(1, 7);
            to.put_u32(2, 0);
            to.put_u32(1, 8);
        });
        let attrs = Attrs::new(&bytes);
        let mut values = MultiAttr::<u32>::default();
        for attr in attrs.filter(|attr| attr.number() == 1) {
            values.add(attrs, attr).unwrap();
        }
        assert_eq!((values.len(), values), (2, MultiAttr::from(&[7, 8])));
    }

    #[test]
    fn indices_are_the_numbers_in_the_array() {
        let bytes = encoded(|to| {
            to.nest(5, |to| {
                to.put_u32(3, 7);
                to.put_u32(1, 8);
            });
        });
        let attr = Attrs::new(&bytes).next().unwrap();
        let values = MultiAttr::<u32>::array(attr).unwrap();
        assert_eq!(values.indexed().collect::<Vec<_>>(), [(3, 7), (1, 8)]);
        assert_eq!(values.iter().len(), 2);
    }

    #[test]
    fn a_length_that_is_no_multiple_of_the_width_is_an_error() {
        let row = MultiAttr::<u16>::numbers(Attr::new(1, &[1, 0, 2, 0]), 2).unwrap();
        assert_eq!(row, MultiAttr::from(&[1u16.to_le(), 2u16.to_le()]));
        assert!(MultiAttr::<u16>::numbers(Attr::new(1, &[1, 0, 2]), 2).is_err());
    }

    #[test]
    fn one_bad_value_is_an_error() {
        let bytes = encoded(|to| to.put_u16(1, 7));
        let attrs = Attrs::new(&bytes);
        let attr = attrs.clone().next().unwrap();
        assert!(MultiAttr::<u32>::default().add(attrs, attr).is_err());
        assert!(TypeValue::<1, u32>::default().add(attrs, attr).is_ok());
    }

    #[test]
    fn keys_are_the_numbers_above() {
        let bytes = encoded(|to| {
            to.nest(9, |to| {
                to.nest(1, |to| {
                    to.put_u32(2, 12);
                    to.put_u32(3, 13);
                });
                to.nest(4, |to| to.put_u32(5, 45));
            });
            to.nest(9, |to| to.nest(6, |to| to.put_u32(7, 67)));
        });
        let attrs = Attrs::new(&bytes);
        let mut keyed = TypeValue::<2, u32>::default();
        for attr in attrs {
            keyed.add(attrs, attr).unwrap();
        }
        let values = [([1, 2], 12), ([1, 3], 13), ([4, 5], 45), ([6, 7], 67)];
        assert_eq!(keyed, TypeValue::from(&values));
    }
}
