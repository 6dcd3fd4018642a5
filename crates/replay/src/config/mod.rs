//! The configuration of a replay, parsed once into types that cannot be wrong.
//!
//! A [`Config`] is made of sections, each of which one part of the replay takes. [`OPTIONS`] lists
//! every option once, with its name, kind, default and meaning: the flags of the command line, the
//! `replay` section of a scenario and its JSON Schema all come from there.

mod choice;
mod http;
mod interpolated;
mod masked;
mod option_table;
mod options;
mod pace;
mod sections;
mod status_set;

pub use choice::{BatchFormat, Choice, EventTime, HttpVersion, OnOutage};
pub use http::{
    Auth, BasicCredentials, BearerToken, ClientIdentity, HttpConfig, HttpUrl, ProxyUrl,
    RequestHeader, Timeout, TlsConfig,
};
pub use interpolated::Interpolated;
pub(crate) use masked::{
    MASK, is_harmless_header, is_secret_parameter, mask_value, masked_query, masked_url,
};
pub use option_table::OPTIONS;
pub use options::{ConfigOption, OptionGroup, OptionKind};
pub use pace::{ReplayPace, Speed};
pub use sections::{
    BatchingConfig, Config, InputConfig, OrderingConfig, RecordsConfig, RetryConfig, RetryRatio,
    ScheduleConfig, TargetConfig,
};
pub use status_set::StatusSet;
