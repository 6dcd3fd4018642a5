//! A column chunk of texts of Parquet, written by keys that are known instead of by texts that have to be found again.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use arrow_array::StringArray;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::bit_packing::{bit_width, pack};
use super::error::ColumnarError;

pub(crate) const ZSTD_LEVEL: i32 = 1;

/// Bytes beyond which a text is not told as the least or the greatest.
const BOUND_BYTES: usize = 64;

/// Bytes of a text's length in a dictionary.
const LENGTH_BYTES: usize = 4;

/// A chunk whose texts stand in its dictionary once, however large that is: for fields of which many events have the same
/// text.
pub(crate) struct KeyChunk {
    descriptor: ColumnDescPtr,
    dictionary: Dictionary,
    by_code: HashMap<u64, u32, BuildHasherDefault<CodeHasher>>,
    by_text: HashMap<Box<[u8]>, u32>,
    /// Of each row of a page 1 if it has a text, and the keys of those that have.
    present: Vec<u32>,
    keys: Vec<u32>,
    pages: Pages,
}

/// Texts as a page of Parquet has them: of each the length and the bytes.
#[derive(Default)]
struct Dictionary {
    page: Vec<u8>,
    texts: u32,
}

impl Dictionary {
    /// Adds the text that a function appends; its key.
    #[inline]
    fn add(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let start = self.page.len();
        self.page.extend_from_slice(&[0; LENGTH_BYTES]);
        append(&mut self.page);
        let length = (self.page.len() - start - LENGTH_BYTES) as u32;
        self.page[start..start + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        self.texts += 1;
        self.texts - 1
    }

    fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.page.as_slice();
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk::<LENGTH_BYTES>()?;
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = after;
            Some(text)
        })
    }

    fn statistics(&self, nulls: u64) -> Statistics {
        let bounds = self.texts().min().zip(self.texts().max());
        let bounds =
            bounds.filter(|(least, greatest)| least.len().max(greatest.len()) <= BOUND_BYTES);
        let (least, greatest) = bounds
            .map(|(least, greatest)| (least.to_vec().into(), greatest.to_vec().into()))
            .unzip();
        Statistics::new::<ByteArray>(least, greatest, Some(self.texts.into()), Some(nulls), false)
    }
}

/// Spreads codes, of which some count up.
#[derive(Default)]
struct CodeHasher(u64);

impl Hasher for CodeHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, code: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = code.wrapping_mul(ODD).rotate_left(26);
    }
}

impl KeyChunk {
    pub(crate) fn new(descriptor: ColumnDescPtr) -> Self {
        Self {
            descriptor,
            dictionary: Dictionary::default(),
            by_code: HashMap::default(),
            by_text: HashMap::new(),
            present: Vec::new(),
            keys: Vec::new(),
            pages: Pages::default(),
        }
    }

    /// Adds a row by the code of its text, which no other text has, and what appends the text.
    #[inline]
    pub(crate) fn push_id(&mut self, code: u64, append: impl FnOnce(&mut Vec<u8>)) {
        let key = self.by_code.entry(code).or_insert_with(|| self.dictionary.add(append));
        self.present.push(1);
        self.keys.push(*key);
    }

    /// Adds a row by the place of its text among texts of which some can be the same; none for a null.
    #[inline]
    pub(crate) fn push_name(&mut self, place: Option<usize>, names: &[String]) {
        self.present.push(place.is_some().into());
        if let Some(place) = place {
            let key = self.by_code.get(&(place as u64)).copied();
            let key = key.unwrap_or_else(|| {
                let key = self.key(names[place].as_bytes());
                self.by_code.insert(place as u64, key);
                key
            });
            self.keys.push(key);
        }
    }

    /// Adds rows of which only the texts are known.
    pub(crate) fn push_texts(&mut self, texts: &StringArray) {
        for text in texts {
            self.present.push(text.is_some().into());
            if let Some(text) = text {
                let key = self.key(text.as_bytes());
                self.keys.push(key);
            }
        }
    }

    fn key(&mut self, text: &[u8]) -> u32 {
        self.by_text.get(text).copied().unwrap_or_else(|| {
            let key = self.dictionary.add(|page| page.extend_from_slice(text));
            self.by_text.insert(text.into(), key);
            key
        })
    }

    /// Ends a page of the rows that were added.
    pub(crate) fn end_page(&mut self) -> Result<(), ColumnarError> {
        let mut page = Vec::with_capacity(4 * self.keys.len());
        if self.descriptor.max_def_level() > 0 {
            page.extend_from_slice(&[0; LENGTH_BYTES]);
            pack(&self.present, 1, &mut page);
            let length = (page.len() - LENGTH_BYTES) as u32;
            page[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        }
        let width = bit_width(self.dictionary.texts);
        page.push(width);
        pack(&self.keys, width, &mut page);
        let rows = self.present.len();
        self.pages.nulls += (rows - self.keys.len()) as u64;
        self.present.clear();
        self.keys.clear();
        self.pages.write(&page, rows)
    }

    /// The bytes that wait in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.written.bytes_written() + self.dictionary.page.len()
    }

    /// The bytes of the chunk, and what is said of it.
    pub(crate) fn close(self) -> Result<(Bytes, ColumnCloseResult), ColumnarError> {
        let Self { descriptor, dictionary, pages, .. } = self;
        let statistics = dictionary.statistics(pages.nulls);
        let mut written = TrackedWrite::new(Vec::new());
        let page = Page::DictionaryPage {
            buf: compressed(&dictionary.page)?,
            num_values: dictionary.texts,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let page = CompressedPage::new(page, dictionary.page.len());
        let spec = SerializedPageWriter::new(&mut written).write_page(page)?;
        let start = written.bytes_written();
        let mut index = OffsetIndexBuilder::new();
        for place in &pages.places {
            index.append_row_count(place.rows);
            index.append_offset_and_size(start as i64 + place.offset, place.size);
        }
        let mut bytes = written.into_inner()?;
        bytes.extend_from_slice(&pages.written.into_inner()?);
        let of_pages =
            |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let rows = pages.places.iter().map(|place| place.rows).sum::<i64>();
        let encodings = [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
        let metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(vec![
                of_pages(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
                of_pages(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, pages.places.len() as i32),
            ])
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size((spec.uncompressed_size + pages.uncompressed) as i64)
            .set_num_values(rows)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(start as i64)
            .set_statistics(statistics)
            .build()?;
        let result = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index.build()),
        };
        Ok((bytes.into(), result))
    }
}

/// The pages of keys so far.
struct Pages {
    written: TrackedWrite<Vec<u8>>,
    places: Vec<PagePlace>,
    uncompressed: usize,
    nulls: u64,
}

impl Default for Pages {
    fn default() -> Self {
        let written = TrackedWrite::new(Vec::new());
        Self { written, places: Vec::new(), uncompressed: 0, nulls: 0 }
    }
}

struct PagePlace {
    offset: i64,
    size: i32,
    rows: i64,
}

impl Pages {
    fn write(&mut self, page: &[u8], rows: usize) -> Result<(), ColumnarError> {
        let data = Page::DataPage {
            buf: compressed(page)?,
            num_values: rows as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let data = CompressedPage::new(data, page.len());
        let spec = SerializedPageWriter::new(&mut self.written).write_page(data)?;
        self.uncompressed += spec.uncompressed_size;
        let (offset, size) = (spec.offset as i64, spec.compressed_size as i32);
        self.places.push(PagePlace { offset, size, rows: rows as i64 });
        Ok(())
    }
}

fn compressed(page: &[u8]) -> Result<Bytes, ColumnarError> {
    let bytes = zstd::bulk::compress(page, ZSTD_LEVEL);
    Ok(bytes.map_err(parquet::errors::ParquetError::from)?.into())
}
