// SPDX-License-Identifier: MIT OR Apache-2.0

//! Several values: attributes that a message may carry more than once, arrays, rows of numbers.

use super::attr::{Attr, Attrs, DecodeError};
use super::traits::FromAttr;
use std::fmt;

/// Several values, of a request or as they were received.
///
/// Those of a request are borrowed from a slice. Those that were received have been checked, and
/// are read from the message, one at a time, whenever they are iterated over. Nothing is copied.
pub struct MultiAttr<'a, T> {
    len: usize,
    source: Source<'a, T>,
}

/// Where the values are.
enum Source<'a, T> {
    /// In a program's own memory.
    Slice(&'a [T]),
    /// In the attributes with this number.
    Attributes(Attrs<'a>, u16),
    /// In attributes whose numbers are indices.
    Array(Attrs<'a>),
    /// In bytes, so many for each.
    Row(&'a [u8], usize),
}

impl<'a, T: FromAttr<'a>> MultiAttr<'a, T> {
    /// Adds a value that was received, that of `attr`, which is one of `attrs`.
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

    /// The values in an attribute that holds one attribute for each.
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

    /// The numbers in an attribute that holds one behind the other, each of `width` bytes.
    pub fn row(attr: Attr<'a>, width: usize) -> Result<Self, DecodeError> {
        let bytes = attr.payload();
        if width == 0 || bytes.len() % width != 0 {
            return Err(attr.wrong_length());
        }
        for number in bytes.chunks_exact(width) {
            T::from_attr(Attr::new(attr.number(), number))?;
        }
        Ok(Self {
            len: bytes.len() / width,
            source: Source::Row(bytes, width),
        })
    }
}

impl<'a, T> MultiAttr<'a, T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values.
    pub fn iter(&self) -> MultiAttrIter<'a, T> {
        MultiAttrIter {
            next: 0,
            left: *self,
        }
    }
}

impl<'a, T: FromAttr<'a> + Copy> MultiAttr<'a, T> {
    /// The values with their indices: in an array that was received those that it has, and
    /// otherwise their places, from 0.
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
    /// The place of the next.
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
            Source::Attributes(attrs, number) => {
                let attr = attrs.find(|attr| attr.number() == *number)?;
                (place, T::from_attr(attr).ok()?)
            }
            Source::Array(attrs) => {
                let attr = attrs.next()?;
                (attr.number(), T::from_attr(attr).ok()?)
            }
            Source::Row(bytes, width) => {
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

/// Several values, each below `N` levels of attributes whose numbers are its keys.
///
/// Of a request or as they were received, like [`MultiAttr`].
pub struct TypeValue<'a, const N: usize, T> {
    source: KeyedSource<'a, N, T>,
}

enum KeyedSource<'a, const N: usize, T> {
    Slice(&'a [([u16; N], T)]),
    Attributes(Attrs<'a>, u16),
}

impl<'a, const N: usize, T: FromAttr<'a>> TypeValue<'a, N, T> {
    /// Adds the values that were received in `attr`, which is one of `attrs`.
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
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The values, behind their keys from the outermost level to the innermost.
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
                return Some((keys, T::from_attr(attr).ok()?));
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

/// Attributes below levels of others.
struct Levels<'a, const N: usize> {
    /// What is left of each level, down to `depth`.
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
                // Up, or out.
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
    fn several_attributes_are_read_in_their_order() {
        let bytes = encoded(|to| {
            to.put_u32(1, 7);
            to.put_u32(2, 0);
            to.put_u32(1, 8);
        });
        let attrs = Attrs::new(&bytes);
        let mut many = MultiAttr::<u32>::default();
        for attr in attrs.filter(|attr| attr.number() == 1) {
            many.add(attrs, attr).unwrap();
        }
        assert_eq!((many.len(), many), (2, MultiAttr::from(&[7, 8])));
    }

    #[test]
    fn arrays_have_the_indices_that_they_have() {
        let bytes = encoded(|to| {
            to.nest(5, |to| {
                to.put_u32(3, 7);
                to.put_u32(1, 8);
            });
        });
        let attr = Attrs::new(&bytes).next().unwrap();
        let many = MultiAttr::<u32>::array(attr).unwrap();
        assert_eq!(many.indexed().collect::<Vec<_>>(), [(3, 7), (1, 8)]);
        assert_eq!(many.iter().len(), 2);
    }

    #[test]
    fn rows_have_no_half_numbers() {
        let row = MultiAttr::<u16>::row(Attr::new(1, &[1, 0, 2, 0]), 2).unwrap();
        assert_eq!(row, MultiAttr::from(&[1u16.to_le(), 2u16.to_le()]));
        assert!(MultiAttr::<u16>::row(Attr::new(1, &[1, 0, 2]), 2).is_err());
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
