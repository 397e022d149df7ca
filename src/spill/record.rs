//! Records of one size, as they stand in files that only this process reads.

use crate::digest::Fingerprint;

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

            fn write(&self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_ne_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                Self::from_ne_bytes(bytes.try_into().expect("as many as it takes"))
            }
        }
    )*};
}

numbers!(u32 u64 u128);

impl Record for () {
    const BYTES: usize = 0;

    fn write(&self, _: &mut [u8]) {}

    fn read(_: &[u8]) -> Self {}
}

impl Record for Fingerprint {
    const BYTES: usize = 16;

    fn write(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.to_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        Self::from_bytes(bytes.try_into().expect("as many as it takes"))
    }
}

impl<A: Record, B: Record> Record for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    fn write(&self, out: &mut [u8]) {
        let (a, b) = out.split_at_mut(A::BYTES);
        self.0.write(a);
        self.1.write(b);
    }

    fn read(bytes: &[u8]) -> Self {
        let (a, b) = bytes.split_at(A::BYTES);
        (A::read(a), B::read(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        let record = ((7_u32, Fingerprint::of(b"x")), (u128::MAX - 1, ((), 3_u64)));
        let mut bytes = [0; 44];
        record.write(&mut bytes);
        assert_eq!(<((u32, Fingerprint), (u128, ((), u64)))>::read(&bytes), record);
    }
}
