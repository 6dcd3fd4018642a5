//! Lines of a timeline in another form: a vendor's, one by a map of fields, or one by a template.

mod arrival_lines;
mod line_converter;
mod own_form;
mod template;

pub(crate) use arrival_lines::{ArrivalConverter, log_line};
pub use line_converter::{ConvertError, LineConverter};
pub use own_form::{FieldMapError, OwnForm, read_field_map, read_rules};
pub use template::{EventTemplate, TemplateError};
