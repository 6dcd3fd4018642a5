//! The configuration of a replay, parsed once into types that cannot be wrong.
//!
//! A [`Config`] is made of sections, each of which one part of the replay takes. [`OPTIONS`] lists
//! every option once, with its name, kind, default and meaning: the flags of the command line, the
//! `replay` section of a scenario and its JSON Schema all come from there.

mod choice;
mod format;
mod http;
mod interpolated;
mod kafka;
mod masked;
mod option_table;
mod options;
mod pace;
mod rotation;
mod sections;
mod status_set;
mod target;

pub use choice::{BatchFormat, Choice, EventTime, HttpVersion, OnOutage};
pub use format::{FormatConfig, SentFormat};
pub use http::{
    Auth, BasicCredentials, BearerToken, ClientIdentity, HttpConfig, HttpUrl, ProxyUrl,
    RequestHeader, TlsConfig,
};
pub use interpolated::Interpolated;
pub use kafka::{KafkaConfig, KafkaProperty, KafkaUrl, SaslMechanism};
pub(crate) use masked::{
    MASK, is_harmless_header, is_secret_parameter, mask_value, masked_query, masked_url,
};
pub use option_table::OPTIONS;
pub use options::{ConfigOption, OptionGroup, OptionKind};
pub use pace::{ReplayPace, Speed};
pub use rotation::Rotation;
pub use sections::{
    BatchingConfig, Config, InputConfig, OrderingConfig, RecordsConfig, RetryConfig, RetryRatio,
    ScheduleConfig,
};
pub use status_set::StatusSet;
pub use target::{TargetConfig, TargetUrl, Timeout};
