//! Objects as zlib streams: deflated, or stored where that would gain nothing.
//!
//! Formats: RFC 1950 and 1951.

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress, Status};

/// Objects of at most so many bytes hardly ever get smaller: trees of a few entries and short notes. To set up a
/// compressor takes longer than to write them.
const TINY: u64 = 208;
/// Up to here a window of 8 KiB compresses as well as one of 32 KiB, and takes a hundred kilobytes less to set up.
const SMALL: u64 = 64 << 10;
/// Deflated bytes on their way out.
const OUT: usize = 16 << 10;

/// Writes one stream after another.
pub(super) struct Zlib {
    /// For small objects and for others; kept from stream to stream, for it takes long to make one.
    deflaters: [Option<(u32, Compress)>; 2],
    /// Which of the two is in use.
    used: usize,
    /// The checksum so far of a stream that is stored.
    stored: Option<Adler>,
    out: Vec<u8>,
}

impl Zlib {
    pub(super) fn new() -> Self {
        Self { deflaters: [None, None], used: 0, stored: None, out: vec![0; OUT] }
    }

    /// Begins a stream of exactly `size` bytes.
    pub(super) fn begin(&mut self, size: u64, level: u32, to: &mut impl Write) -> io::Result<()> {
        if size <= TINY {
            self.stored = Some(Adler::new());
            // A window of 32 KiB; the last block, which is stored.
            let (length, mut head) = ((size as u16).to_le_bytes(), [0x78, 0x01, 0x01, 0, 0, 0, 0]);
            head[3..].copy_from_slice(&[length[0], length[1], !length[0], !length[1]]);
            return to.write_all(&head);
        }
        self.stored = None;
        let window_bits = if size <= SMALL { 13 } else { 15 };
        self.used = usize::from(size > SMALL);
        match &mut self.deflaters[self.used] {
            Some((same, deflater)) if *same == level => deflater.reset(),
            other => {
                let deflater = Compress::new_with_window_bits(Compression::new(level), true, window_bits);
                *other = Some((level, deflater));
            }
        }
        Ok(())
    }

    /// Writes more bytes of the stream.
    pub(super) fn put(&mut self, bytes: &[u8], to: &mut impl Write) -> io::Result<()> {
        match &mut self.stored {
            Some(adler) => {
                adler.update(bytes);
                to.write_all(bytes)
            }
            None => self.deflate(bytes, FlushCompress::None, to),
        }
    }

    /// Ends the stream.
    pub(super) fn end(&mut self, to: &mut impl Write) -> io::Result<()> {
        match self.stored.take() {
            Some(adler) => to.write_all(&adler.finish()),
            None => self.deflate(&[], FlushCompress::Finish, to),
        }
    }

    fn deflate(&mut self, mut bytes: &[u8], flush: FlushCompress, to: &mut impl Write) -> io::Result<()> {
        let (_, deflater) = self.deflaters[self.used].as_mut().expect("a stream was begun");
        loop {
            let (before_in, before_out) = (deflater.total_in(), deflater.total_out());
            let status = deflater.compress(bytes, &mut self.out, flush).map_err(io::Error::other)?;
            bytes = &bytes[(deflater.total_in() - before_in) as usize..];
            let count = (deflater.total_out() - before_out) as usize;
            to.write_all(&self.out[..count])?;
            let is_done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => bytes.is_empty() && count < self.out.len(),
            };
            if is_done {
                return Ok(());
            }
        }
    }
}

/// Adler-32, over few bytes.
struct Adler(u32, u32);

impl Adler {
    fn new() -> Self {
        Self(1, 0)
    }

    fn update(&mut self, bytes: &[u8]) {
        const MODULUS: u32 = 65521;
        for byte in bytes {
            self.0 = (self.0 + u32::from(*byte)) % MODULUS;
            self.1 = (self.1 + self.0) % MODULUS;
        }
    }

    fn finish(&self) -> [u8; 4] {
        (self.1 << 16 | self.0).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn streams_hold_what_was_put_into_them() {
        let mut zlib = Zlib::new();
        for size in (0..2 * TINY as usize).chain([70_000, 9_000, 65_536, 200_000]) {
            let bytes: Vec<u8> = (0..size).map(|n| (n * n % 251) as u8).collect();
            let mut stream = Vec::new();
            zlib.begin(size as u64, 2, &mut stream).expect("there is room");
            bytes.chunks(100).for_each(|piece| zlib.put(piece, &mut stream).expect("there is room"));
            zlib.end(&mut stream).expect("there is room");
            let mut back = Vec::new();
            flate2::read::ZlibDecoder::new(&stream[..]).read_to_end(&mut back).expect("it is a stream");
            assert_eq!(back, bytes);
            assert!(stream.len() <= size + 11, "{size} bytes take {}", stream.len());
        }
    }
}
