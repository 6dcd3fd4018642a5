//! Forms of a timeline that are tables with typed columns.

/// A form of a table with typed columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// [Apache Parquet](https://parquet.apache.org/docs/file-format/).
    Parquet,
    /// [Arrow IPC](https://arrow.apache.org/docs/format/IPC.html) with a footer, as files have it.
    ArrowFile,
    /// Arrow IPC that can be read as it comes.
    ArrowStream,
}

impl TableForm {
    const ALL: [Self; 3] = [Self::Parquet, Self::ArrowFile, Self::ArrowStream];

    /// The most bytes that [`Self::of_beginning`] looks at.
    pub const MAGIC_BYTES: usize = 6;

    /// Its name in a manifest, and the extension of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::ArrowFile | Self::ArrowStream => "arrow",
        }
    }

    /// Its name in messages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::ArrowFile | Self::ArrowStream => "Arrow",
        }
    }

    /// The bytes with which it begins. A file of Parquet or Arrow ends with them, too.
    pub const fn magic(self) -> &'static [u8] {
        match self {
            Self::Parquet => b"PAR1",
            Self::ArrowFile => b"ARROW1",
            Self::ArrowStream => b"\xff\xff\xff\xff",
        }
    }

    /// The form of what begins with these bytes.
    pub fn of_beginning(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|form| bytes.starts_with(form.magic()))
    }

    /// The form of files with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}
