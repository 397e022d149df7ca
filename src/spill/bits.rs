//! A bit for each record of a list. There are so few bytes of them that they stay in memory.

/// Positions, each of which is marked or not.
#[derive(Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Of so many positions none is marked.
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Marks a position, which may lie behind those there were; false if it was marked before.
    #[inline]
    pub(crate) fn mark(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64, 1 << (at % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let was = self.0[word];
        self.0[word] |= bit;
        was & bit == 0
    }

    /// True for a position that is marked.
    #[inline]
    pub(crate) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word & 1 << (at % 64) != 0)
    }

    /// True if all that others mark are marked.
    pub(crate) fn has_all(&self, others: &Self) -> bool {
        let words = self.0.iter().copied().chain(std::iter::repeat(0));
        others.0.iter().zip(words).all(|(other, word)| other & !word == 0)
    }

    /// The positions that are marked, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|at| self.has(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_marked_once() {
        let mut bits = Bits::new(65);
        assert!(
            [0, 63, 64, 200].into_iter().all(|at| !bits.has(at) && bits.mark(at) && !bits.mark(at) && bits.has(at))
        );
        assert!(!bits.has(1) && !bits.has(10_000));
        assert!(bits.iter().eq([0, 63, 64, 200]));
        let mut others = Bits::new(65);
        assert!(others.mark(64) && bits.has_all(&others) && !others.has_all(&bits));
        assert!(others.mark(1_000) && !bits.has_all(&others));
    }
}
