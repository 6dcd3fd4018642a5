//! The encoding of a file, told by its first bytes whatever it is called.

use std::io::{self, BufRead, BufReader, Read};
use std::mem;

use event_simulator::wire::TableForm;
use flate2::bufread::GzDecoder;

use super::tables::lines_of_stream;

/// Bytes by which an encoding is told.
const MOST_MAGIC_BYTES: usize = 6;

/// Bytes of a compressed file that are read at a time.
const BUFFER_BYTES: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// A frame of other data, with which pzstd begins; its first byte is 0x50 to 0x5f.
const ZSTD_SKIPPABLE: &[u8] = b"\x2a\x4d\x18";

/// Encodings that are not read, with what to do about them.
const OTHERS: [(&[u8], &str); 11] = [
    (b"\xff\xfe", "UTF-16: convert it, as by `iconv -f utf-16 -t utf-8`"),
    (b"\xfe\xff", "UTF-16: convert it, as by `iconv -f utf-16 -t utf-8`"),
    (b"{\0", "UTF-16: convert it, as by `iconv -f utf-16le -t utf-8`"),
    (b"\0{", "UTF-16: convert it, as by `iconv -f utf-16be -t utf-8`"),
    (b"BZh", "bzip2: decompress it, as by `bunzip2`"),
    (b"\xfd7zXZ\0", "xz: decompress it, as by `unxz`"),
    (b"\x04\x22\x4d\x18", "LZ4: decompress it, as by `unlz4`"),
    (b"PK\x03\x04", "a zip archive: unpack it"),
    (b"Obj\x01", "Avro: write it as JSON lines, as by `avro-tools tojson`"),
    (b"ORC", "ORC: write it as JSON lines or CSV"),
    (b"SQLite", "an SQLite database: export its table as CSV"),
];

/// The bytes of an input, decompressed; those of a table as lines of JSON. An error comes when it is reached: what stands before is read.
///
/// # Errors
/// An encoding that is not read, with what to do about it.
pub(super) fn decompressed(input: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let input = First::of(input);
    input.refuse_others()?;
    if !input.is_gzip() && !input.is_zstd() {
        return match TableForm::of_beginning(&input.bytes) {
            Some(form) => lines_of_stream(form, input),
            None => Ok(Box::new(input)),
        };
    }
    let is_zstd = input.is_zstd();
    let input = BufReader::with_capacity(BUFFER_BYTES, input);
    let text = First::of(if is_zstd {
        Box::new(Compressed("zstd", zstd::stream::read::Decoder::with_buffer(input)?))
            as Box<dyn Read + Send>
    } else {
        Box::new(Compressed("gzip", GzipMembers::Between(input)))
    });
    text.refuse_others()?;
    if text.is_gzip() || text.is_zstd() {
        return Err(unreadable("it is compressed twice: decompress it once"));
    }
    match TableForm::of_beginning(&text.bytes) {
        Some(form) => lines_of_stream(form, text),
        None => Ok(Box::new(text)),
    }
}

/// An input without a byte-order mark at its beginning, which is no part of its text.
pub(super) fn without_byte_order_mark<R: Read>(input: R) -> impl Read + use<R> {
    let mut first = First::of(input);
    if first.bytes.starts_with(BYTE_ORDER_MARK) {
        first.taken = BYTE_ORDER_MARK.len();
    }
    first
}

fn unreadable(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// An input whose first bytes are known.
struct First<R> {
    bytes: Vec<u8>,
    /// So many of the first bytes were read.
    taken: usize,
    /// The reason why there are no more.
    error: Option<io::Error>,
    input: R,
}

impl<R: Read> First<R> {
    fn of(mut input: R) -> Self {
        let mut bytes = Vec::with_capacity(MOST_MAGIC_BYTES);
        // Reading stops at an error, and what came before it is kept.
        let read = input.by_ref().take(MOST_MAGIC_BYTES as u64).read_to_end(&mut bytes);
        Self { bytes, taken: 0, error: read.err(), input }
    }

    fn is_gzip(&self) -> bool {
        self.bytes.starts_with(GZIP)
    }

    fn is_zstd(&self) -> bool {
        let is_skippable = |first: &u8| {
            first & 0xf0 == 0x50
                && self.bytes.get(1..).is_some_and(|b| b.starts_with(ZSTD_SKIPPABLE))
        };
        self.bytes.starts_with(ZSTD) || self.bytes.first().is_some_and(is_skippable)
    }

    fn refuse_others(&self) -> io::Result<()> {
        match OTHERS.iter().find(|(magic, _)| self.bytes.starts_with(magic)) {
            Some((_, what)) => Err(unreadable(format!("it is {what}"))),
            None => Ok(()),
        }
    }
}

impl<R: Read> Read for First<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if let Some(mut rest) = self.bytes.get(self.taken..).filter(|rest| !rest.is_empty()) {
            let length = rest.read(target)?;
            self.taken += length;
            return Ok(length);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.input.read(target),
        }
    }
}

/// Compressed data, which says of its errors what it is.
struct Compressed<R>(&'static str, R);

impl<R: Read> Read for Compressed<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.1.read(target).map_err(|error| {
            let Self(name, _) = self;
            let reason = match error.kind() {
                io::ErrorKind::Interrupted => return error,
                io::ErrorKind::UnexpectedEof => format!("the {name} data breaks off"),
                _ => format!("{name}: {error}"),
            };
            io::Error::new(error.kind(), reason)
        })
    }
}

/// The members of a gzip file, one after the other, and zeros behind the last: the padding of tapes and
/// block stores.
enum GzipMembers<R> {
    Between(R),
    Within(Box<GzDecoder<R>>),
    Ended,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            match mem::replace(self, Self::Ended) {
                Self::Ended => return Ok(0),
                Self::Between(mut input) => {
                    if skip_zeros(&mut input)? {
                        *self = Self::Within(Box::new(GzDecoder::new(input)));
                    }
                }
                Self::Within(mut member) => match member.read(target) {
                    Ok(0) if !target.is_empty() => *self = Self::Between((*member).into_inner()),
                    read => {
                        *self = Self::Within(member);
                        return read;
                    }
                },
            }
        }
    }
}

/// Passes over zeros; whether anything else follows.
fn skip_zeros(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_over = zeros < bytes.len();
        input.consume(zeros);
        if is_over {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"{\"a\":1}\n{\"a\":2}\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    /// What can be read, and the error that ends it.
    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let mut text = Vec::new();
        let read = decompressed(io::Cursor::new(bytes))
            .and_then(|input| without_byte_order_mark(input).read_to_end(&mut text));
        (text, read.err().map(|error| error.to_string()))
    }

    #[test]
    fn every_form_of_a_text_is_the_text() {
        let half = TEXT.len() / 2;
        let skippable = [&b"\x5a\x2a\x4d\x18\x04\0\0\0abcd"[..], &zstd(TEXT)].concat();
        for bytes in [
            TEXT.to_vec(),
            gzip(TEXT),
            zstd(TEXT),
            [&b"\xef\xbb\xbf"[..], TEXT].concat(),
            gzip(&[&b"\xef\xbb\xbf"[..], TEXT].concat()),
            [gzip(&TEXT[..half]), gzip(&TEXT[half..])].concat(),
            [gzip(TEXT), vec![0; 1_000]].concat(),
            [gzip(&TEXT[..half]), vec![0; 3], gzip(&TEXT[half..]), vec![0]].concat(),
            skippable,
        ] {
            assert_eq!(read(bytes), (TEXT.to_vec(), None));
        }
        for short in [&b""[..], b"a", b"\n", b"{}"] {
            assert_eq!(read(short.to_vec()), (short.to_vec(), None));
        }
    }

    #[test]
    fn what_stands_before_an_error_is_read() {
        // Without repetition, so that half of the bytes are half of the text.
        let long: Vec<u8> =
            (0..100_000_u32).flat_map(|i| i.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
        for (whole, name) in [(gzip(&long), "gzip"), (zstd(&long), "zstd")] {
            let (text, error) = read(whole[..whole.len() / 2].to_vec());
            assert!(text.len() > 1_000 && long.starts_with(&text), "{name}");
            assert!(error.unwrap().contains(name));
        }
        let (text, error) = read([gzip(TEXT), b"rubbish".to_vec()].concat());
        assert_eq!(text, TEXT);
        assert!(error.unwrap().contains("gzip"));
    }

    #[test]
    fn what_is_not_read_is_called_by_its_name() {
        for (bytes, name) in [
            (&b"\xff\xfe{\0}\0"[..], "UTF-16"),
            (b"{\0\"\0a\0", "UTF-16"),
            (b"BZh91AY", "bzip2"),
            (b"\xfd7zXZ\0\0", "xz"),
            (b"PAR1....", "Parquet"),
            (b"PK\x03\x04....", "zip"),
        ] {
            let (_, error) = read(bytes.to_vec());
            assert!(error.unwrap().contains(name), "{name}");
            let (_, error) = read(gzip(bytes));
            assert!(error.unwrap().contains(name), "{name} in gzip");
        }
        let (_, error) = read(gzip(&zstd(TEXT)));
        assert!(error.unwrap().contains("twice"));
    }
}
