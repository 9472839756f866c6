// SPDX-License-Identifier: GPL-2.0

//! The public key of a private key (RFC 7748, X25519 with the base point).
//!
//! C source: [`lib/crypto/curve25519.c`](srctree/lib/crypto/curve25519.c)

use super::device::Key;

/// A number modulo 2^255 - 19, in sixteen digits of 16 bits. Digits may be negative or too large until
/// they are carried.
type Number = [i64; 16];

const DIGIT: u32 = 16;
const ZERO: Number = [0; 16];
const ONE: Number = small(1);

/// (486662 - 2) / 4 of the curve.
const A24: Number = {
    let mut number = small(0xdb41);
    number[1] = 1;
    number
};

const fn small(value: i64) -> Number {
    let mut number = ZERO;
    number[0] = value;
    number
}

/// Returns the key with the bits that all private keys have (`curve25519_clamp_secret()`).
pub(super) fn clamped(key: &Key) -> Key {
    let mut key = *key;
    key[0] &= 248;
    key[31] = key[31] & 127 | 64;
    key
}

/// Returns the public key of a private key, or `None` for a key of zeros
/// (`curve25519_generate_public()`).
pub(super) fn public_key(private: &Key) -> Option<Key> {
    const BASE: Number = small(9);

    if *private == [0; 32] {
        return None;
    }
    let scalar = clamped(private);
    // Montgomery's ladder.
    let (mut a, mut b, mut c, mut d) = (ONE, BASE, ZERO, ONE);
    for bit in (0..255).rev() {
        let is_set = scalar[bit / 8] >> (bit % 8) & 1 == 1;
        swap_if(is_set, &mut a, &mut b);
        swap_if(is_set, &mut c, &mut d);
        let (sum_ac, difference_ac) = (sum(&a, &c), difference(&a, &c));
        let (sum_bd, difference_bd) = (sum(&b, &d), difference(&b, &d));
        let (squared_sum, squared_difference) = (square(&sum_ac), square(&difference_ac));
        let (one, other) = (
            product(&sum_ac, &difference_bd),
            product(&difference_ac, &sum_bd),
        );
        let gap = difference(&squared_sum, &squared_difference);
        a = product(&squared_sum, &squared_difference);
        b = square(&sum(&one, &other));
        c = product(&gap, &sum(&squared_sum, &product(&gap, &A24)));
        d = product(&square(&difference(&one, &other)), &BASE);
        swap_if(is_set, &mut a, &mut b);
        swap_if(is_set, &mut c, &mut d);
    }
    let public = packed(product(&a, &inverse(&c)));
    (public != [0; 32]).then_some(public)
}

/// Swaps two numbers without a branch.
fn swap_if(condition: bool, a: &mut Number, b: &mut Number) {
    let mask = -i64::from(condition);
    for (a, b) in a.iter_mut().zip(b) {
        let changed = (*a ^ *b) & mask;
        *a ^= changed;
        *b ^= changed;
    }
}

fn sum(a: &Number, b: &Number) -> Number {
    core::array::from_fn(|i| a[i] + b[i])
}

fn difference(a: &Number, b: &Number) -> Number {
    core::array::from_fn(|i| a[i] - b[i])
}

fn square(a: &Number) -> Number {
    product(a, a)
}

fn product(a: &Number, b: &Number) -> Number {
    let mut digits = ZERO;
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            // 2^256 is 38.
            let factor = if i + j < 16 { 1 } else { 38 };
            digits[(i + j) % 16] += factor * a * b;
        }
    }
    carry(&mut digits);
    carry(&mut digits);
    digits
}

fn carry(number: &mut Number) {
    for i in 0..16 {
        let carried = number[i] >> DIGIT;
        number[i] -= carried << DIGIT;
        match number.get_mut(i + 1) {
            Some(next) => *next += carried,
            None => number[0] += 38 * carried,
        }
    }
}

/// Returns 1 divided by a number: its power 2^255 - 21.
fn inverse(number: &Number) -> Number {
    let mut power = *number;
    for bit in (0..254).rev() {
        power = square(&power);
        if bit != 2 && bit != 4 {
            power = product(&power, number);
        }
    }
    power
}

/// Returns the smallest representation of a number, in bytes.
fn packed(mut number: Number) -> Key {
    const PRIME: Number = {
        let mut prime = [0xffff; 16];
        prime[0] = 0xffed;
        prime[15] = 0x7fff;
        prime
    };

    for _ in 0..3 {
        carry(&mut number);
    }
    for _ in 0..2 {
        let mut reduced = difference(&number, &PRIME);
        for i in 0..15 {
            reduced[i + 1] += reduced[i] >> DIGIT;
            reduced[i] &= 0xffff;
        }
        let is_smaller = reduced[15] < 0;
        swap_if(!is_smaller, &mut number, &mut reduced);
    }
    let mut bytes = [0; 32];
    for (bytes, digit) in bytes.chunks_exact_mut(2).zip(number) {
        bytes.copy_from_slice(&(digit as u16).to_le_bytes());
    }
    bytes
}
