//! A moment that may be unknown, in eight bytes: there is one for each claim.

use std::num::NonZeroU64;

use crate::spill::Record;

/// Nanoseconds since 1970, or nothing. The least of all integers, 292 years before, counts as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moment(Option<NonZeroU64>);

impl Record for Moment {
    const BYTES: usize = 8;

    #[inline]
    fn write(&self, out: &mut [u8]) {
        self.0.map_or(0, NonZeroU64::get).write(out);
    }

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        Self(NonZeroU64::new(u64::read(bytes)))
    }
}

impl Moment {
    const LEAST: u64 = i64::MIN.cast_unsigned();

    /// Of nanoseconds since 1970.
    #[inline]
    pub(crate) fn of(nanoseconds: Option<i64>) -> Self {
        Self(nanoseconds.and_then(|time| NonZeroU64::new(time.cast_unsigned() ^ Self::LEAST)))
    }

    /// The nanoseconds.
    #[inline]
    pub(crate) fn get(self) -> Option<i64> {
        self.0.map(|bits| (bits.get() ^ Self::LEAST).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_least_come_back() {
        for time in [i64::MIN + 1, -1, 0, 1, i64::MAX] {
            assert_eq!(Moment::of(Some(time)).get(), Some(time));
        }
        assert_eq!(Moment::of(Some(i64::MIN)).get(), None);
        assert_eq!((Moment::of(None), size_of::<Moment>()), (Moment::default(), 8));
    }
}
