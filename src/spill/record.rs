//! Records of one size, as they stand in files that only this process reads.

use crate::digest::{Digest, Fingerprint};

/// A record that always takes as many bytes.
pub(crate) trait Record: Copy {
    /// How many.
    const BYTES: usize;

    /// Writes it; there are as many bytes as it takes.
    fn write(&self, out: &mut [u8]);

    /// Reads it back.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Record for $number {
            const BYTES: usize = size_of::<$number>();

            #[inline]
            fn write(&self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_ne_bytes());
            }

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                Self::from_ne_bytes(bytes.try_into().expect("as many as it takes"))
            }
        }
    )*};
}

numbers!(u8 u32 u64 i64 u128);

impl Record for () {
    const BYTES: usize = 0;

    #[inline]
    fn write(&self, _: &mut [u8]) {}

    #[inline]
    fn read(_: &[u8]) -> Self {}
}

impl Record for Fingerprint {
    const BYTES: usize = 16;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.to_bytes());
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        Self::from_bytes(bytes.try_into().expect("as many as it takes"))
    }
}

impl Record for bool {
    const BYTES: usize = 1;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        u8::from(*self).write(out);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        bytes != [0]
    }
}

impl<const N: usize> Record for [u8; N] {
    const BYTES: usize = N;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        bytes.try_into().expect("as many as it takes")
    }
}

impl Record for Digest {
    const BYTES: usize = 32;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        self.as_bytes().write(out);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        <[u8; 32]>::read(bytes).into()
    }
}

impl<R: Record> Record for Option<R> {
    const BYTES: usize = 1 + R::BYTES;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        let (is_some, rest) = out.split_at_mut(1);
        self.is_some().write(is_some);
        match self {
            Some(record) => record.write(rest),
            None => rest.fill(0),
        }
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        let (is_some, rest) = bytes.split_at(1);
        bool::read(is_some).then(|| R::read(rest))
    }
}

/// Makes a struct of records one itself: its members, one behind the other.
macro_rules! record {
    ($name:ty { $($member:ident: $kind:ty),* $(,)? }) => {
        impl $crate::spill::Record for $name {
            const BYTES: usize = 0 $(+ <$kind as $crate::spill::Record>::BYTES)*;

            #[inline]
            fn write(&self, out: &mut [u8]) {
                let rest = out;
                $(
                    let (part, rest) = rest.split_at_mut(<$kind as $crate::spill::Record>::BYTES);
                    $crate::spill::Record::write(&self.$member, part);
                )*
                debug_assert!(rest.is_empty());
            }

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                let rest = bytes;
                $(
                    let (part, rest) = rest.split_at(<$kind as $crate::spill::Record>::BYTES);
                    let $member = <$kind as $crate::spill::Record>::read(part);
                )*
                debug_assert!(rest.is_empty());
                Self { $($member),* }
            }
        }
    };
}

pub(crate) use record;

impl<A: Record, B: Record> Record for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        let (a, b) = out.split_at_mut(A::BYTES);
        self.0.write(a);
        self.1.write(b);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        let (a, b) = bytes.split_at(A::BYTES);
        (A::read(a), B::read(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Pair {
        one: Option<u32>,
        is_other: bool,
    }

    record!(Pair { one: Option<u32>, is_other: bool });

    #[test]
    fn structs_are_read_as_they_were_written() {
        for pair in [Pair { one: Some(7), is_other: true }, Pair { one: None, is_other: false }] {
            let mut bytes = [255; 6];
            pair.write(&mut bytes);
            assert_eq!(Pair::read(&bytes), pair);
        }
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let record = ((7_u32, Fingerprint::of(b"x")), (u128::MAX - 1, ((), 3_u64)));
        let mut bytes = [0; 44];
        record.write(&mut bytes);
        assert_eq!(<((u32, Fingerprint), (u128, ((), u64)))>::read(&bytes), record);
    }
}
