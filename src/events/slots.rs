//! Positions by stream: 0 is the run's stream, any other a rank and one.

/// Four bytes for each stream up to the largest that has a position.
#[derive(Default)]
pub(super) struct Slots(Vec<u32>);

impl Slots {
    /// The position of a stream, if it has one.
    pub(super) fn get(&self, stream: u32) -> Option<usize> {
        Some(self.0.get(stream as usize)?.checked_sub(1)? as usize)
    }

    /// Gives a stream a position.
    pub(super) fn put(&mut self, stream: u32, position: usize) {
        let at = stream as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] = position as u32 + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_the_positions_that_they_were_given() {
        let mut slots = Slots::default();
        slots.put(7, 0);
        slots.put(0, 1);
        assert_eq!([0, 6, 7, 8].map(|stream| slots.get(stream)), [Some(1), None, Some(0), None]);
    }
}
